// Fingerprints of numbers: equal bits give equal text, so "the same weights" and "the same data"
// can be checked at a glance. XXH3, 128 bits.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <sonant/core/tensor.h>

namespace sonant {

class Hash {
 public:
  Hash();
  ~Hash();

  void add(std::span<const std::byte> bytes);
  void add(std::string_view text);  // with its length, so that "ab","c" is not "a","bc"
  template <class Number>
  requires std::is_arithmetic_v<Number>
  void add(Number value) { add(std::as_bytes(std::span(&value, 1))); }
  template <Real T>
  void add(const Tensor<T>& tensor) {  // the shape, then the numbers
    for (std::int64_t extent : tensor.shape().dims()) add(extent);
    add(std::as_bytes(tensor.span()));
  }

  std::string hex() const;  // 32 digits; more may be added afterwards

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sonant
