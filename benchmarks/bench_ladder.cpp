// The ladder of docs/kernels.md: W's second layer, LSTM 46->64 over 32 utterances, forward, from
// the scalar loop to the fused kernel on two threads. Parameters are prepared before. GFLOP/s
// counts what is needed: the padded stage computes more than it is given credit for.
#include <algorithm>
#include <memory>
#include <string>

#include <sonant/core/parallel.h>
#include <sonant/core/random.h>

#include "harness.h"
#include "ladder.h"
#include "verify.h"

using namespace sonant;
using namespace sonant::bench;

namespace {

std::shared_ptr<LayerForward> make(const kernels::LstmKernel<float>& kernel,
                                   const std::vector<int>& lengths, Split split = {}) {
  const auto& reference = kernels::lstm_kernels<float>().reference();
  LayerForward same(reference, w_features, w_hidden, lengths, {1, split.one_by_one});
  const auto layer = std::make_shared<LayerForward>(kernel, w_features, w_hidden, lengths, split);
  same.run();
  layer->run();
  verify_close(layer->h(), same.h(), kernel.name, verify_limit(kernel));
  return layer;
}

// Stages appear in the order in which they are added.
void add(const std::string& name, const std::shared_ptr<LayerForward>& layer, int threads = 1) {
  static int stage = 0;
  const std::string number = std::to_string(++stage);
  add_benchmark("ladder/" + std::string(number.size() < 2, '0') + number + "_" + name,
                [=](benchmark::State& state) {
                  const double flops =
                      lstm_forward_flops(w_features, w_hidden, PackedLayout(first_lengths(32)));
                  set_num_threads(threads);
                  time_each(
                      state, [&] { layer->run(); }, flops, machine_features());
                  set_num_threads(1);
                })
      ->Unit(benchmark::kMicrosecond);
}

void add_activation(const std::string& name, Map f) {
  add_benchmark("activation/" + name, [f](benchmark::State& state) {
    constexpr std::int64_t count = 4096;
    Tensor<float> x({count}), y({count});
    Random(1).fill_normal(x.span(), 0.0f, 1.5f);
    time_each(state, [&] {
      f(x.data(), y.data(), count);
      benchmark::ClobberMemory();
    });
    state.counters["each_ns"] = 1e3 * state.counters["p50_us"].value / count;
  })->Unit(benchmark::kMicrosecond);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(argc, argv, [](const Arguments&) {
    if (active_isa() != Isa::scalar)
      for (const Activation& f : activations()) {
        add_activation(std::string(f.name) + "/std", f.scalar);
        add_activation(std::string(f.name) + "/" + isa_name(active_isa()), f.vector);
        add_activation(std::string(f.name) + "/" + isa_name(active_isa()) + "-fast", f.fast);
      }
    const std::vector<int> lengths = first_lengths(32);
    const int longest = *std::max_element(lengths.begin(), lengths.end());
    const std::vector<int> padded(lengths.size(), longest);
    add("reference", make(kernels::lstm_kernels<float>().reference(), lengths));
    add("exchanged_loops", make(exchanged_loops(), lengths));
    add("blas", make(kernels::lstm_kernels<float>().find("blas"), lengths));
    if (active_isa() == Isa::scalar) return;
    add("blas_vector_gates", make(blas_vector_gates(), lengths));
    const auto& best = kernels::lstm_kernels<float>().find("simd");
    for (const auto* row : kernels::lstm_kernels<float>().usable_rows())
      if (row->name == std::string("simd") && row != &best)
        add("fused_" + features_text(row->needs), make(*row, lengths));
    const std::string fused = "fused_" + features_text(best.needs);
    add(fused + "_one_by_one", make(best, lengths, {.one_by_one = true}));
    add(fused + "_padded", make(best, padded));
    add(fused, make(best, lengths));
    add(fused + "_two_threads", make(best, lengths, {.shards = 2}), 2);
  });
}
