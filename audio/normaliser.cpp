#include <sonant/audio/normaliser.h>

#include <algorithm>
#include <cmath>

#include <sonant/core/error.h>

namespace sonant {
namespace {

// Calls add(f, value) for every element, frame after frame.
template <Real T, class Add>
void for_each_value(const Tensor<T>& x, Add add) {
  const T* value = x.data();
  for (std::int64_t t = 0; t < x.dim(0); ++t)
    for (std::size_t f = 0; f < static_cast<std::size_t>(x.dim(1)); ++f) {
      add(f, static_cast<double>(*value++));
    }
}

}  // namespace

template <Real T>
Tensor<T> Normaliser::apply(Tensor<T> x) const {
  check(x.rank() == 2 && x.dim(1) == static_cast<std::int64_t>(mean.size()), "Normaliser",
        "expects (T,", mean.size(), ") features, got ", x.shape());
  T* value = x.data();
  for (std::int64_t t = 0; t < x.dim(0); ++t)
    for (std::size_t f = 0; f < mean.size(); ++f, ++value) {
      *value = static_cast<T>((static_cast<double>(*value) - mean[f]) / stddev[f]);
    }
  return x;
}

Normaliser no_normaliser(int features) {
  return {std::vector<double>(static_cast<std::size_t>(features), 0),
          std::vector<double>(static_cast<std::size_t>(features), 1)};
}

template <Real T>
Normaliser fit_normaliser(std::size_t count,
                          const std::function<const Tensor<T>&(std::size_t)>& features) {
  std::int64_t frames = 0;
  Normaliser fitted;
  std::vector<double>&mean = fitted.mean, &variance = fitted.stddev;
  Shape first;
  for (std::size_t k = 0; k < count; ++k) {
    const Tensor<T>& x = features(k);
    if (k == 0) {
      first = x.shape();
      if (x.rank() == 2) mean.assign(static_cast<std::size_t>(x.dim(1)), 0.0);
    }
    check(x.rank() == 2 && x.dim(1) == std::ssize(mean), "fit_normaliser",
          "expects features (T,F) of one width F, got ", first, " and ", x.shape());
    frames += x.dim(0);
    for_each_value(x, [&](std::size_t f, double value) { mean[f] += value; });
  }
  check(frames > 0, "fit_normaliser", "expects at least one frame, got none");
  const auto n = static_cast<double>(frames);
  variance.assign(mean.size(), 0.0);
  for (std::size_t f = 0; f < mean.size(); ++f) {
    mean[f] /= n;
    check(std::isfinite(mean[f]), "fit_normaliser", "expects finite features, got ", mean[f],
          " as the mean of feature ", f);
  }
  for (std::size_t k = 0; k < count; ++k)
    for_each_value(features(k), [&](std::size_t f, double value) {
      const double d = value - mean[f];
      variance[f] += d * d;
    });
  for (double& v : variance) v = std::sqrt(std::max(v / n, kVarianceFloor));
  return fitted;
}

template <Real T>
Normaliser fit_normaliser(std::span<const Tensor<T>* const> features) {
  return fit_normaliser<T>(features.size(),
                           [&](std::size_t k) -> const Tensor<T>& { return *features[k]; });
}

template Tensor<float> Normaliser::apply(Tensor<float>) const;
template Tensor<double> Normaliser::apply(Tensor<double>) const;
template Normaliser fit_normaliser(std::size_t,
                                   const std::function<const Tensor<float>&(std::size_t)>&);
template Normaliser fit_normaliser(std::size_t,
                                   const std::function<const Tensor<double>&(std::size_t)>&);
template Normaliser fit_normaliser(std::span<const Tensor<float>* const>);
template Normaliser fit_normaliser(std::span<const Tensor<double>* const>);

}  // namespace sonant
