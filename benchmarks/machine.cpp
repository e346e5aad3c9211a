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

std::int64_t fma_chains(Isa isa, std::int64_t rounds, float* sink) {
  switch (isa) {
#if defined(__x86_64__)
    case Isa::sse2:
      return FmaChains<Isa::sse2>::run(rounds, sink);
    case Isa::avx2:
      return FmaChains<Isa::avx2>::run(rounds, sink);
    case Isa::avx512:
      return FmaChains<Isa::avx512>::run(rounds, sink);
#elif defined(__aarch64__)
    case Isa::neon64:
      return FmaChains<Isa::neon64>::run(rounds, sink);
#endif
    default:
      fail("fma_peak", "has no chains for ", isa_name(isa));
  }
}

double measure_fma_peak(Isa isa) {
  constexpr int runs = 20;
  constexpr std::int64_t rounds = 200'000;  // a millisecond or so
  float sink[3] = {0.999f, 0.001f, 0.0f};
  double best = 0;
  for (int k = 0; k < runs; ++k) {
    const auto start = std::chrono::steady_clock::now();
    const auto operations = static_cast<double>(fma_chains(isa, rounds, sink));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::max(best, operations / took.count());
  }
  check(sink[2] != 0, "fma_peak", "the chains computed nothing");
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
  for (Isa isa : supported_isas())
    if (isa != Isa::scalar)
      text << (text.tellp() > 0 ? ", " : "") << isa_name(isa) << " " << fma_peak(isa) / 1e9;
  return text.str() + " GFLOP/s (float, one core)";
}

}  // namespace

double fma_peak(Isa isa) {
  if (isa == Isa::scalar) isa = supported_isas().back();
  static std::map<Isa, double> measured;
  const auto [entry, is_new] = measured.try_emplace(isa);
  if (is_new) entry->second = measure_fma_peak(isa);
  return entry->second;
}

float read_sweep(Isa isa, const float* data, std::int64_t count) {
  switch (isa) {
#if defined(__x86_64__)
    case Isa::sse2:
      return ReadSweep<Isa::sse2>::run(data, count);
    case Isa::avx2:
      return ReadSweep<Isa::avx2>::run(data, count);
    case Isa::avx512:
      return ReadSweep<Isa::avx512>::run(data, count);
#elif defined(__aarch64__)
    case Isa::neon64:
      return ReadSweep<Isa::neon64>::run(data, count);
#endif
    default:
      fail("read_sweep", "has no sweep for ", isa_name(isa));
  }
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
