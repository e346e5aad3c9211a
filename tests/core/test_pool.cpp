// Blocks are aligned, of the size asked for, and handed out again.
#include <sonant/core/autograd.h>
#include <sonant/core/closure.h>
#include <sonant/core/pool.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <set>

#include "support/catch.h"

using namespace sonant;

TEST_CASE("every size fits in its block and blocks are aligned", "[core]") {
  for (std::size_t bytes = 0; bytes < 3000; ++bytes) {
    void* block = pool_allocate(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % 64 == 0);
    std::memset(block, 0x5a, bytes);  // AddressSanitizer sees a block that is too small
    pool_deallocate(block, bytes);
  }
  for (std::size_t bytes = 1; bytes < (std::size_t{1} << 29); bytes = bytes * 5 / 4 + 1) {
    void* block = pool_allocate(bytes);
    static_cast<char*>(block)[bytes - 1] = 1;
    pool_deallocate(block, bytes);
    pool_trim();
  }
  CHECK_THROWS_AS(pool_allocate(std::size_t{1} << 60), std::bad_alloc);
}

TEST_CASE("two blocks in use never overlap", "[core]") {
  std::set<void*> blocks;
  for (int i = 0; i < 100; ++i) CHECK(blocks.insert(pool_allocate(100)).second);
  for (void* block : blocks) pool_deallocate(block, 100);
}

TEST_CASE("a recording that is repeated asks the system for nothing", "[core]") {
  Tape<float> tape;
  Parameter<float> w(Tensor<float>({64, 64}, 0.5f));
  const auto step = [&] {
    auto x = tape.leaf(w);
    for (int i = 0; i < 50; ++i) {
      Tensor<float> saved = x.value();
      x = tape.record("copy", {x}, Tensor<float>(x.value()),
                      [saved = std::move(saved)](const Vjp<float>& v) {
                        for (std::int64_t k = 0; k < saved.size(); ++k)
                          v.din()[k] += v.dout()[k] * saved[k];
                      });
    }
    auto loss = tape.record("first", {x}, Tensor<float>::scalar(x.value()[0]),
                            [](const Vjp<float>& v) { v.din()[0] += v.dout()[0]; });
    loss.backward();
    tape.clear();
  };
  step();
  step();
  const PoolStatistics before = pool_statistics();
  step();
  const PoolStatistics after = pool_statistics();
#if !defined(__SANITIZE_ADDRESS__)
  CHECK(after.system_allocations == before.system_allocations);
#endif
  CHECK(after.bytes_held == before.bytes_held);
  pool_trim();
  CHECK(pool_statistics().bytes_kept == 0);
}

TEST_CASE("a closure owns what it captures, also what cannot be copied", "[core]") {
  const auto counter = std::make_shared<int>(0);
  {
    auto only_moves = std::make_unique<int>(3);
    Closure<int> closure([counter, p = std::move(only_moves)](int n) { *counter += n * *p; });
    Closure<int> moved = std::move(closure);
    CHECK_FALSE(closure);
    moved(2);
    CHECK(*counter == 6);
    CHECK(counter.use_count() == 2);
    moved = Closure<int>([counter](int) {});
    CHECK(moved);
    moved.reset();
    CHECK_FALSE(moved);
  }
  CHECK(counter.use_count() == 1);
}
