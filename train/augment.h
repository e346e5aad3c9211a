// What is done to the utterances of a training so that no epoch hears the same twice. All of it is
// drawn from (seed, epoch, clip) alone: the same bits on any number of threads, shards and ranks,
// and after a resume.
#pragma once

#include <cstdint>

#include <sonant/core/packed.h>
#include <sonant/core/tensor.h>
#include <sonant/train/config.h>

namespace sonant {

// Of `config` its settings speed_share, mask_frames, mask_features and seed count.
class Augmentation {
 public:
  Augmentation() = default;  // nothing is done
  Augmentation(const TrainConfig& config, int epoch);

  // Which of so many copies at another speed takes the utterance's place (Ko et al. 2015, Audio
  // augmentation for speech recognition); -1: none, which is so for a share of 1 - speed_share.
  int copy_of(int clip, int copies) const;
  // Sets up to mask_frames adjacent frames, and up to mask_features adjacent features, of each
  // utterance to 0, the mean of what is normalised (Park et al. 2019, SpecAugment). data: (N, F),
  // packed; clips: [B], longest first.
  void mask(Tensor<float>& data, const PackedLayout& layout, std::span<const int> clips) const;

 private:
  double speed_share_ = 0;
  int mask_frames_ = 0, mask_features_ = 0;
  std::uint64_t seed_ = 0;
  int epoch_ = 0;
};

// The speeds of the copies, by setting speed_change; none if speed_share is 0.
std::vector<double> copy_speeds(const TrainConfig& config);

}  // namespace sonant
