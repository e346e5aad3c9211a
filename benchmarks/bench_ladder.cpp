// The ladder of docs/kernels.md: W's second layer, LSTM 46->64 over 32 utterances, forward, from
// the scalar loop to the fused kernel on two threads. Parameters are prepared before. GFLOP/s
// counts what is needed: the padded rung computes more than it is given credit for.
#include <algorithm>
#include <memory>
#include <string>

#include <sonant/core/parallel.h>

#include "harness.h"
#include "ladder.h"
#include "verify.h"

using namespace sonant;
using namespace sonant::bench;

namespace {

using Run = std::vector<std::unique_ptr<LayerForward>>;

// Layers over the groups of sequences, one after the other.
std::shared_ptr<Run> make_run(const kernels::LstmKernel<float>& kernel,
                              const std::vector<std::vector<int>>& groups, int shards = 1) {
  const auto run = std::make_shared<Run>();
  for (const std::vector<int>& lengths : groups) {
    LayerForward same(kernels::find_lstm_kernel<float>("reference"), w_features, w_hidden, lengths);
    auto layer = std::make_unique<LayerForward>(kernel, w_features, w_hidden, lengths, shards);
    same.run();
    layer->run();
    verify_close(layer->h(), same.h(), kernel.name);
    run->push_back(std::move(layer));
  }
  return run;
}

// Rungs appear in the order in which they are added.
void add(const std::string& name, const std::shared_ptr<Run>& run, int threads = 1) {
  static int rung = 0;
  const std::string number = std::to_string(++rung);
  add_benchmark("ladder/" + std::string(number.size() < 2, '0') + number + "_" + name,
                [=](benchmark::State& state) {
                  const double flops =
                      lstm_forward_flops(w_features, w_hidden, PackedLayout(first_lengths(32)));
                  set_num_threads(threads);
                  time_each(
                      state,
                      [&] {
                        for (const auto& layer : *run) layer->run();
                      },
                      flops, supported_isas().back());
                  set_num_threads(1);
                })
      ->Unit(benchmark::kMicrosecond);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(argc, argv, [](const Arguments&) {
    const std::vector<int> lengths = first_lengths(32);
    std::vector<std::vector<int>> singles;
    for (int length : lengths) singles.push_back({length});
    const int longest = *std::max_element(lengths.begin(), lengths.end());
    const std::vector<int> padded(lengths.size(), longest);
    add("reference", make_run(kernels::find_lstm_kernel<float>("reference"), {lengths}));
    add("exchanged_loops", make_run(exchanged_loops(), {lengths}));
    add("blas", make_run(kernels::find_lstm_kernel<float>("blas"), {lengths}));
    if (active_isa() == Isa::scalar) return;
    add("blas_vector_gates", make_run(blas_vector_gates(), {lengths}));
    const auto& best = kernels::find_lstm_kernel<float>("simd");
    for (const auto& kernel : kernels::lstm_kernels<float>())
      if (kernel.name == std::string("simd") && kernel.isa < best.isa)
        add(std::string("fused_") + isa_name(kernel.isa), make_run(kernel, {lengths}));
    const std::string fused = std::string("fused_") + isa_name(best.isa);
    add(fused + "_one_by_one", make_run(best, singles));
    add(fused + "_padded", make_run(best, {padded}));
    add(fused, make_run(best, {lengths}));
    add(fused + "_two_threads", make_run(best, {lengths}, 2), 2);
  });
}
