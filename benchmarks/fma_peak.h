// What one core can do at most: multiply-and-adds from registers, and loads from the cache.
#pragma once

#include <cstdint>

#include <sonant/core/kernels/isa_enum.h>

namespace sonant::bench {

// Runs `rounds` rounds of independent chains of multiply-and-add that never leave the registers;
// returns the operations done (a multiply-and-add counts as two). May be called only where
// isa_supported(isa). `sink` keeps the compiler from leaving the work out.
template <Isa isa>
struct FmaChains {
  static std::int64_t run(std::int64_t rounds, float* sink);
};

// Reads `count` numbers, a multiple of 128 and aligned to 64 bytes, and returns their sum.
template <Isa isa>
struct ReadSweep {
  static float run(const float* data, std::int64_t count);
};

}  // namespace sonant::bench
