#include <sonant/core/text.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <numeric>
#include <utility>

namespace sonant {
namespace {

struct Symbol {
  char32_t code = 0;
  std::size_t bytes = 0;  // 0: there is no character here
};

unsigned byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

// The Unicode Standard, table 3-7.
Symbol symbol_at(std::string_view text, std::size_t at) {
  const unsigned first = byte_at(text, at);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return {};
  char32_t code = first & (0x7fu >> bytes);
  for (std::size_t k = 1; k < bytes; ++k) {
    const unsigned next = byte_at(text, at + k);
    if ((next & 0xc0u) != 0x80) return {};
    code = code << 6 | (next & 0x3fu);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (code < least[bytes] || surrogate || code > 0x10ffff) return {};
  return {code, bytes};
}

void append(std::string& text, char32_t code) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xe0 | code >> 12);
    } else {
      put(0xf0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3f));
    }
    put(0x80 | (code >> 6 & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

std::string hexadecimal(char32_t value, int digits) {
  std::string text;
  for (int k = digits - 1; k >= 0; --k) text += "0123456789abcdef"[value >> (4 * k) & 15];
  return text;
}

bool between(char32_t code, char32_t low, char32_t high) { return code >= low && code <= high; }

// Control characters, ends of lines and paragraphs, embedded directions of reading.
bool moves_cursor(char32_t code) {
  return code < 0x20 || between(code, 0x7f, 0x9f) || between(code, 0x2028, 0x202e) ||
         between(code, 0x2066, 0x2069);
}

bool is_blank(char32_t code) {
  return code == ' ' || between(code, '\t', '\r') || code == 0x85 || code == 0xa0 ||
         code == 0x1680 || between(code, 0x2000, 0x200b) || between(code, 0x2028, 0x2029) ||
         code == 0x202f || between(code, 0x205f, 0x2060) || code == 0x3000 || code == 0xfeff;
}

bool is_mark(char32_t code) { return between(code, 0x300, 0x36f); }

// Columns on a terminal: East Asian wide characters take two, accents that combine none.
std::size_t width_of(char32_t code) {
  if (is_mark(code) || between(code, 0x200b, 0x200d) || code == 0xfeff) return 0;
  const bool wide = between(code, 0x1100, 0x115f) || between(code, 0x2e80, 0x303e) ||
                    between(code, 0x3041, 0xa4cf) || between(code, 0xac00, 0xd7a3) ||
                    between(code, 0xf900, 0xfaff) || between(code, 0xfe30, 0xfe6f) ||
                    between(code, 0xff00, 0xff60) || between(code, 0xffe0, 0xffe6) ||
                    between(code, 0x1f300, 0x1f64f) || between(code, 0x1f900, 0x1f9ff) ||
                    between(code, 0x20000, 0x3fffd);
  return wide ? 2 : 1;
}

// The small letter without its accent, for U+00C0 to U+017F; a dot where there is none.
constexpr std::string_view kBare =
    "aaaaaa.ceeeeiiii.nooooo..uuuuy..aaaaaa.ceeeeiiii.nooooo..uuuuy.y"
    "aaaaaaccccccccdd..eeeeeeeeeegggggggghh..iiiiiiiii...jjkk.llllll."
    "...nnnnnn...oooooo..rrrrrrsssssssstttt..uuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(kBare.size() == 0x180 - 0xc0);

// Latin, Greek and Cyrillic; other alphabets have no case.
char32_t bare(char32_t code) {
  if (between(code, 'A', 'Z')) return code + 0x20;
  if (between(code, 0xc0, 0x17f)) {
    const char letter = kBare[code - 0xc0];
    if (letter != '.') return static_cast<unsigned char>(letter);
    if (code < 0xe0) return code == 0xd7 || code == 0xdf ? code : code + 0x20;
    const bool odd_is_great = between(code, 0x139, 0x148);
    return code < 0x100 || (code % 2 == 1) != odd_is_great ? code : code + 1;
  }
  if (between(code, 0x391, 0x3a9)) return code + 0x20;
  if (code == 0x401 || code == 0x451) return 0x435;  // Cyrillic io, and short i below
  if (code == 0x419 || code == 0x439) return 0x438;
  if (between(code, 0x400, 0x40f)) return code + 0x50;
  if (between(code, 0x410, 0x42f)) return code + 0x20;
  return code;
}

int digit_of(unsigned char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// So many hexadecimal digits, or -1.
std::int32_t number_at(std::string_view text, std::size_t at, int digits) {
  std::int32_t value = 0;
  for (int k = 0; k < digits; ++k) {
    const int digit = digit_of(static_cast<unsigned char>(byte_at(text, at + k)));
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// Both kinds of escaping; `most` counts characters of the original.
std::string escaped(std::string_view text, bool controls, std::size_t most) {
  std::string out;
  for (std::size_t at = 0, count = 0; at < text.size(); ++count) {
    if (count == most) return out + "...";
    const Symbol s = symbol_at(text, at);
    const char32_t code = s.bytes == 0 ? byte_at(text, at) : s.code;
    if (s.bytes == 0 || (controls && moves_cursor(code) && s.bytes == 1)) {
      const bool named = code == '\n' || code == '\r' || code == '\t';
      if (named)
        out += code == '\n' ? "\\n" : code == '\r' ? "\\r" : "\\t";
      else
        out += "\\x" + hexadecimal(code, 2);
    } else if (controls && moves_cursor(code)) {
      out += "\\u" + hexadecimal(code, 4);
    } else {
      out += text.substr(at, s.bytes);
    }
    at += std::max<std::size_t>(s.bytes, 1);
  }
  return out;
}

// Levenshtein distance, one row at a time.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::size_t find_bad_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = symbol_at(text, at).bytes;
    if (bytes == 0) return at;
    at += bytes;
  }
  return std::string_view::npos;
}

std::string as_utf8(std::string_view text) { return escaped(text, false, std::string_view::npos); }

std::string printable(std::string_view text, std::size_t most) { return escaped(text, true, most); }

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const unsigned kind = text[at] == '\\' ? byte_at(text, at + 1) : 0;
    const int digits = kind == 'x' ? 2 : kind == 'u' ? 4 : 0;
    const std::int32_t number = digits > 0 ? number_at(text, at + 2, digits) : -1;
    if (kind == 'n' || kind == 'r' || kind == 't') {
      out += kind == 'n' ? '\n' : kind == 'r' ? '\r' : '\t';
      at += 2;
    } else if (number >= 0) {
      if (digits == 2)
        out += static_cast<char>(number);
      else
        append(out, static_cast<char32_t>(number));
      at += 2 + static_cast<std::size_t>(digits);
    } else {
      out += text[at++];
    }
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  std::size_t first = text.size(),
              last = 0;  // of what is no blank; bytes that are no UTF-8 are not
  for (std::size_t at = 0; at < text.size();) {
    const Symbol s = symbol_at(text, at);
    const std::size_t next = at + std::max<std::size_t>(s.bytes, 1);
    if (s.bytes == 0 || !is_blank(s.code)) {
      first = std::min(first, at);
      last = next;
    }
    at = next;
  }
  return first < last ? text.substr(first, last - first) : std::string_view();
}

std::string small_letters(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string skeleton(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Symbol s = symbol_at(text, at);
    if (s.bytes == 0)
      out += text[at];
    else if (!is_blank(s.code) && !is_mark(s.code))
      append(out, bare(s.code));
    at += std::max<std::size_t>(s.bytes, 1);
  }
  return out;
}

std::size_t columns(std::string_view text) {
  std::size_t sum = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Symbol s = symbol_at(text, at);
    sum += s.bytes == 0 ? 1 : width_of(s.code);
    at += std::max<std::size_t>(s.bytes, 1);
  }
  return sum;
}

std::string_view first_columns(std::string_view text, std::size_t most) {
  std::size_t used = 0, at = 0;
  while (at < text.size()) {
    const Symbol s = symbol_at(text, at);
    used += s.bytes == 0 ? 1 : width_of(s.code);
    if (used > most) break;
    at += std::max<std::size_t>(s.bytes, 1);
  }
  return text.substr(0, at);
}

std::string padded(std::string text, std::size_t width, bool right) {
  const std::size_t own = columns(text);
  if (own < width) text.insert(right ? 0 : text.size(), width - own, ' ');
  return text;
}

std::string nearest(const std::string& word, const std::vector<std::string>& words) {
  std::string best;
  std::size_t best_distance = 3;  // further off is another word, not a slip
  for (const std::string& known : words)
    if (const std::size_t d = edit_distance(word, known); d < best_distance) {
      best = known;
      best_distance = d;
    }
  return best;
}

}  // namespace sonant
