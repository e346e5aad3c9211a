#include <sonant/core/kernels/cpu_features.h>

#include <iterator>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace sonant {
namespace {

#if defined(__x86_64__)

// Registers that the operating system says it saves: the bits of XCR0, the wide ones.
constexpr std::uint64_t xmm = 0, ymm = 0b110, zmm = 0b1110'0110, tiles = 0b11 << 17;

enum Register { a, b, c, d };

// Intel's manual, volume 2A, "CPUID": where each feature is told, and what else it takes.
struct Place {
  CpuFeature feature;
  unsigned leaf, subleaf;
  Register in;
  int bit;
  std::uint64_t saved;
};
constexpr Place places[] = {
    {CpuFeature::sse2, 1, 0, d, 26, xmm},       {CpuFeature::avx, 1, 0, c, 28, ymm},
    {CpuFeature::f16c, 1, 0, c, 29, ymm},       {CpuFeature::fma, 1, 0, c, 12, ymm},
    {CpuFeature::avx2, 7, 0, b, 5, ymm},        {CpuFeature::avx_vnni, 7, 1, a, 4, ymm},
    {CpuFeature::avx512f, 7, 0, b, 16, zmm},    {CpuFeature::avx512cd, 7, 0, b, 28, zmm},
    {CpuFeature::avx512bw, 7, 0, b, 30, zmm},   {CpuFeature::avx512dq, 7, 0, b, 17, zmm},
    {CpuFeature::avx512vl, 7, 0, b, 31, zmm},   {CpuFeature::avx512_vnni, 7, 0, c, 11, zmm},
    {CpuFeature::avx512_bf16, 7, 1, a, 5, zmm}, {CpuFeature::amx_tile, 7, 0, d, 24, tiles},
    {CpuFeature::amx_int8, 7, 0, d, 25, tiles}, {CpuFeature::amx_bf16, 7, 0, d, 22, tiles},
};

std::uint64_t saved_registers() {
  unsigned r[4] = {};
  constexpr unsigned osxsave = 1u << 27;
  if (!__get_cpuid(1, &r[a], &r[b], &r[c], &r[d]) || (r[c] & osxsave) == 0) return xmm;
  std::uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return std::uint64_t{high} << 32 | low;
}

CpuFeatures detect() {
  const std::uint64_t saved = saved_registers();
  CpuFeatures found;
  for (const Place& place : places) {
    unsigned r[4] = {};
    if (!__get_cpuid_count(place.leaf, place.subleaf, &r[a], &r[b], &r[c], &r[d])) continue;
    if ((r[place.in] >> place.bit & 1) != 0 && (place.saved & ~saved) == 0)
      found = found | place.feature;
  }
  return found;
}

#elif defined(__aarch64__)

CpuFeatures detect() { return CpuFeature::neon64; }  // part of every one

#else

CpuFeatures detect() { return {}; }

#endif

}  // namespace

const char* feature_name(CpuFeature feature) {
  constexpr const char* names[] = {"sse2",     "avx",         "f16c",        "fma",      "avx2",
                                   "avx_vnni", "avx512f",     "avx512cd",    "avx512bw", "avx512dq",
                                   "avx512vl", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8",
                                   "amx_bf16", "neon64"};
  static_assert(std::size(names) == static_cast<std::size_t>(CpuFeature::count));
  return names[static_cast<int>(feature)];
}

CpuFeatures machine_features() {
  static const CpuFeatures features = detect();
  return features;
}

}  // namespace sonant
