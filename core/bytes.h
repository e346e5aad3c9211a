// Numbers in files: little-endian bytes of any dtype to double or int64, and sizes that a damaged
// or hostile header may claim.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/text.h>

namespace sonant {

static_assert(std::endian::native == std::endian::little, "files are read without swapping bytes");

template <class V>
V load_bytes(const std::byte* p) {
  V v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

template <class V>
std::vector<std::byte> to_bytes(std::span<const V> values) {
  const auto bytes = std::as_bytes(values);
  return {bytes.begin(), bytes.end()};
}

// Number of elements, or nothing if an extent is negative or the product exceeds `limit`.
inline std::optional<std::uint64_t> element_count(
    std::span<const std::int64_t> dims,
    std::uint64_t limit = std::numeric_limits<std::int64_t>::max()) {
  std::uint64_t n = 1;
  bool empty = false;
  for (std::int64_t d : dims) {
    if (d < 0) return {};
    empty = empty || d == 0;
    if (d == 0) continue;  // the others must multiply without overflow even so
    if (static_cast<std::uint64_t>(d) > limit / n) return {};
    n *= static_cast<std::uint64_t>(d);
  }
  return empty ? 0 : n;
}

// IEEE 754 binary16 and bfloat16 to float, exactly.
inline float bfloat16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}
inline float half_to_float(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000u) << 16, exponent = (bits >> 10) & 31u;
  const std::uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | mantissa << 13);
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

// Text from a file as it may stand in a one-line message, however long it is.
inline std::string excerpt(std::string_view text) { return printable(text, 80); }

}  // namespace sonant
