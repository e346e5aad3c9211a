#include "fma_peak_body.h"

namespace sonant::bench {

using Vector [[gnu::may_alias, gnu::vector_size(16)]] = float;

template <>
std::int64_t FmaChains<Isa::sse2>::run(std::int64_t rounds, float* sink) {
  return fma_chains<Vector, 12>(rounds, sink);
}

template <>
float ReadSweep<Isa::sse2>::run(const float* data, std::int64_t count) {
  return read_sweep<Vector>(data, count);
}

}  // namespace sonant::bench
