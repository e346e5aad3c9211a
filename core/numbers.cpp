#include <sonant/core/numbers.h>

#include <array>
#include <charconv>
#include <cmath>

namespace sonant {

std::string with_thousands(std::int64_t n) {
  std::string text = std::to_string(n);
  for (auto at = std::ssize(text) - 3; at > (n < 0 ? 1 : 0); at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

std::string count_of(std::int64_t n, const std::string& noun, const std::string& nouns) {
  return with_thousands(n) + ' ' + (n == 1 ? noun : nouns.empty() ? noun + 's' : nouns);
}

std::string shortest_decimal(double value) {
  std::array<char, 32> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  std::string text(digits.data(), end);
  if (std::isfinite(value) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace sonant
