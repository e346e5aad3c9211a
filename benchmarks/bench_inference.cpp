// W forward, in evaluation mode: one utterance (what a user waits for), a batch, and frame by
// frame. On one thread.
#include <memory>
#include <string>

#include <sonant/core/kernels/stream.h>
#include <sonant/nn/models/streaming.h>

#include "harness.h"
#include "machine.h"
#include "verify.h"

using namespace sonant;
using namespace sonant::bench;

namespace {

void add(const std::string& name, const std::vector<int>& lengths) {
  add_benchmark("forward/w/" + name, [lengths](benchmark::State& state) {
    const Utterances data = make_utterances(lengths);
    Training training;
    for (int k = 0; k < 5; ++k) training.infer(data);
    time_each(
        state, [&] { benchmark::DoNotOptimize(training.infer(data)); },
        lstm_forward_flops(w_features, w_features, *data.layout) +
            lstm_forward_flops(w_features, w_hidden, *data.layout),
        active_features());
    state.counters["utterances/s"] = benchmark::Counter(
        static_cast<double>(lengths.size()), benchmark::Counter::kIsIterationInvariantRate);
  })->Unit(benchmark::kMicrosecond);
}

// A stream of W's frames with the best kernel for these features, which begins again after an
// utterance.
class Stream {
 public:
  explicit Stream(CpuFeatures features) : data_(make_utterances(std::vector<int>{w_utterance})) {
    set_isa_cap(features_text(features));
    stream_ = std::make_unique<StreamingClassifier<float>>(Training().model());
    set_isa_cap("");
  }
  // From a frame to its result.
  void answer() {
    const auto at = static_cast<std::size_t>(stream_->frames() * w_features);
    stream_->push(data_.features.span().subspan(at, w_features));
    benchmark::DoNotOptimize(stream_->result());
  }
  void get_ready() {
    if (stream_->frames() == w_utterance) stream_->reset();
    stream_->prepare_next();
  }

 private:
  Utterances data_;
  std::unique_ptr<StreamingClassifier<float>> stream_;
};

// latency: from a frame to its result, with two readings of the clock, some 0.03 us. utterance: all
// frames of one with everything that is done for them, whose median over the number of frames is
// the cost of a frame. read: no more than to load as many numbers as the model has weights.
void add_streaming(CpuFeatures features) {
  const std::string name = "stream/w/" + features_text(features);
  add_benchmark(name + "/latency", [features](benchmark::State& state) {
    Stream stream(features);
    stream.get_ready();
    time_each(
        state, [&] { stream.answer(); }, [&] { stream.get_ready(); });
  })->Unit(benchmark::kMicrosecond);
  add_benchmark(name + "/utterance", [features](benchmark::State& state) {
    Stream stream(features);
    const PackedLayout layout(std::vector<int>{w_utterance});
    time_each(
        state,
        [&] {
          for (int t = 0; t < w_utterance; ++t) {
            stream.answer();
            stream.get_ready();
          }
        },
        lstm_forward_flops(w_features, w_features, layout) +
            lstm_forward_flops(w_features, w_hidden, layout),
        features);
    state.counters["frame_us"] = state.counters["p50_us"].value / w_utterance;
  })->Unit(benchmark::kMicrosecond);
  if (features == CpuFeatures()) return;
  add_benchmark(name + "/read", [features](benchmark::State& state) {
    const Tensor<float> weights({46'080}, 1.0f);  // as many as the model has
    time_each(state, [&] {
      benchmark::DoNotOptimize(read_sweep(features, weights.data(), weights.size()));
    });
  })->Unit(benchmark::kMicrosecond);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(argc, argv, [](const Arguments&) {
    verify_training(make_utterances(first_lengths(8)));
    verify_streaming();
    add("utterances:1/frames:" + std::to_string(w_utterance), {w_utterance});
    for (int batch : {8, 32}) add("utterances:" + std::to_string(batch), first_lengths(batch));
    for (const auto* row : kernels::stream_kernels<float>().usable_rows())
      add_streaming(row->needs);
  });
}
