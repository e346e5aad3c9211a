// Memory for kernels, which are to use what they asked for and no more.
#pragma once

#include <algorithm>
#include <limits>

#include <sonant/core/error.h>
#include <sonant/core/tensor.h>

namespace sonant {

// Memory of a size a kernel asked for: NaN inside, a mark behind.
template <Real T>
class Scratch {
 public:
  Scratch(std::int64_t size, const char* what) : what_(what), memory_({size + 8}, mark) {
    std::fill_n(memory_.data(), size, std::numeric_limits<T>::quiet_NaN());
  }
  ~Scratch() noexcept(false) {
    for (std::int64_t n = memory_.size() - 8; n < memory_.size(); ++n)
      if (memory_[n] != mark) fail("Scratch", "a kernel wrote behind its ", what_);
  }
  T* data() { return memory_.data(); }

 private:
  static constexpr T mark = T(1234.5);
  const char* what_;
  Tensor<T> memory_;
};

}  // namespace sonant
