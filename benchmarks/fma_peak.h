// The most multiply-and-adds one core can do, for the share of it that a kernel reaches.
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

}  // namespace sonant::bench
