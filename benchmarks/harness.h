// What all benchmark programs share: arguments, the machine's description at the head of the
// output, verification before timing, figures for counters.
#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <string>
#include <vector>

#include <sonant/core/kernels/isa.h>

namespace sonant::bench {

struct Arguments {
  bool smoke = false;  // --smoke: small problems, to see that everything runs
  std::string data;    // --data FILE: a real sound for bench_features
};

// The main program: reads the arguments (ours, then Google Benchmark's), sets one thread, describes
// the machine, calls `set_up`, which verifies and registers, and runs. Returns the exit status; a
// failed verification ends the program with one line before anything is timed.
int run_program(int argc, char** argv, const std::function<void(const Arguments&)>& set_up);

// For Google Benchmark's registry, which wants a name and a callable; times are wall clock.
benchmark::internal::Benchmark* add_benchmark(const std::string& name,
                                              std::function<void(benchmark::State&)> body);

// Runs `body`, and `after` outside of the time, until the state has enough, timing each call; adds
// the counters p50_us, p90_us, p99_us and max_us. The median is the figure to quote: a shared
// machine, and a real-time priority that the kernel interrupts once per second, disturb the mean.
//
// A clock that sinks under load disturbs the median, too. So the peak of multiply-and-add is probed
// around each call: at118_us is the median of the time that the call would have taken where that
// peak is 118 GFLOP/s.
void time_each(benchmark::State& state, const std::function<void()>& body,
               const std::function<void()>& after = nullptr);

// The same for `flops` floating point operations per call: adds GFLOP/s at the median time, and as
// medians of shares of the peak of the moment peak% (of the machine's best instruction set) and
// isa% (of what a kernel with these features can do).
void time_each(benchmark::State& state, const std::function<void()>& body, double flops,
               CpuFeatures features);

// The q-quantile of the values, 0 <= q <= 1, by linear interpolation. Error if there are none.
double quantile(std::vector<double> values, double q);

}  // namespace sonant::bench
