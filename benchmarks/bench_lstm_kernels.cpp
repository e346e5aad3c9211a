// Every variant of the LSTM in the registry that this machine can run, on one thread: time of
// forward and backward, GFLOP/s, share of the peak measured in the same run.
#include <memory>
#include <string>

#include <sonant/core/kernels/lstm.h>

#include "harness.h"
#include "verify.h"

using namespace sonant;
using namespace sonant::bench;

namespace {

struct Size {
  const char* name;
  int input, hidden;
};
// The two layers of W; multiples of the lane count; a small one with tails everywhere.
constexpr Size sizes[] = {{"w1", 46, 46}, {"w2", 46, 64}, {"even", 48, 48}, {"tails", 31, 31}};
constexpr Size large = {"l", l_input, l_hidden};

// Memory is made at the first iteration and shared by the repetitions.
void add_direction(const kernels::LstmKernel<float>& kernel, const Size& size,
                   const std::vector<int>& lengths, bool backward) {
  const std::string name = std::string("lstm/") + kernel.name + "/" + features_text(kernel.needs) +
                           "/" + size.name + "_d" + std::to_string(size.input) + "h" +
                           std::to_string(size.hidden) + "b" + std::to_string(lengths.size()) +
                           (backward ? "/backward" : "/forward");
  const auto run = std::make_shared<std::unique_ptr<KernelRun>>();
  add_benchmark(name, [=, &kernel](benchmark::State& state) {
    if (!*run) *run = std::make_unique<KernelRun>(kernel, size.input, size.hidden, lengths);
    KernelRun& lstm = **run;
    lstm.forward();
    if (backward) {
      time_each(
          state, [&] { lstm.backward(); }, lstm.backward_flops(), kernel.needs);
    } else {
      time_each(
          state, [&] { lstm.forward(); }, lstm.forward_flops(), kernel.needs);
    }
  })->Unit(benchmark::kMicrosecond);
}

void add(const kernels::LstmKernel<float>& kernel, const Size& size,
         const std::vector<int>& lengths) {
  for (bool backward : {false, true}) add_direction(kernel, size, lengths, backward);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(argc, argv, [](const Arguments& arguments) {
    const std::vector<int> equal(l_batch, arguments.smoke ? 2 : l_steps);
    for (const auto* row : kernels::lstm_kernels<float>().usable_rows()) {
      const kernels::LstmKernel<float>& kernel = *row;
      for (const Size& size : sizes)
        verify_kernel(kernel, size.input, size.hidden, first_lengths(8));
      verify_kernel(kernel, large.input, large.hidden, std::vector<int>(3, 4));
      for (const Size& size : sizes)
        for (int batch : {1, 8, 16, 32}) add(kernel, size, first_lengths(batch));
      add(kernel, large, equal);
    }
  });
}
