// Words about texts, for CHECK lines that read as sentences.
#pragma once

#include <sonant/core/error.h>

#include <string>
#include <string_view>
#include <vector>

namespace sonant::test {

// What the error says that the work ends in; "" if it ends well.
template <class E = Error>
std::string refusal(auto&& work) {
  try {
    work();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// What stands between the two, wherever they do: std::regex goes one call deeper a character, for
// which a long text and the stack of a sanitizer are too much.
inline std::vector<std::string> all_between(std::string_view text, std::string_view begin,
                                            std::string_view end) {
  std::vector<std::string> all;
  for (std::size_t at = 0; (at = text.find(begin, at)) != std::string_view::npos;) {
    at += begin.size();
    const auto stop = text.find(end, at);
    if (stop == std::string_view::npos) break;
    all.emplace_back(text.substr(at, stop - at));
    at = stop;
  }
  return all;
}

}  // namespace sonant::test
