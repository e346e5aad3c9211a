// Numbers in texts, as people write them.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sonant {

std::string with_thousands(std::int64_t n);  // "46,772"

// "1 epoch", "12,345 epochs". `nouns` for a noun that takes more than an s: "1 class", "2 classes".
std::string count_of(std::int64_t n, const std::string& noun, const std::string& nouns = {});

// The fewest digits that read back as the same bits, and a point or an exponent among them: "0.3",
// "1.0", "1e-05", "nan", "-inf".
std::string shortest_decimal(double value);

// The number that the whole text is, if it is one that Number can hold.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

}  // namespace sonant
