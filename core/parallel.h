// Threads: one pool, owned here and nowhere else. Work is cut into shards whose number and borders
// never depend on the thread count, so results are the same bits with one thread or many.
#pragma once

#include <cstdint>
#include <functional>

namespace sonant {

// Threads the pool uses (the caller included). Default: SONANT_NUM_THREADS, else OMP_NUM_THREADS,
// else the processors this process may run on (affinity mask and cgroup quota).
int num_threads();
// Error if n < 1. Not to be called inside a parallel region.
void set_num_threads(int n);

// Calls body(shard) once for each shard in [0, shards), on any thread, and returns when all are
// done. Runs inline when nested or with one thread. The first exception (lowest shard) is rethrown.
void parallel_shards(int shards, const std::function<void(int shard)>& body);

// Half-open part `shard` of [0, n) cut into `shards` nearly equal parts.
struct Range {
  std::int64_t begin, end;
};
inline Range shard_range(std::int64_t n, int shards, int shard) {
  return {n * shard / shards, n * (shard + 1) / shards};
}

}  // namespace sonant
