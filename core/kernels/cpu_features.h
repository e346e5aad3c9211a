// What processors can do, as a set. Light: files compiled for one instruction set include it, too.
#pragma once

#include <cstdint>

namespace sonant {

enum class CpuFeature {
  sse2,
  avx,
  f16c,
  fma,
  avx2,
  avx_vnni,
  avx512f,
  avx512cd,
  avx512bw,
  avx512dq,
  avx512vl,
  avx512_vnni,
  avx512_bf16,
  amx_tile,  // Linux gives the tiles to a process that asks: arch_prctl(ARCH_REQ_XCOMP_PERM)
  amx_int8,
  amx_bf16,
  neon64,
  count,
};

class CpuFeatures {
 public:
  constexpr CpuFeatures() = default;
  constexpr CpuFeatures(CpuFeature one) : bits_(std::uint64_t{1} << static_cast<int>(one)) {}

  constexpr bool is_subset_of(CpuFeatures all) const { return (bits_ & ~all.bits_) == 0; }
  friend constexpr CpuFeatures operator|(CpuFeatures a, CpuFeatures b) {
    a.bits_ |= b.bits_;
    return a;
  }
  friend constexpr bool operator==(CpuFeatures, CpuFeatures) = default;

 private:
  std::uint64_t bits_ = 0;
};

const char* feature_name(CpuFeature feature);  // "avx512_bf16"

// What this processor has and the operating system keeps across a change of threads; asked once.
CpuFeatures machine_features();

}  // namespace sonant
