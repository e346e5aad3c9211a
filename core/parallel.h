// Threads: one pool, owned here and nowhere else. Work is cut into shards whose number and borders
// never depend on the thread count, so results are the same bits with one thread or many.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>

namespace sonant {

// Threads the pool uses (the caller included). Default: usable_processors(), processors.h.
int num_threads();
// Error if n < 1. Not to be called inside a parallel region.
void set_num_threads(int n);

// What a region runs: any callable, by reference, so that passing one takes no memory. The worker's
// number, below num_threads() and below the number of shards, is for scratch memory that its shards
// use one after the other.
class ShardBody {
 public:
  template <class F>
  requires(std::invocable<const F&, int>) ShardBody(const F& body)
      : object_(&body),
        call_([](const void* object, int shard, int) { (*static_cast<const F*>(object))(shard); }) {
  }
  template <class F>
  requires(std::invocable<const F&, int, int>) ShardBody(const F& body)
      : object_(&body), call_([](const void* object, int shard, int worker) {
          (*static_cast<const F*>(object))(shard, worker);
        }) {}
  void operator()(int shard, int worker) const { call_(object_, shard, worker); }

 private:
  const void* object_;
  void (*call_)(const void*, int, int);
};

// Calls body(shard) or body(shard, worker) once for each shard in [0, shards), on any thread, and
// returns when all are done. Inline when nested, with one thread, or while another host thread has
// the pool, which nobody waits for. The first exception (lowest shard) is rethrown.
void parallel_shards(int shards, ShardBody body);

// While it lives, the loops of this thread run inline, and num_threads() is 1 for it.
class SerialRegion {
 public:
  SerialRegion();
  ~SerialRegion();
  SerialRegion(const SerialRegion&) = delete;
  SerialRegion& operator=(const SerialRegion&) = delete;

 private:
  bool was_inside_;
};

// Half-open part `shard` of [0, n) cut into `shards` nearly equal parts.
struct Range {
  std::int64_t begin, end;
};
inline Range shard_range(std::int64_t n, int shards, int shard) {
  return {n * shard / shards, n * (shard + 1) / shards};
}

// How many shards n light operations, such as an addition of two elements in memory, are worth: a
// region costs about a microsecond when the threads are awake. A function of n alone.
inline int light_shards(std::int64_t n) {
  return static_cast<int>(std::clamp<std::int64_t>(n / 4096, 1, 8));
}
// body(begin, end) for the light_shards(n) parts of [0, n).
template <class Body>
void parallel_ranges(std::int64_t n, const Body& body) {
  const int shards = light_shards(n);
  parallel_shards(shards, [&](int shard) {
    const Range part = shard_range(n, shards, shard);
    body(part.begin, part.end);
  });
}

}  // namespace sonant
