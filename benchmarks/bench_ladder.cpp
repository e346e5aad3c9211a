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
  const auto& reference = kernels::find_lstm_kernel<float>("reference");
  LayerForward same(reference, w_features, w_hidden, lengths, {1, split.one_by_one});
  const auto layer = std::make_shared<LayerForward>(kernel, w_features, w_hidden, lengths, split);
  same.run();
  layer->run();
  verify_close(layer->h(), same.h(), kernel.name);
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
                      state, [&] { layer->run(); }, flops, supported_isas().back());
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
    add("reference", make(kernels::find_lstm_kernel<float>("reference"), lengths));
    add("exchanged_loops", make(exchanged_loops(), lengths));
    add("blas", make(kernels::find_lstm_kernel<float>("blas"), lengths));
    if (active_isa() == Isa::scalar) return;
    add("blas_vector_gates", make(blas_vector_gates(), lengths));
    const auto& best = kernels::find_lstm_kernel<float>("simd");
    for (const auto& kernel : kernels::lstm_kernels<float>())
      if (kernel.name == std::string("simd") && kernel.isa < best.isa)
        add(std::string("fused_") + isa_name(kernel.isa), make(kernel, lengths));
    const std::string fused = std::string("fused_") + isa_name(best.isa);
    add(fused + "_one_by_one", make(best, lengths, {.one_by_one = true}));
    add(fused + "_padded", make(best, padded));
    add(fused, make(best, lengths));
    add(fused + "_two_threads", make(best, lengths, {.shards = 2}), 2);
  });
}
