// The instruction sets, alone: files compiled for one of them include nothing heavier.
#pragma once

namespace sonant {

enum class Isa {
  scalar,  // nothing beyond what the compiler makes of plain C++
  sse2,    // 128 bit, part of every x86-64
  avx2,    // 256 bit, with FMA
  avx512,  // 512 bit: F, BW, DQ, VL
  neon64,  // 128 bit, part of every AArch64
};

}  // namespace sonant
