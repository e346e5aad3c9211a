#include <sonant/core/pool.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <array>
#include <bit>
#include <cstring>
#include <mutex>

namespace sonant {
namespace {

constexpr std::align_val_t alignment{64};

// Size classes: 64 bytes, then four to each doubling, so at most a fifth of a block is unused.
constexpr int class_count = 4 * 58;

struct SizeClass {
  int index;
  std::size_t bytes;
};

SizeClass size_class(std::size_t bytes) {
  if (bytes <= 64) return {0, 64};
  const std::size_t lines = (bytes + 63) / 64;  // > 1
  const int doubling = std::bit_width(lines - 1) - 1;
  const std::size_t base = std::size_t{1} << doubling, step = doubling >= 2 ? base / 4 : 1;
  const std::size_t above = (lines - base + step - 1) / step;  // 1 .. 4 steps above base
  return {4 * doubling + static_cast<int>(above), (base + above * step) * 64};
}

// A kept block holds the link to the next one of its class in its own first bytes.
struct Block {
  Block* next;
};

struct Pool {
  std::mutex mutex;
  std::array<Block*, class_count> kept{};
  PoolStatistics statistics;
};

// Never destroyed: tensors with static storage may outlive any order of destruction.
Pool& pool() {
  static Pool* instance = new Pool;
  return *instance;
}

// AddressSanitizer must see every free to find a use after it.
#if defined(__has_feature)  // clang
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1  // as g++ calls it
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
constexpr bool keep_blocks = false;
#else
constexpr bool keep_blocks = true;
#endif

// Where assertions are on, what was never written is NaN, and never zero by luck.
void* unwritten(void* block, [[maybe_unused]] std::size_t bytes) {
#ifndef NDEBUG
  std::memset(block, 0xff, bytes);
#endif
  return block;
}

}  // namespace

void* pool_allocate(std::size_t bytes) {
  if (bytes > (std::size_t{1} << 56)) throw std::bad_alloc();
  const SizeClass c = size_class(bytes);
  Pool& p = pool();
  {
    std::lock_guard lock(p.mutex);
    if (Block*& first = p.kept[static_cast<std::size_t>(c.index)]; first != nullptr) {
      p.statistics.bytes_kept -= c.bytes;
      return unwritten(std::exchange(first, first->next), c.bytes);
    }
  }
  void* block = ::operator new(c.bytes, alignment);
  std::lock_guard lock(p.mutex);
  ++p.statistics.system_allocations;
  p.statistics.bytes_held += c.bytes;
  return unwritten(block, c.bytes);
}

void pool_deallocate(void* block, std::size_t bytes) noexcept {
  if (block == nullptr) return;
  const SizeClass c = size_class(bytes);
  Pool& p = pool();
  std::lock_guard lock(p.mutex);
  if (keep_blocks) {
    Block*& first = p.kept[static_cast<std::size_t>(c.index)];
    first = ::new (block) Block{first};
    p.statistics.bytes_kept += c.bytes;
  } else {
    p.statistics.bytes_held -= c.bytes;
    ::operator delete(block, alignment);
  }
}

PoolStatistics pool_statistics() {
  std::lock_guard lock(pool().mutex);
  return pool().statistics;
}

void pool_trim() {
  Pool& p = pool();
  std::lock_guard lock(p.mutex);
  for (Block*& first : p.kept)
    while (first != nullptr) ::operator delete(std::exchange(first, first->next), alignment);
  p.statistics.bytes_held -= std::exchange(p.statistics.bytes_kept, 0);
#if defined(__GLIBC__)
  malloc_trim(0);  // else the C library keeps it in turn
#endif
}

}  // namespace sonant
