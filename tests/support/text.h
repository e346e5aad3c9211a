// Words about texts, for CHECK lines that read as sentences.
#pragma once

#include <string_view>

namespace sonant::test {

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace sonant::test
