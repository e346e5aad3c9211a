// A derivative on the tape: a function object of any size, called once through one pointer. Unlike
// std::function it may hold what can only be moved, and its memory comes from the pool.
#pragma once

#include <type_traits>
#include <utility>

#include <sonant/core/pool.h>

namespace sonant {

template <class Argument>
class Closure {
 public:
  Closure() = default;
  Closure(std::nullptr_t) {}
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Closure>) Closure(F&& f) {
    using Stored = std::remove_cvref_t<F>;
    static_assert(alignof(Stored) <= 64);
    object_ = ::new (pool_allocate(sizeof(Stored))) Stored(std::forward<F>(f));
    call_ = [](void* object, const Argument& argument) {
      (*static_cast<Stored*>(object))(argument);
    };
    destroy_ = [](void* object) {
      static_cast<Stored*>(object)->~Stored();
      pool_deallocate(object, sizeof(Stored));
    };
  }
  Closure(Closure&& other) noexcept
      : object_(std::exchange(other.object_, nullptr)),
        call_(other.call_),
        destroy_(other.destroy_) {}
  Closure& operator=(Closure&& other) noexcept {
    std::swap(object_, other.object_);
    std::swap(call_, other.call_);
    std::swap(destroy_, other.destroy_);
    return *this;
  }
  ~Closure() { reset(); }

  void reset() {
    if (object_ != nullptr) destroy_(std::exchange(object_, nullptr));
  }
  explicit operator bool() const { return object_ != nullptr; }
  void operator()(const Argument& argument) const { call_(object_, argument); }

 private:
  void* object_ = nullptr;
  void (*call_)(void*, const Argument&) = nullptr;
  void (*destroy_)(void*) = nullptr;
};

}  // namespace sonant
