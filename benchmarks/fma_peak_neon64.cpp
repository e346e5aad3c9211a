#include "fma_peak_body.h"

namespace sonant::bench {

using Vector [[gnu::vector_size(16)]] = float;

template <>
std::int64_t FmaChains<Isa::neon64>::run(std::int64_t rounds, float* sink) {
  return fma_chains<Vector, 24>(rounds, sink);
}

}  // namespace sonant::bench
