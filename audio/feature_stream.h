// The features of a sound while it is being heard: the same bits as of the whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <sonant/audio/features.h>

namespace sonant {

// Memory for one frame and what was pushed last, however long the sound. One object per thread.
class FeatureStream {
 public:
  // sample_rate: Hz of the samples to come. Error, which says why, if frames cannot be computed
  // before the sound has ended: a front end without framing() (front_end.h), a fixed length,
  // normalisation by utterance, deltas; or if the front end wants another rate.
  FeatureStream(const FeatureSettings& settings, int sample_rate);

  // The frames (T,F) that these samples complete, in any number and none: T may be 0. Error, which
  // leaves the stream as it was, for a sample that is not finite.
  Tensor<double> push(std::span<const double> samples);
  void reset();  // to before the first sample

  int dims() const { return dims_; }  // F
  int sample_rate() const { return heard_.sample_rate; }

 private:
  FeatureExtractor extract_;
  FrontEnd::Framing framing_;
  int dims_;
  Sound heard_;           // from the first sample of the next frame on
  std::size_t skip_ = 0;  // samples before that, if hop > length
};

}  // namespace sonant
