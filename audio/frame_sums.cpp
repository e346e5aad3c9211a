#include <sonant/audio/frame_sums.h>

#include <algorithm>
#include <cmath>

#include <sonant/core/error.h>

namespace sonant {
namespace {

constexpr const char* kAt = "frame sums";

}  // namespace

void FrameSums::add(const Tensor<float>& x) {
  check(x.rank() == 2, kAt, "expects (T,F) features, got ", x.shape());
  const auto width = static_cast<std::size_t>(x.dim(1));
  FrameSums own{x.dim(0), std::vector<double>(width, 0.0), std::vector<double>(width, 0.0)};
  if (own.frames == 0) return;
  const auto for_each = [&](const auto& use) {
    const float* value = x.data();
    for (std::int64_t t = 0; t < own.frames; ++t)
      for (std::size_t f = 0; f < width; ++f) use(f, static_cast<double>(*value++));
  };
  for_each([&](std::size_t f, double value) { own.mean[f] += value; });
  for (double& m : own.mean) m /= static_cast<double>(own.frames);
  for_each([&](std::size_t f, double value) {
    const double d = value - own.mean[f];
    own.squares[f] += d * d;
  });
  add(own);
}

void FrameSums::add(const FrameSums& other) {
  if (other.frames == 0) return;
  if (frames == 0) {
    *this = other;
    return;
  }
  check(mean.size() == other.mean.size(), kAt, "expects features of one width, got ", mean.size(),
        " and ", other.mean.size());
  const auto here = static_cast<double>(frames), there = static_cast<double>(other.frames);
  const double all = here + there;
  for (std::size_t f = 0; f < mean.size(); ++f) {
    const double d = other.mean[f] - mean[f];
    mean[f] += d * (there / all);
    squares[f] += other.squares[f] + d * d * (here * there / all);
  }
  frames += other.frames;
}

Normaliser FrameSums::normaliser() const {
  check(frames > 0, kAt, "expects at least one frame, got none");
  Normaliser fitted{mean, std::vector<double>(mean.size())};
  for (std::size_t f = 0; f < mean.size(); ++f) {
    check(std::isfinite(mean[f]) && std::isfinite(squares[f]), kAt, "expects finite features, got ",
          mean[f], " as the mean of feature ", f);
    fitted.stddev[f] =
        std::sqrt(std::max(squares[f] / static_cast<double>(frames), kVarianceFloor));
  }
  return fitted;
}

}  // namespace sonant
