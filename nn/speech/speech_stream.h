// SpeechStream: what a model says to a sound while it is being heard.
//
//   SpeechStream stream = model.open_stream(16000);
//   while (read(chunk)) {
//     stream.push(chunk);                          // any number of samples
//     if (stream.frames() > 0) use(stream.result());
//   }
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <sonant/audio/feature_stream.h>
#include <sonant/audio/normaliser.h>
#include <sonant/nn/models/streaming.h>
#include <sonant/nn/speech/speech_model.h>

namespace sonant {

// Takes what it needs from the model, which may go. Its features have the bits of the whole
// sound's, however the samples were cut; the classifier's answer is that of the whole to a
// rounding (docs/streaming.md). One object per thread.
class SpeechStream {
 public:
  // Samples at `sample_rate`, which must be the model's own: a stream does not resample. Error,
  // which says why, for a front end that needs the sound's end (audio/feature_stream.h) and for a
  // family that has no streaming form (nn/models/streaming.h).
  SpeechStream(const SpeechModel& model, int sample_rate);

  // Mono, full scale [-1, 1). Error, which leaves the stream as it was, for a sample that is not
  // finite.
  void push(std::span<const double> samples);
  void push(std::span<const float> samples);
  std::int64_t frames() const { return stream_.frames(); }
  // The answer to all frames so far; no attention and no notes, which need the whole. Error before
  // the first frame.
  Prediction result();
  void reset();  // to before the first sample

 private:
  FeatureStream features_;
  Normaliser normaliser_;
  struct Part {
    HeadLabels labels;
    std::size_t begin, outputs;  // among the stream's logits
  };
  std::vector<Part> parts_;  // the main head first
  StreamingClassifier<float> stream_;
};

}  // namespace sonant
