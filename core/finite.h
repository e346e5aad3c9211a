// Whether numbers are numbers.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <ranges>
#include <type_traits>

#include <sonant/core/real.h>

namespace sonant {

// By the exponents' bits: the compiler checks several at once, and no addition waits for another.
template <std::ranges::contiguous_range Numbers>
bool all_finite(const Numbers& numbers) {
  using T = std::ranges::range_value_t<Numbers>;
  static_assert(Real<T>);
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr auto exponent = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  Bits infinite = 0;
  for (const T x : numbers) infinite |= (std::bit_cast<Bits>(x) & exponent) == exponent;
  return infinite == 0;
}

}  // namespace sonant
