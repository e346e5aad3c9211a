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

namespace {

// Times of a body, and the peak that the machine had around each of them.
class Samples {
 public:
  void time(const std::function<void()>& body) {
    if (probes_.empty()) probe();
    const auto start = Clock::now();
    body();
    const auto end = Clock::now();
    seconds_.push_back(std::chrono::duration<double>(end - start).count());
    before_.push_back(probes_.size() - 1);
    if (end - last_probe_ > probe_distance) probe();
  }
  std::vector<double> microseconds() const {
    return each([](double s, double) { return 1e6 * s; });
  }
  // Seconds times the peak of the moment: what could have been done meanwhile.
  std::vector<double> possible_flops() const {
    return each([](double s, double peak) { return s * peak; });
  }

 private:
  using Clock = std::chrono::steady_clock;
  // Short samples share a probe, which would push what they need out of the cache.
  static constexpr std::chrono::milliseconds probe_distance{1};

  void probe() {
    probes_.push_back(fma_peak_now());
    last_probe_ = Clock::now();
  }
  template <class Body>
  std::vector<double> each(const Body& body) const {
    std::vector<double> all;
    for (std::size_t k = 0; k < seconds_.size(); ++k) {
      const double before = probes_[before_[k]];
      const double after = probes_[std::min(before_[k] + 1, probes_.size() - 1)];
      all.push_back(body(seconds_[k], (before + after) / 2));
    }
    return all;
  }

  std::vector<double> seconds_, probes_;
  std::vector<std::size_t> before_;  // number of the probe in front of a sample
  Clock::time_point last_probe_;
};

Samples take_samples(benchmark::State& state, const std::function<void()>& body,
                     const std::function<void()>& after) {
  Samples samples;
  for (auto _ : state) {
    samples.time(body);
    if (after) after();
  }
  const std::vector<double> microseconds = samples.microseconds();
  state.counters["p50_us"] = quantile(microseconds, 0.5);
  state.counters["p90_us"] = quantile(microseconds, 0.9);
  state.counters["p99_us"] = quantile(microseconds, 0.99);
  state.counters["max_us"] = quantile(microseconds, 1);
  state.counters["at118_us"] = 1e6 * quantile(samples.possible_flops(), 0.5) / 118e9;
  return samples;
}

}  // namespace

void time_each(benchmark::State& state, const std::function<void()>& body,
               const std::function<void()>& after) {
  take_samples(state, body, after);
}

void time_each(benchmark::State& state, const std::function<void()>& body, double flops,
               CpuFeatures features) {
  const Samples samples = take_samples(state, body, nullptr);
  const double share = flops / quantile(samples.possible_flops(), 0.5);
  state.counters["GFLOP/s"] = flops / state.counters["p50_us"].value / 1e3;
  state.counters["peak%"] = 100 * share;
  state.counters["isa%"] = 100 * share * fma_peak(machine_features()) / fma_peak(features);
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
