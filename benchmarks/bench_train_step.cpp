// One step of training W, with all that belongs to it: features copied to a new tape, forward with
// dropout, loss, zero_grad, backward, Adam. On one thread; reports what a step asks the heap for.
// And one of the families with weighted pooling, 32 sequences of 300 frames, heads 4, 10 and 2.
#include <memory>
#include <string>

#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/pool.h>
#include <sonant/core/random.h>

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

// a-lstm, mean-lstm, lstm-wp as published.
class Pooling {
 public:
  Pooling(const std::string& family, std::span<const int> lengths, const std::string& kernel = "")
      : layout_(make_layout(lengths)), x_({layout_->rows(), features}) {
    ModelSpec spec = model_spec(family, features, 4);
    spec.heads.push_back({"speaker", 10});
    spec.heads.push_back({"gender", 2});
    spec.kernel = kernel;
    model_ = make_model<float>(spec.set("dropout", 0.0), 1);
    adam_ = make_optimizer<float>(model_->parameters(), {.name = "adam"});
    Random(1).fill_normal(x_.span(), 0.0f, 1.0f);
    for (std::size_t b = 0; b < lengths.size(); ++b) labels_.push_back(static_cast<int>(b % 2));
  }

  void step() {
    Tape<float> tape;
    const auto out = (*model_)({tape.constant(x_), layout_});
    const auto loss = [&](const char* head) { return cross_entropy(out.head(head), labels_); };
    adam_->zero_grad();
    (loss("emotion") + loss("speaker") * 0.3f + loss("gender") * 0.6f).backward();
    adam_->step();
  }
  Tensor<float> logits() {
    Tape<float> tape(TapeMode::inference);
    return (*model_)({tape.constant(x_), layout_}).head("emotion").value();
  }
  // The products of the layer below, which needs no gradient of its input, and of both directions.
  double flops() const {
    const double rows = static_cast<double>(layout_->rows());
    return 2 * rows * 2 * features * fc + 2 * (lstm_forward_flops(fc, hidden, *layout_) +
                                               lstm_backward_flops(fc, hidden, *layout_, true));
  }

 private:
  static constexpr int features = 36, fc = 256, hidden = 128;
  Layout layout_;
  Tensor<float> x_;
  std::vector<int> labels_;
  std::unique_ptr<Model<float>> model_;
  std::unique_ptr<Optimizer<float>> adam_;
};

void add_pooling(const std::string& family, int frames) {
  const std::vector<int> few = {9, 4, 7};
  Pooling ours(family, few), reference(family, few, "reference");
  for (int k = 0; k < 3; ++k) {
    verify_close(ours.logits(), reference.logits(), family + ", logits", 1e-4);
    ours.step();
    reference.step();
  }
  add_benchmark("train_step/" + family + "/batch:32", [=](benchmark::State& state) {
    Pooling training(family, std::vector<int>(32, frames));
    for (int k = 0; k < 2; ++k) training.step();
    time_each(
        state, [&] { training.step(); }, training.flops(), active_features());
  })->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(argc, argv, [](const Arguments& arguments) {
    verify_training(make_utterances(first_lengths(8)));
    for (int batch : {8, 16, 32}) add(batch);
    for (const char* family : {"lstm-wp", "mean-lstm", "a-lstm"})
      add_pooling(family, arguments.smoke ? 3 : 300);
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
