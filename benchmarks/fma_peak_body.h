// The bodies of FmaChains and ReadSweep, compiled once per instruction set by fma_peak_<set>.cpp.
#pragma once

#include "fma_peak.h"

namespace sonant::bench {
namespace {

// More chains than latency times issue width (8 on processors of today), few enough for the
// registers.
template <class Vector, int chains>
std::int64_t fma_chains(std::int64_t rounds, float* sink) {
  constexpr int lanes = sizeof(Vector) / sizeof(float);
  Vector sum[chains], factor, step;
  for (int l = 0; l < lanes; ++l) {
    factor[l] = sink[0];
    step[l] = sink[1];
  }
  for (int c = 0; c < chains; ++c) sum[c] = step * static_cast<float>(c);
  for (std::int64_t r = 0; r < rounds; ++r)
#pragma GCC unroll 32
    for (int c = 0; c < chains; ++c) sum[c] = sum[c] * factor + step;
  for (int c = 1; c < chains; ++c) sum[0] += sum[c];
  for (int l = 0; l < lanes; ++l) sink[2] += sum[0][l];
  return rounds * chains * lanes * 2;
}

template <class Vector>
float read_sweep(const float* data, std::int64_t count) {
  constexpr int lanes = sizeof(Vector) / sizeof(float), chains = 8;
  Vector sum[chains] = {};
  for (std::int64_t n = 0; n < count; n += chains * lanes)
#pragma GCC unroll 8
    for (int c = 0; c < chains; ++c)
      sum[c] += *reinterpret_cast<const Vector*>(data + n + c * lanes);
  for (int c = 1; c < chains; ++c) sum[0] += sum[c];
  float total = 0;
  for (int l = 0; l < lanes; ++l) total += sum[0][l];
  return total;
}

}  // namespace
}  // namespace sonant::bench
