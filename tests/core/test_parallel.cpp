#include <sonant/core/error.h>
#include <sonant/core/parallel.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <ctime>
#include <iostream>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "support/run_again.h"

using namespace sonant;

namespace {

// Leaves the number of threads as it was.
struct Threads {
  int before = num_threads();
  explicit Threads(int n) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
};

}  // namespace

TEST_CASE("print the number of threads", "[.helper]") {
  try {
    std::cout << "threads=" << num_threads() << ";\n";
  } catch (const Error& e) {
    std::cout << "error=" << e.what() << ";\n";
  }
  CHECK(true);
}

TEST_CASE("parallel_shards: every shard once, with any number of threads", "[core]") {
  for (int threads : {1, 2, 3, 8}) {
    const Threads scope(threads);
    CHECK(num_threads() == threads);
    for (int shards : {0, 1, 2, 7, 100}) {
      std::vector<std::atomic<int>> calls(static_cast<std::size_t>(shards));
      parallel_shards(shards, [&](int s) { ++calls[static_cast<std::size_t>(s)]; });
      for (const auto& n : calls) CHECK(n == 1);
    }
  }
}

TEST_CASE("parallel_shards: workers' numbers are their own, below threads and shards", "[core]") {
  for (int threads : {1, 2, 5}) {
    const Threads scope(threads);
    for (int shards : {1, 2, 3, 40}) {
      std::vector<std::atomic<int>> inside(static_cast<std::size_t>(std::min(threads, shards)));
      std::atomic<int> wrong = 0, calls = 0;
      for (int n = 0; n < 200; ++n)
        parallel_shards(shards, [&](int, int worker) {
          ++calls;
          if (worker < 0 || worker >= static_cast<int>(inside.size())) {
            ++wrong;
            return;
          }
          auto& mine = inside[static_cast<std::size_t>(worker)];
          if (++mine != 1) ++wrong;
          --mine;
        });
      CHECK(calls == 200 * shards);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("parallel_ranges: every element once, in parts that depend on their number", "[core]") {
  std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> parts;
  for (int threads : {1, 3}) {
    const Threads scope(threads);
    for (std::int64_t n : {0, 1, 8191, 16384, 1000003}) {
      std::mutex mutex;
      auto& mine = parts.emplace_back();
      parallel_ranges(n, [&](std::int64_t begin, std::int64_t end) {
        const std::lock_guard lock(mutex);
        mine.emplace_back(begin, end);
      });
      std::sort(mine.begin(), mine.end());
      CHECK(mine.front().first == 0);
      CHECK(mine.back().second == n);
      for (std::size_t k = 1; k < mine.size(); ++k) CHECK(mine[k].first == mine[k - 1].second);
    }
  }
  for (std::size_t k = 0; k < 5; ++k) CHECK(parts[k] == parts[5 + k]);
}

TEST_CASE("parallel_shards: a region after a pause, when the workers sleep", "[core]") {
  const Threads scope(3);
  for (int n = 0; n < 20; ++n) {
    std::this_thread::sleep_for(std::chrono::microseconds(n % 2 ? 40 : 300));
    std::atomic<int> calls = 0;
    parallel_shards(4, [&](int) { ++calls; });
    CHECK(calls == 4);
  }
}

TEST_CASE("parallel_shards: workers that sleep use no processor", "[core]") {
  const Threads scope(4);
  parallel_shards(4, [](int) {});
  // The least of several intervals: workers that spin spin in each of them, while one in which a
  // virtual processor was taken away for a while counts that as time used.
  double least = 1;
  for (int n = 0; n < 10; ++n) {
    const std::clock_t before = std::clock();
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
    least = std::min(least, static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC);
  }
  CHECK(least < 0.005);
}

TEST_CASE("parallel_shards: many short regions after one another", "[core]") {
  const Threads scope(4);
  std::atomic<int> total = 0;
  for (int i = 0; i < 2000; ++i) parallel_shards(5, [&](int) { ++total; });
  CHECK(total == 10000);
}

TEST_CASE("parallel_shards: a fixed number of shards gives the same bits", "[core]") {
  constexpr int shards = 16;
  constexpr std::int64_t n = 100003;
  std::vector<double> sums;
  for (int threads : {1, 2, 5}) {
    const Threads scope(threads);
    std::vector<double> part(shards);
    parallel_shards(shards, [&](int s) {
      const Range r = shard_range(n, shards, s);
      for (auto i = r.begin; i < r.end; ++i)
        part[static_cast<std::size_t>(s)] += std::sin(static_cast<double>(i));
    });
    double sum = 0;
    for (double p : part) sum += p;
    sums.push_back(sum);
  }
  CHECK(sums[0] == sums[1]);
  CHECK(sums[0] == sums[2]);
}

TEST_CASE("shard_range: parts cover everything once, and are nearly equal", "[core]") {
  for (std::int64_t n : {0, 1, 5, 64, 1000003}) {
    for (int shards : {1, 2, 7, 64}) {
      std::int64_t next = 0;
      for (int s = 0; s < shards; ++s) {
        const Range r = shard_range(n, shards, s);
        CHECK(r.begin == next);
        CHECK((r.end - r.begin == n / shards || r.end - r.begin == n / shards + 1));
        next = r.end;
      }
      CHECK(next == n);
    }
  }
}

// Waits until `condition` holds, or a long time has passed.
template <class Condition>
static void wait_for(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

TEST_CASE("parallel_shards: the lowest shard's exception comes out, the pool lives on", "[core]") {
  constexpr int shards = 20, lowest = 4;
  for (int threads : {1, 2, 3}) {
    const Threads scope(threads);
    for (bool lowest_is_last : {true, false}) {
      // With threads, the error of the lowest shard is thrown after those of all the others have
      // been taken note of, or before any of them. Before its last shard a thread has noted the
      // errors of its others, and of these threads there are `threads` - 1.
      std::atomic<int> others = 0, of_lowest = 0, calls = 0;
      const auto body = [&](int s) {
        ++calls;
        if (s < lowest) return;
        if (s == lowest) {
          if (lowest_is_last && threads > 1) {
            wait_for([&] { return others == shards - lowest - 1; });
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
          }
          ++of_lowest;
        } else {
          if (!lowest_is_last) wait_for([&] { return of_lowest == 1; });
          ++others;
        }
        fail("test", "shard ", s);
      };
      INFO(threads << " threads, " << (lowest_is_last ? "lowest last" : "lowest first"));
      CHECK_THROWS_WITH(parallel_shards(shards, body), "[test] shard 4");
      CHECK(of_lowest == 1);
      // One thread stops at the first error; several run what there is.
      CHECK(calls == (threads == 1 ? lowest + 1 : shards));
      calls = 0;
      parallel_shards(shards, [&](int) { ++calls; });
      CHECK(calls == shards);
    }
  }
}

TEST_CASE("parallel_shards: nested regions run inline", "[core]") {
  const Threads scope(3);
  std::atomic<int> calls = 0, elsewhere = 0;
  parallel_shards(6, [&](int) {
    const auto outer = std::this_thread::get_id();
    if (num_threads() != 1) ++elsewhere;
    parallel_shards(5, [&](int) {
      ++calls;
      if (std::this_thread::get_id() != outer) ++elsewhere;
    });
  });
  CHECK(calls == 30);
  CHECK(elsewhere == 0);
}

TEST_CASE("parallel_shards: no host thread waits for another one's region", "[core]") {
  const Threads threads(2);
  std::latch open(1), close(1);
  std::jthread other([&] {
    parallel_shards(2, [&](int shard) {
      if (shard == 0) open.count_down();
      close.wait();
    });
  });
  open.wait();
  int calls = 0;  // inline, so that nobody else counts
  parallel_shards(3, [&](int, int worker) { calls += worker == 0; });
  CHECK(calls == 3);
  CHECK(num_threads() == 2);
  close.count_down();
}

TEST_CASE("parallel_shards: several host threads may call it", "[core]") {
  const Threads scope(2);
  std::atomic<int> calls = 0;
  {
    std::vector<std::jthread> hosts;
    for (int h = 0; h < 4; ++h)
      hosts.emplace_back([&] {
        for (int i = 0; i < 50; ++i) parallel_shards(3, [&](int) { ++calls; });
      });
  }
  CHECK(calls == 600);
}

TEST_CASE("parallel: wrong arguments", "[core]") {
  CHECK_THROWS_WITH(set_num_threads(0), "[set_num_threads] expects at least 1, got 0");
  CHECK_THROWS_WITH(parallel_shards(-1, [](int) {}), ContainsSubstring("shards >= 0, got -1"));
  const Threads scope(2);
  CHECK_THROWS_WITH(parallel_shards(4, [](int) { set_num_threads(3); }),
                    "[set_num_threads] called inside a parallel region");
}

TEST_CASE("parallel: in a serial region everything is the caller's", "[core]") {
  const Threads two(2);
  const auto all_mine = [] {
    std::atomic<int> others = 0;
    const auto caller = std::this_thread::get_id();
    for (int k = 0; k < 100; ++k)
      parallel_shards(8, [&](int) { others += std::this_thread::get_id() != caller; });
    return others == 0;
  };
  {
    const SerialRegion outer;
    CHECK(num_threads() == 1);
    { const SerialRegion inner; }
    CHECK(all_mine());
  }
  CHECK(num_threads() == 2);
}

TEST_CASE("parallel: the environment sets the number of threads", "[core]") {
  const auto threads = [](const std::string& environment) {
    return test::run_again(environment, "print the number of threads");
  };
  CHECK_THAT(threads("SONANT_NUM_THREADS=3"), ContainsSubstring("threads=3;"));
  CHECK_THAT(threads("OMP_NUM_THREADS=5"), ContainsSubstring("threads=5;"));
  CHECK_THAT(threads("OMP_NUM_THREADS=4,2"), ContainsSubstring("threads=4;"));  // nested: the first
  CHECK_THAT(threads("SONANT_NUM_THREADS=2 OMP_NUM_THREADS=5"), ContainsSubstring("threads=2;"));
  CHECK_THAT(threads("SONANT_NUM_THREADS= OMP_NUM_THREADS=5"), ContainsSubstring("threads=5;"));
  CHECK_THAT(threads("taskset -c 0"), ContainsSubstring("threads=1;"));  // the affinity mask
  for (const std::string bad : {"0", "-2", "two", "3x", "99999"})
    CHECK_THAT(
        threads("SONANT_NUM_THREADS=" + bad),
        ContainsSubstring("error=[threads] SONANT_NUM_THREADS must be a whole number from 1, "
                          "got \"" +
                          bad + "\""));
}
