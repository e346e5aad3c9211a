#include "harness.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <sonant/core/error.h>
#include <sonant/core/parallel.h>

#include "machine.h"

namespace sonant::bench {
namespace {

// Takes our own options out of argv.
Arguments parse_arguments(int& argc, char** argv) {
  Arguments arguments;
  int kept = 1;
  for (int k = 1; k < argc; ++k) {
    const std::string_view word = argv[k];
    if (word == "--smoke") {
      arguments.smoke = true;
    } else if (word.starts_with("--data=")) {
      arguments.data = word.substr(std::strlen("--data="));
    } else if (word == "--data" && k + 1 < argc) {
      arguments.data = argv[++k];
    } else {
      argv[kept++] = argv[k];
    }
  }
  argc = kept;
  return arguments;
}

}  // namespace

int run_program(int argc, char** argv, const std::function<void(const Arguments&)>& set_up) {
  try {
    const Arguments arguments = parse_arguments(argc, argv);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    set_num_threads(1);
    for (const auto& [name, fact] : machine_facts()) benchmark::AddCustomContext(name, fact);
    set_up(arguments);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}

benchmark::internal::Benchmark* add_benchmark(const std::string& name,
                                              std::function<void(benchmark::State&)> body) {
  return benchmark::RegisterBenchmark(name.c_str(), std::move(body))->UseRealTime();
}

void time_each(benchmark::State& state, const std::function<void()>& body,
               const std::function<void()>& after) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> microseconds;
  for (auto _ : state) {
    const auto start = Clock::now();
    body();
    const std::chrono::duration<double, std::micro> took = Clock::now() - start;
    microseconds.push_back(took.count());
    if (after) after();
  }
  state.counters["p50_us"] = quantile(microseconds, 0.5);
  state.counters["p90_us"] = quantile(microseconds, 0.9);
  state.counters["p99_us"] = quantile(microseconds, 0.99);
  state.counters["max_us"] = quantile(microseconds, 1);
}

void time_each(benchmark::State& state, const std::function<void()>& body, double flops,
               CpuFeatures features) {
  time_each(state, body);
  const double rate = flops / (state.counters["p50_us"].value * 1e-6);
  state.counters["GFLOP/s"] = rate / 1e9;
  state.counters["peak%"] = 100 * rate / fma_peak(machine_features());
  state.counters["isa%"] = 100 * rate / fma_peak(features);
}

double quantile(std::vector<double> values, double q) {
  check(!values.empty(), "quantile", "expects at least one value");
  std::sort(values.begin(), values.end());
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(at));
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - std::floor(at)) * (values[above] - values[below]);
}

}  // namespace sonant::bench
