// Text from outside (names of files and speakers, labels, what was typed), made fit for a message,
// a table or a file. All of Sonant's own text is UTF-8.
#pragma once

#include <cstddef>
#include <functional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace sonant {

// Where the first byte stands that belongs to no UTF-8 character, or npos. Overlong forms,
// surrogates and numbers above U+10FFFF are no characters.
std::size_t find_bad_utf8(std::string_view text);

// The text with each byte that is not UTF-8 written as \xNN (two small hexadecimal digits), else
// unchanged: what JSON and other files of text get. It may still hold a line feed.
std::string as_utf8(std::string_view text);

// The text as a person may see it, always on one line: as_utf8(), and characters that move a
// cursor, end a line or turn the direction of reading as \n, \r, \t, \xNN or \uNNNN. What is
// printable stays as it is, so doing it twice is doing it once. Longer texts end in "..." after
// `most` characters.
std::string printable(std::string_view text, std::size_t most = std::string_view::npos);

// Turns \xNN, \uNNNN, \n, \r and \t back into what as_utf8() or printable() wrote them for.
std::string unescaped(std::string_view text);

// Without blanks of any alphabet at either end.
std::string_view trimmed(std::string_view text);

std::string small_letters(std::string text);  // of a to z; others stay as they are

// The text without case, accents and blanks: texts with the same rest are easily taken for one.
std::string skeleton(std::string_view text);

// How wide a terminal shows it, if it is printable.
std::size_t columns(std::string_view text);

// As many of its first characters as take at most `most` columns.
std::string_view first_columns(std::string_view text, std::size_t most);

// With spaces behind it to `width` columns; in front if `right`.
std::string padded(std::string text, std::size_t width, bool right = false);

// "a, b, c": the words, or what `word` makes of each, with `between` between two.
template <std::ranges::input_range Words, class Word = std::identity>
std::string joined(const Words& words, std::string_view between = ", ", Word word = {}) {
  std::string text;
  std::string_view before;
  for (const auto& each : words) {
    text.append(before).append(std::invoke(word, each));
    before = between;
  }
  return text;
}

// The one of `words` that was probably meant; "" if none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& words);

}  // namespace sonant
