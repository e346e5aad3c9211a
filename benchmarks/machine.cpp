#include "machine.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include <sonant/core/error.h>
#include <sonant/core/kernels/gemm.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/parallel.h>
#include <sonant/core/version.h>

#include "fma_peak.h"

namespace sonant::bench {
namespace {

// One for each width of vectors, the narrow ones first.
struct Peak {
  Isa isa;
  std::int64_t (*chains)(std::int64_t rounds, float* sink);
  float (*sweep)(const float* data, std::int64_t count);
};

template <Isa isa>
constexpr Peak peak_of() {
  return {isa, FmaChains<isa>::run, ReadSweep<isa>::run};
}

constexpr Peak all_peaks[] = {
#if defined(__x86_64__)
    peak_of<Isa::sse2>(), peak_of<Isa::avx2>(), peak_of<Isa::avx512>()
#elif defined(__aarch64__)
    peak_of<Isa::neon64>()
#endif
};

// The widest one.
const Peak& peak_with(CpuFeatures features) {
  if (features == CpuFeatures()) features = machine_features();
  const Peak* found = nullptr;
  for (const Peak& peak : all_peaks)
    if (features_of(peak.isa).is_subset_of(features)) found = &peak;
  check(found != nullptr, "fma_peak", "has no chains for ", features_text(features));
  return *found;
}

double fma_rate(const Peak& peak, std::int64_t rounds) {
  float sink[3] = {0.999f, 0.001f, 0.0f};
  const auto start = std::chrono::steady_clock::now();
  const auto operations = static_cast<double>(peak.chains(rounds, sink));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  check(sink[2] != 0, "fma_peak", "the chains computed nothing");
  return operations / took.count();
}

double measure_fma_peak(const Peak& peak) {
  constexpr int runs = 20;
  double best = 0;
  for (int k = 0; k < runs; ++k) best = std::max(best, fma_rate(peak, 200'000));
  return best;
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  std::string model = "unknown", family;
  for (std::string line; std::getline(file, line) && !line.empty();) {
    const auto value = [&] { return line.substr(std::min(line.size(), line.find(':') + 2)); };
    if (line.starts_with("model name")) model = value();
    if (line.starts_with("cpu family")) family = value();
    if (line.starts_with("model\t")) family += ", model " + value();
  }
  return model + (family.empty() ? "" : " (family " + family + ")");
}

std::string peaks() {
  std::ostringstream text;
  text.precision(4);
  for (const Peak& peak : all_peaks)
    if (isa_supported(peak.isa))
      text << (text.tellp() > 0 ? ", " : "") << isa_name(peak.isa) << " "
           << fma_peak(features_of(peak.isa)) / 1e9;
  return text.str() + " GFLOP/s (float, one core)";
}

}  // namespace

double fma_peak(CpuFeatures features) {
  const Peak& peak = peak_with(features);
  static std::map<Isa, double> measured;
  const auto [entry, is_new] = measured.try_emplace(peak.isa);
  if (is_new) entry->second = measure_fma_peak(peak);
  return entry->second;
}

double fma_peak_now() { return fma_rate(peak_with(CpuFeatures()), 20'000); }

float read_sweep(CpuFeatures features, const float* data, std::int64_t count) {
  return peak_with(features).sweep(data, count);
}

std::vector<std::pair<std::string, std::string>> machine_facts() {
  std::vector<std::pair<std::string, std::string>> facts = {
      {"CPU", processor()},
      {"ISA", isa_report()},
      {"FMA peak", peaks()},
      {"BLAS",
       "OpenBLAS, core " + kernels::blas_core_name() + ", " + kernels::blas_parallel_kind()},
      {"LSTM kernel", std::string(default_lstm_kernel())},
      {"threads", std::to_string(num_threads())},
      {"compiler", build_info()},
      {"flags", SONANT_FLAGS},
  };
  if (const char* core = std::getenv("OPENBLAS_CORETYPE"); core != nullptr && *core != '\0')
    facts.emplace_back("warning", "OPENBLAS_CORETYPE=" + std::string(core) +
                                      " is set, and OpenBLAS uses that core's kernels; unset it "
                                      "to measure this machine");
  return facts;
}

}  // namespace sonant::bench
