#include <sonant/core/error.h>
#include <sonant/core/text.h>

#include <string>
#include <vector>

#include "support/catch.h"

using namespace sonant;

namespace {

std::string what_of(const std::string& from_outside) {
  try {
    fail("test", "expects a name, got ", from_outside);
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("UTF-8 is told from what is not, to the byte", "[core][text]") {
  constexpr auto all = std::string_view::npos;
  for (const char* good : {"", "plain", "fr\xc3\xb6hlich", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                           "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80", "a\nb\x1b"})
    CHECK(find_bad_utf8(good) == all);
  CHECK(find_bad_utf8(std::string_view("\0a", 2)) == all);
  const std::vector<std::pair<std::string, std::size_t>> bad{
      {"fr\xf6hlich", 2},        // Latin-1
      {"\x80", 0},               // a continuation alone
      {"ab\xc3", 2},             // cut
      {"ab\xe2\x82", 2},         // cut
      {"\xc0\xaf", 0},           // overlong
      {"\xc1\xbf", 0},           // overlong
      {"\xe0\x9f\xbf", 0},       // overlong
      {"\xf0\x8f\xbf\xbf", 0},   // overlong
      {"x\xed\xa0\x80", 1},      // a surrogate
      {"\xf4\x90\x80\x80", 0},   // beyond U+10FFFF
      {"\xf5\x80\x80\x80", 0},   // as above
      {"\xff\xfe", 0},           // a byte order mark of UTF-16
      {"\xc3\xb6\xc3\x28", 2}};  // the second of two is none
  for (const auto& [text, at] : bad) CHECK(find_bad_utf8(text) == at);
}

TEST_CASE("what is printed is one line without control characters", "[core][text]") {
  CHECK(printable("fr\xc3\xb6hlich, \"quoted\" \\ 100%") == "fr\xc3\xb6hlich, \"quoted\" \\ 100%");
  CHECK(printable("a\nb\rc\td") == "a\\nb\\rc\\td");
  CHECK(printable("\x1b[31mred\x07\x7f") == "\\x1b[31mred\\x07\\x7f");
  CHECK(printable("caf\xe9.wav") == "caf\\xe9.wav");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\u009b31m");  // a C1 control, CSI in one character
  CHECK(printable("a\xe2\x80\xa8"
                  "b\xe2\x80\xae"
                  "c\xe2\x81\xa6") == "a\\u2028b\\u202ec\\u2066");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(printable("\xff\xff", 1) == "\\xff...");
  CHECK(printable("\xc3\xb6\xc3\xb6\xc3\xb6", 2) == "\xc3\xb6\xc3\xb6...");
  CHECK(printable("abc", 3) == "abc");
  for (const char* text : {"a\nb\xe9", "\x1b[0m", "\xe2\x80\xae"})
    CHECK(printable(printable(text)) == printable(text));
}

TEST_CASE("files of text get every name as UTF-8, and it can be turned back", "[core][text]") {
  CHECK(as_utf8("caf\xe9\n.wav") == "caf\\xe9\n.wav");
  CHECK(as_utf8("fr\xc3\xb6hlich") == "fr\xc3\xb6hlich");
  for (const char* text : {"caf\xe9.wav", "line\nfeed", "\x1b[31m", "\r\t\x7f", "\xe2\x80\xae.wav",
                           "\xc2\x85", "plain", "\xff"}) {
    CHECK(unescaped(as_utf8(text)) == text);
    CHECK(unescaped(printable(text)) == text);
    CHECK(find_bad_utf8(as_utf8(text)) == std::string_view::npos);
  }
  CHECK(unescaped("a\\b\\x1\\u12\\") == "a\\b\\x1\\u12\\");  // none of these is one of ours
}

TEST_CASE("an error quotes anything and stays one printable line", "[core][text]") {
  CHECK(what_of("a\nb\x1b[31m\xe9") == "[test] expects a name, got a\\nb\\x1b[31m\\xe9");
  const Error again("first\nsecond", "here");
  CHECK(std::string(again.what()) == "first\\nsecond");
}

TEST_CASE("blanks of every alphabet are trimmed at the ends only", "[core][text]") {
  CHECK(trimmed("neutral ") == "neutral");
  CHECK(trimmed("\t very happy\xc2\xa0\r\n") == "very happy");
  CHECK(trimmed("\xe3\x80\x80x\xe2\x80\x8b\xef\xbb\xbf") == "x");
  CHECK(trimmed("a\nb") == "a\nb");
  CHECK(trimmed(" \xc2\xa0 ").empty());
  CHECK(trimmed("").empty());
  CHECK(trimmed(" \xe9 ") == "\xe9");
}

TEST_CASE("texts that differ only in case, accents and blanks have one skeleton", "[core][text]") {
  CHECK(skeleton("Very  Happy") == skeleton("veryhappy"));
  CHECK(skeleton("FR\xc3\x96HLICH") == skeleton("fro\xcc\x88hlich"));  // composed and decomposed
  CHECK(skeleton("\xc4\x90") == skeleton("\xc4\x91"));                 // D with a stroke
  CHECK(skeleton("\xc5\x81") == skeleton("\xc5\x82"));                 // L with a stroke
  CHECK(skeleton("\xc5\xb8") == skeleton("\xc3\xbf"));                 // Y with two dots
  CHECK(skeleton("\xd0\xa0\xd0\xb0\xd0\xb4") == skeleton("\xd1\x80\xd0\x90\xd0\x94"));
  CHECK(skeleton("\xce\xa7") == skeleton("\xcf\x87"));
  CHECK(skeleton("happy") != skeleton("happ"));
  CHECK(skeleton("\xe9") == "\xe9");
}

TEST_CASE("columns are what a terminal shows, not bytes", "[core][text]") {
  CHECK(columns("\xc3\x84rger") == 5);
  CHECK(columns("fro\xcc\x88hlich") == 8);
  CHECK(columns("\xe5\x96\x9c\xe3\x81\xb3") == 4);
  CHECK(first_columns("\xc3\x84rger", 3) == "\xc3\x84rg");
  CHECK(first_columns("\xe5\x96\x9c\xe3\x81\xb3", 3) == "\xe5\x96\x9c");
  CHECK(first_columns("ab", 5) == "ab");
  CHECK(padded("\xc3\x84", 3) == "\xc3\x84  ");
  CHECK(padded("ab", 4, true) == "  ab");
  CHECK(padded("abc", 2) == "abc");
}

TEST_CASE("Words are joined by what stands between two, whatever they are made of",
          "[core][text]") {
  CHECK(joined(std::vector<std::string>{"a", "b", "c"}) == "a, b, c");
  CHECK(joined(std::vector<std::string>{}).empty());
  CHECK(joined(std::vector<std::string>{"", "b"}, " or ") == " or b");
  CHECK(joined(std::vector<int>{3, 10}, " ", [](int n) { return std::to_string(n); }) == "3 10");
  CHECK(small_letters("EMO-DB \xc3\x84") == "emo-db \xc3\x84");
}
