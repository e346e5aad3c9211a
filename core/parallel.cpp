#include <sonant/core/parallel.h>

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <sonant/core/error.h>

namespace sonant {
namespace {

thread_local bool inside_region = false;

class Pool {
 public:
  explicit Pool(int threads) {
    for (int i = 1; i < threads; ++i)
      workers_.emplace_back([this](std::stop_token stop) { work(stop); });
  }

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  void run(int shards, const std::function<void(int)>& body) {
    std::vector<std::exception_ptr> errors(static_cast<std::size_t>(shards));
    {
      std::lock_guard lock(mutex_);
      body_ = &body;
      errors_ = &errors;
      shards_ = shards;
      next_ = 0;
      busy_ = static_cast<int>(workers_.size());
      ++generation_;
    }
    wake_.notify_all();
    take_shards();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
    lock.unlock();
    for (auto& error : errors)
      if (error) std::rethrow_exception(error);
  }

 private:
  void work(std::stop_token stop) {
    std::uint64_t seen = 0;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        if (!wake_.wait(lock, stop, [&] { return generation_ != seen; })) return;
        seen = generation_;
      }
      take_shards();
      std::lock_guard lock(mutex_);
      if (--busy_ == 0) done_.notify_one();
    }
  }

  void take_shards() {
    inside_region = true;
    for (int s; (s = next_.fetch_add(1)) < shards_;) {
      try {
        (*body_)(s);
      } catch (...) {
        (*errors_)[static_cast<std::size_t>(s)] = std::current_exception();
      }
    }
    inside_region = false;
  }

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::condition_variable done_;
  const std::function<void(int)>* body_ = nullptr;
  std::vector<std::exception_ptr>* errors_ = nullptr;
  int shards_ = 0;
  std::atomic<int> next_ = 0;
  int busy_ = 0;
  std::uint64_t generation_ = 0;
  std::vector<std::jthread> workers_;  // last: joined before the members above go
};

// CPU quota of the cgroup (v2), rounded up, or 0 where there is none.
int cgroup_quota() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 0;
  return static_cast<int>(std::ceil(std::atof(quota.c_str()) / period));
}

int default_threads() {
  for (const char* name : {"SONANT_NUM_THREADS", "OMP_NUM_THREADS"}) {
    const char* text = std::getenv(name);
    if (text == nullptr || *text == '\0') continue;
    char* end = nullptr;
    const long n = std::strtol(text, &end, 10);
    // OMP_NUM_THREADS may be a list, one entry a nesting level: the first counts.
    check(end != text && (*end == '\0' || *end == ',') && n >= 1 && n <= 4096, "threads", name,
          " must be a whole number from 1, got \"", text, "\"");
    return static_cast<int>(n);
  }
  cpu_set_t set;
  int n = static_cast<int>(std::thread::hardware_concurrency());
  if (sched_getaffinity(0, sizeof set, &set) == 0) n = CPU_COUNT(&set);
  if (const int quota = cgroup_quota(); quota > 0) n = std::min(n, quota);
  return std::max(n, 1);
}

// Guards the pool itself, and keeps two host threads from running regions at the same time.
std::mutex& pool_mutex() {
  static std::mutex mutex;
  return mutex;
}
std::unique_ptr<Pool>& pool() {
  static std::unique_ptr<Pool> instance;
  return instance;
}
Pool& started_pool() {
  if (!pool()) pool() = std::make_unique<Pool>(default_threads());
  return *pool();
}

}  // namespace

int num_threads() {
  if (inside_region) return 1;
  std::lock_guard lock(pool_mutex());
  return started_pool().threads();
}

void set_num_threads(int n) {
  check(n >= 1, "set_num_threads", "expects at least 1, got ", n);
  check(!inside_region, "set_num_threads", "called inside a parallel region");
  std::lock_guard lock(pool_mutex());
  if (!pool() || pool()->threads() != n) pool() = std::make_unique<Pool>(n);
}

void parallel_shards(int shards, const std::function<void(int)>& body) {
  check(shards >= 0, "parallel_shards", "expects shards >= 0, got ", shards);
  if (!inside_region && shards > 1) {
    std::lock_guard lock(pool_mutex());
    if (Pool& p = started_pool(); p.threads() > 1) return p.run(shards, body);
  }
  for (int s = 0; s < shards; ++s) body(s);
}

}  // namespace sonant
