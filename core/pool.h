// Memory for tensors and tapes. A training step asks for the same few sizes again and again, and
// fresh pages cost more than the arithmetic done in them; so blocks that are given back are kept
// and handed out again, and a step in the steady state asks the system for nothing.
#pragma once

#include <cstddef>
#include <new>
#include <utility>
#include <vector>

namespace sonant {

// A block of at least `bytes`, aligned to 64 bytes (a cache line, and the widest SIMD load), with
// arbitrary content. Thread-safe. Throws std::bad_alloc.
void* pool_allocate(std::size_t bytes);
void pool_deallocate(void* block, std::size_t bytes) noexcept;  // bytes as when allocated

struct PoolStatistics {
  std::size_t system_allocations = 0;  // blocks that had to be asked from the system so far
  std::size_t bytes_held = 0;          // taken from the system, in use or kept
  std::size_t bytes_kept = 0;          // of these, waiting to be handed out again
};
PoolStatistics pool_statistics();

// Gives what is kept back to the system.
void pool_trim();

// For standard containers. vector(n) and resize() leave numbers uninitialised: results that are
// written in full need no zeros first.
template <class T>
struct PoolAllocator {
  using value_type = T;
  static_assert(alignof(T) <= 64);

  PoolAllocator() = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>&) {}

  T* allocate(std::size_t n) {
    if (n > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(pool_allocate(n * sizeof(T)));
  }
  void deallocate(T* p, std::size_t n) { pool_deallocate(p, n * sizeof(T)); }
  template <class U>
  void construct(U* p) {
    ::new (static_cast<void*>(p)) U;
  }
  template <class U, class... Args>
  void construct(U* p, Args&&... args) {
    ::new (static_cast<void*>(p)) U(std::forward<Args>(args)...);
  }
  friend bool operator==(const PoolAllocator&, const PoolAllocator&) { return true; }
};

template <class T>
using PoolVector = std::vector<T, PoolAllocator<T>>;

}  // namespace sonant
