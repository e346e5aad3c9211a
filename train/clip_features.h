// What becomes of sound files: the features of each, or why it has none.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sonant/audio/corpus.h>
#include <sonant/audio/features.h>
#include <sonant/core/tensor.h>
#include <sonant/train/progress.h>

namespace sonant {

// What became of one sound file.
struct ClipFeatures {
  Tensor<float> features;  // (T,F), not normalised
  int sample_rate = 0;     // Hz, as the file has it
  std::string reason;      // why it cannot be used, without its path; else empty
  bool unread = false;     // the reason is the system's, not the bytes': it may be gone tomorrow
  std::vector<std::string> notes = {};  // of how it was read: Sound::notes
};

// Decodes every clip and extracts its features, files in parallel; the result does not depend on
// the number of threads. sample_rate: Hz, to which every sound is resampled; 0: as the front end
// has it. Nothing if stop() asked; of `callbacks` loading is used, too.
std::optional<std::vector<ClipFeatures>> compute_features(std::span<const Clip> clips,
                                                          const FeatureSettings& settings,
                                                          int sample_rate,
                                                          const Callbacks& callbacks);

}  // namespace sonant
