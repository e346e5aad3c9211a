// Statistics of a batch that is computed in shards, from those of each: docs/ranks.md.
#pragma once

#include <cstdint>
#include <span>

#include <sonant/core/exchange.h>

namespace sonant {

// mean and biased variance of n rows, a number a feature, become those of all shards' rows, and
// the number of these is returned: Chan, Golub & LeVeque 1979, in the order of the shards. The
// sums of all shards likewise. Null: there is one shard, and nothing changes.
std::int64_t join_moments(Exchange* others, std::int64_t n, std::span<double> mean,
                          std::span<double> var);
void join_sums(Exchange* others, std::span<double> sums);

}  // namespace sonant
