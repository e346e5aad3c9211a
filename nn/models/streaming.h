// StreamingClassifier: a trained classifier that takes an utterance frame by frame and knows, after
// every frame, what the whole model would say to the frames so far; docs/streaming.md.
//
//   StreamingClassifier<float> stream(*model);
//   while (...) {
//     stream.push(frame);                 // D features, normalised
//     use(stream.result().probabilities);
//     stream.prepare_next();              // optional: what can be done before the next frame
//   }
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <sonant/core/kernels/stream_args.h>
#include <sonant/nn/models/model.h>

namespace sonant {

inline constexpr std::string_view kAllHeads = "*";

// After the frames so far. The spans are views into the stream: valid until it is next changed.
template <Real T>
struct StreamingResult {
  std::span<const T> probabilities;  // (C)
  std::span<const T> logits;         // (C)
  std::span<const T> embedding;      // (H), the attention's mean of the frames
  std::int64_t frames;
  // Attention weights need the sum over all frames, so the last word on them comes at the end:
  // frame s weighs exp(score_s - log_mass) with the log_mass of then.
  T score;          // <u, h_t> of the newest frame
  double log_mass;  // log of the sum of exp(score_s) over the frames so far
};

// Each object is one stream; a copy goes on from the same state on its own. Copies share the
// weights, which are packed once, and may be used by different threads at once. No function but the
// constructor and copying allocates memory.
template <Real T>
class StreamingClassifier {
 public:
  // Reads the model's description, once, and takes a copy of its weights, in evaluation mode: later
  // changes of the model do not show here. kernel: "reference" or "simd", "" the fastest
  // (core/kernels/stream.h). head: whose answer, if the model has several, or kAllHeads: then
  // logits are those of all heads, one after the other in the order of the model's spec, and
  // probabilities are of no meaning. Error that names the op for a model with one that is not
  // computed frame by frame, and for an unknown kernel.
  explicit StreamingClassifier(const Model<T>& model, std::string_view kernel = "",
                               std::string_view head = "");

  // The next frame (D). Error, which leaves the stream as it was, for another size or numbers
  // that are not finite.
  void push(std::span<const T> frame);
  // What push must know of the frames before: half of its work, to be done while nobody waits. A
  // push that finds it undone does it first.
  void prepare_next();
  // Error before the first frame.
  StreamingResult<T> result();
  // Back to no frames.
  void reset();

  std::int64_t frames() const { return frames_; }
  int features() const;  // D
  int hidden() const;    // H
  int classes() const;   // C

 private:
  struct Weights;
  struct Cell {
    Tensor<T> ahead, h, c;
  };
  kernels::StreamCell<T> cell(std::size_t k);
  kernels::StreamHead<T> head();

  std::shared_ptr<const Weights> weights_;
  std::vector<Cell> cells_;  // one for each LSTM
  std::vector<Tensor<T>> sums_;
  kernels::StreamMass<T> mass_;
  Tensor<T> context_, lost_, embedding_, logits_, probabilities_;
  std::int64_t frames_ = 0;
  bool prepared_ = false, classified_ = false;
};

}  // namespace sonant
