// W forward, in evaluation mode: one utterance (what a user waits for), and a batch. On one thread.
#include <memory>
#include <string>

#include "harness.h"
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
        active_isa());
    state.counters["utterances/s"] = benchmark::Counter(
        static_cast<double>(lengths.size()), benchmark::Counter::kIsIterationInvariantRate);
  })->Unit(benchmark::kMicrosecond);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(argc, argv, [](const Arguments&) {
    verify_training(make_utterances(first_lengths(8)));
    add("utterances:1/frames:" + std::to_string(w_utterance), {w_utterance});
    for (int batch : {8, 32}) add("utterances:" + std::to_string(batch), first_lengths(batch));
  });
}
