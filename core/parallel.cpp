#include <sonant/core/parallel.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <sonant/core/error.h>
#include <sonant/core/processors.h>

namespace sonant {
namespace {

thread_local bool inside_region = false;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until value is no longer `old`. Between the regions of a training step there are some
// microseconds, and waking a thread that sleeps takes longer; so it stays awake for a while first.
// A thread with nothing to do sleeps after that, and so does one that a busy machine keeps waiting.
template <class T>
void wait_while_equal(const std::atomic<T>& value, T old) {
  using Clock = std::chrono::steady_clock;
  constexpr auto patience = std::chrono::microseconds(50);
  for (const auto end = Clock::now() + patience; Clock::now() < end;)
    for (int k = 0; k < 32; ++k, relax())
      if (value.load(std::memory_order_acquire) != old) return;
  value.wait(old, std::memory_order_acquire);
}

// A region is open while its caller is in run(). Workers that are awake in time join it; the caller
// takes shards itself, and waits for those that have joined only, so that a worker whose processor
// is taken by others holds up nothing.
class Pool {
 public:
  explicit Pool(int threads) {
    for (int worker = 1; worker < threads; ++worker)
      workers_.emplace_back([this, worker] { work(worker); });
  }
  ~Pool() {
    stop_ = true;
    call_workers();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  void run(int shards, ShardBody body) {
    body_ = &body;
    shards_ = shards;
    next_ = 0;
    error_ = nullptr;
    joined_.store(0, std::memory_order_release);
    call_workers();
    take_shards(0);
    for (int inside = 0; !joined_.compare_exchange_strong(inside, closed); inside = 0)
      wait_while_equal(joined_, inside);
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  static constexpr int closed = -1;

  void call_workers() {
    calls_.fetch_add(1, std::memory_order_release);
    calls_.notify_all();
  }

  void work(int worker) {
    for (std::uint32_t seen = 0; !stop_;) {
      wait_while_equal(calls_, seen);
      seen = calls_.load(std::memory_order_acquire);
      if (!join()) continue;
      if (worker < shards_) take_shards(worker);
      joined_.fetch_sub(1, std::memory_order_acq_rel);
      joined_.notify_one();
    }
  }

  bool join() {
    int inside = joined_.load(std::memory_order_acquire);
    while (inside != closed)
      if (joined_.compare_exchange_weak(inside, inside + 1, std::memory_order_acq_rel)) return true;
    return false;
  }

  void take_shards(int worker) {
    inside_region = true;
    for (int shard; (shard = next_.fetch_add(1)) < shards_;) {
      try {
        (*body_)(shard, worker);
      } catch (...) {
        const std::lock_guard lock(error_mutex_);
        if (!error_ || shard < error_shard_)
          error_ = std::current_exception(), error_shard_ = shard;
      }
    }
    inside_region = false;
  }

  // The region's own; workers read them between join() and leaving.
  const ShardBody* body_ = nullptr;
  int shards_ = 0;
  std::atomic<int> next_ = 0;
  std::mutex error_mutex_;
  std::exception_ptr error_;  // of the lowest shard that threw
  int error_shard_ = 0;

  std::atomic<int> joined_ = closed;      // workers inside the region
  std::atomic<std::uint32_t> calls_ = 0;  // raised for each region, and to end
  std::atomic<bool> stop_ = false;
  std::vector<std::jthread> workers_;  // last: joined before the members above go
};

// Guards the pool itself, and is held by the host thread whose region the workers are in.
std::mutex& pool_mutex() {
  static std::mutex mutex;
  return mutex;
}
std::unique_ptr<Pool>& pool() {
  static std::unique_ptr<Pool> instance;
  return instance;
}
// What the pool has, for those who must not wait for a region to end; 0: it is not started.
std::atomic<int> pool_threads = 0;

Pool& started_pool(int threads) {
  pool() = std::make_unique<Pool>(threads);
  pool_threads = threads;
  return *pool();
}
Pool& started_pool() { return pool() ? *pool() : started_pool(usable_processors()); }

}  // namespace

int num_threads() {
  if (inside_region) return 1;
  if (const int threads = pool_threads; threads > 0) return threads;
  std::lock_guard lock(pool_mutex());
  return started_pool().threads();
}

void set_num_threads(int n) {
  check(n >= 1, "set_num_threads", "expects at least 1, got ", n);
  check(!inside_region, "set_num_threads", "called inside a parallel region");
  std::lock_guard lock(pool_mutex());
  if (!pool() || pool()->threads() != n) started_pool(n);
}

SerialRegion::SerialRegion() : was_inside_(std::exchange(inside_region, true)) {}
SerialRegion::~SerialRegion() { inside_region = was_inside_; }

void parallel_shards(int shards, ShardBody body) {
  check(shards >= 0, "parallel_shards", "expects shards >= 0, got ", shards);
  if (!inside_region && shards > 1) {
    const std::unique_lock lock(pool_mutex(), std::try_to_lock);
    if (lock)
      if (Pool& p = started_pool(); p.threads() > 1) return p.run(shards, body);
  }
  for (int shard = 0; shard < shards; ++shard) body(shard, 0);
}

}  // namespace sonant
