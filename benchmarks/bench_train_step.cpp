// One step of training W, with all that belongs to it: features copied to a new tape, forward with
// dropout, loss, zero_grad, backward, Adam. On one thread; reports what a step asks the heap for.
// And one of the families with weighted pooling, 32 sequences of 300 frames, heads 4, 10 and 2.
#include <string>

#include <sonant/core/pool.h>

#include "harness.h"
#include "heap_count.h"
#include "verify.h"

using namespace sonant;
using namespace sonant::bench;

namespace {

// zero_grad to Adam without the rest: two products of every layer forward, of backward all but the
// gradient of the first layer's input.
double step_flops(const PackedLayout& layout) {
  return lstm_forward_flops(w_features, w_features, layout) +
         lstm_forward_flops(w_features, w_hidden, layout) +
         lstm_backward_flops(w_features, w_features, layout, false) +
         lstm_backward_flops(w_features, w_hidden, layout, true);
}

void add(int batch) {
  add_benchmark("train_step/w/batch:" + std::to_string(batch), [batch](benchmark::State& state) {
    const Utterances data = make_utterances(first_lengths(batch));
    Training training;
    for (int k = 0; k < 5; ++k) training.step(data);  // the pool has seen every size
    const std::int64_t heap = heap_allocations();
    const std::size_t pool = pool_statistics().system_allocations;
    constexpr int counted_steps = 10;
    for (int k = 0; k < counted_steps; ++k) training.step(data);
    state.counters["heap/step"] = static_cast<double>(heap_allocations() - heap) / counted_steps;
    state.counters["pool/step"] =
        static_cast<double>(pool_statistics().system_allocations - pool) / counted_steps;
    time_each(
        state, [&] { training.step(data); }, step_flops(*data.layout), active_features());
  })->Unit(benchmark::kMillisecond);
}

void add_pooling(const std::string& family, int frames) {
  const std::vector<int> few = {9, 4, 7};
  FamilyTraining ours(family, few), reference(family, few, "reference");
  for (int k = 0; k < 3; ++k) {
    verify_close(ours.logits(), reference.logits(), family + ", logits", 1e-4);
    ours.step();
    reference.step();
  }
  add_benchmark("train_step/" + family + "/batch:32", [=](benchmark::State& state) {
    FamilyTraining training(family, std::vector<int>(families_batch, frames));
    for (int k = 0; k < 2; ++k) training.step();
    time_each(
        state, [&] { training.step(); }, training.flops(true), active_features());
  })->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(argc, argv, [](const Arguments& arguments) {
    verify_training(make_utterances(first_lengths(8)));
    for (int batch : {8, 16, 32}) add(batch);
    for (const char* family : {"lstm-wp", "mean-lstm", "a-lstm"})
      add_pooling(family, arguments.smoke ? 3 : sequence_frames);
    constexpr int w[] = {w_features, w_features, w_hidden}, l[] = {l_input, l_hidden};
    verify_stack(w, first_lengths(8));
    verify_stack(l, std::vector<int>(3, 5));
    add_benchmark("lstm_layers/w/batch:32", [w](benchmark::State& state) {
      LstmStack stack(w, first_lengths(32));
      time_each(
          state, [&] { stack.forward_backward(); }, stack.flops(true), active_features());
    })->Unit(benchmark::kMillisecond);
    add_benchmark("lstm_layer/l", [l](benchmark::State& state) {
      LstmStack stack(l, std::vector<int>(l_batch, l_steps));
      time_each(
          state, [&] { stack.forward_backward(); }, stack.flops(true), active_features());
    })->Unit(benchmark::kMillisecond);
  });
}
