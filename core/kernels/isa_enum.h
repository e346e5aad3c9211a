// The instruction sets by name, alone: files compiled for one of them include nothing heavier.
#pragma once

#include <sonant/core/kernels/cpu_features.h>

namespace sonant {

// Names of sets of features, which are no points on a line: avx512_bf16 and avx512_vnni are both
// avx512 and something that the other lacks.
enum class Isa {
  scalar,       // nothing beyond what the compiler makes of plain C++
  sse2,         // 128 bit, part of every x86-64
  avx2,         // 256 bit, with FMA
  avx512,       // 512 bit: F, CD, BW, DQ, VL
  neon64,       // 128 bit, part of every AArch64
  avx512_bf16,  // and products of pairs of bfloat16
  avx512_vnni,  // and products of four int8
  amx,          // and tiles of both
};

constexpr CpuFeatures features_of(Isa isa) {
  using enum CpuFeature;
  switch (isa) {
    case Isa::scalar:
      return {};
    case Isa::sse2:
      return sse2;
    case Isa::avx2:
      return features_of(Isa::sse2) | avx | avx2 | fma;
    case Isa::avx512:
      return features_of(Isa::avx2) | avx512f | avx512cd | avx512bw | avx512dq | avx512vl;
    case Isa::neon64:
      return neon64;
    case Isa::avx512_bf16:
      return features_of(Isa::avx512) | CpuFeature::avx512_bf16;
    case Isa::avx512_vnni:
      return features_of(Isa::avx512) | CpuFeature::avx512_vnni;
    case Isa::amx:
      return features_of(Isa::avx512_bf16) | features_of(Isa::avx512_vnni) | amx_tile | amx_int8 |
             amx_bf16;
  }
  return {};
}

}  // namespace sonant
