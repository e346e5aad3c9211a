#include <sonant/train/augment.h>

#include <algorithm>

#include <sonant/core/random.h>

namespace sonant {
namespace {

// Keeps what is drawn here apart from what else is drawn from the same seed.
constexpr std::uint64_t kSpeedStream = 0x73706564, kMaskStream = 0x6d61736b;  // "sped", "mask"

Random of_clip(std::uint64_t seed, std::uint64_t stream, int epoch, int clip) {
  return Random(seed, stream)
      .split(static_cast<std::uint64_t>(epoch))
      .split(static_cast<std::uint64_t>(clip));
}

struct Span {
  int first, count;
};
// 0 to `longest` of n that are adjacent, where they lie drawn with the count.
Span span_of(const Random& random, std::uint64_t index, int longest, int n) {
  const int count = std::min(n, static_cast<int>(random.uniform(index) * (longest + 1)));
  return {static_cast<int>(random.uniform(index + 1) * (n - count + 1)), count};
}

}  // namespace

Augmentation::Augmentation(const TrainConfig& config, int epoch)
    : speed_share_(config.speed_share),
      mask_frames_(config.mask_frames),
      mask_features_(config.mask_features),
      seed_(config.seed),
      epoch_(epoch) {}

int Augmentation::copy_of(int clip, int copies) const {
  if (speed_share_ == 0 || copies == 0) return -1;
  const Random random = of_clip(seed_, kSpeedStream, epoch_, clip);
  if (random.uniform(0) >= speed_share_) return -1;
  return static_cast<int>(random.uniform(1) * copies);
}

void Augmentation::mask(Tensor<float>& data, const PackedLayout& layout,
                        std::span<const int> clips) const {
  if (mask_frames_ == 0 && mask_features_ == 0) return;
  const std::int64_t features = data.dim(1);
  for (std::size_t b = 0; b < clips.size(); ++b) {
    const Random random = of_clip(seed_, kMaskStream, epoch_, clips[b]);
    const int length = layout.lengths()[b];
    const Span time = span_of(random, 0, mask_frames_, length),
               band = span_of(random, 2, mask_features_, static_cast<int>(features));
    for (int t = 0; t < length; ++t) {
      float* row = data.data() + layout.row(static_cast<int>(b), t) * features;
      if (t >= time.first && t < time.first + time.count)
        std::fill_n(row, features, 0.0f);
      else
        std::fill_n(row + band.first, band.count, 0.0f);
    }
  }
}

std::vector<double> copy_speeds(const TrainConfig& config) {
  if (config.speed_share == 0) return {};
  return {1 - config.speed_change, 1 + config.speed_change};
}

}  // namespace sonant
