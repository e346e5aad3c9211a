#include <sonant/core/ops/shard_moments.h>

#include <algorithm>

#include <sonant/core/pool.h>

namespace sonant {
namespace {

// [shards][mine.size()]
PoolVector<double> gathered(Exchange& others, std::span<const double> mine) {
  PoolVector<double> all(mine.size() * static_cast<std::size_t>(others.shards()));
  others.gather(mine, all);
  return all;
}

}  // namespace

std::int64_t join_moments(Exchange* others, std::int64_t n, std::span<double> mean,
                          std::span<double> var) {
  if (others == nullptr) return n;
  const std::size_t features = mean.size(), width = 1 + 2 * features;
  PoolVector<double> mine(width);
  mine[0] = static_cast<double>(n);
  std::ranges::copy(mean, mine.begin() + 1);
  std::ranges::copy(var, mine.begin() + 1 + static_cast<std::ptrdiff_t>(features));
  const PoolVector<double> all = gathered(*others, mine);
  double rows = 0;
  for (std::size_t at = 0; at < all.size(); at += width) rows += all[at];
  std::ranges::fill(mean, 0.0);
  std::ranges::fill(var, 0.0);
  for (std::size_t at = 0; at < all.size(); at += width)
    for (std::size_t f = 0; f < features; ++f) mean[f] += all[at] / rows * all[at + 1 + f];
  for (std::size_t at = 0; at < all.size(); at += width) {
    for (std::size_t f = 0; f < features; ++f) {
      const double d = all[at + 1 + f] - mean[f];
      var[f] += all[at] / rows * (all[at + 1 + features + f] + d * d);
    }
  }
  return static_cast<std::int64_t>(rows);
}

void join_sums(Exchange* others, std::span<double> sums) {
  if (others == nullptr) return;
  const PoolVector<double> all = gathered(*others, sums);
  std::ranges::fill(sums, 0.0);
  for (std::size_t k = 0; k < all.size(); ++k) sums[k % sums.size()] += all[k];
}

}  // namespace sonant
