// One option of a command: its words, what its value becomes, and the paths that it names.
#pragma once

#include <sonant/core/paths.h>
#include <sonant/core/settings.h>
#include <sonant/core/usage.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace sonant::apps {

// Raises a UsageError of plain words, without the name of an operation.
[[noreturn]] void wrong_usage(const std::string& message);

struct Option {
  using Path = std::filesystem::path;

  std::string flags;  // "-o,--out", "--x,!--no-x" (on or off), or "FILE": a word without a flag
  std::string value;  // what help calls the value, "FILE"; "" is a flag that takes none
  std::string help;   // without line breaks: whoever shows it wraps it
  std::string shown;  // the default, as help shows it
  std::string group;  // a heading in help; "" are the options that are used most
  std::vector<std::string> words;  // all that may be said; empty: anything
  std::string kind;                // "a number", "a whole number"; empty: anything
  bool required = false, many = false;
  bool bare = false;  // without a value it is "true"
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  std::function<void(const std::string&)> set;  // UsageError says what it expects
  std::vector<std::string> typed;               // what was said, once all is parsed

  // What its value is a path to; and "-" is a stream.
  std::optional<PathRole> role;
  bool dash = false;
  std::function<std::vector<Path>()> values;  // as they are now: what was typed, or the default
  // All that such a path names, itself included, where that is more than itself, or less.
  std::function<std::vector<NamedPath>(const NamedPath&)> named;

  bool positional() const { return !flags.starts_with('-'); }
  bool takes_value() const { return !value.empty(); }
  // "--out", "-o" of "-o,--out"; the name alone of a word without a flag.
  std::vector<std::string> names() const;
  bool has_name(std::string_view name) const;
  std::string long_name() const;
  std::vector<NamedPath> paths() const;  // once all is parsed

  Option& in(std::string heading);
  Option& called(std::string value_name);
  Option& default_text(std::string text);
  Option& one_of(std::vector<std::string> all);
  Option& between(double least, double most);
  Option& at_least(double least) { return between(least, high); }
  Option& needed();
  Option& or_bare();
  Option& reads(PathRole as = PathRole::input);
  Option& writes(PathRole as = PathRole::output);
  Option& or_dash();
  Option& naming(std::function<std::vector<NamedPath>(const NamedPath&)> all);
};

// How a text becomes a value. UsageError that says what is expected; many-valued ones append.
void read_value(const std::string& text, int& to);
void read_value(const std::string& text, std::size_t& to);  // the seeds, too
void read_value(const std::string& text, double& to);
void read_value(const std::string& text, bool& to);
void read_value(const std::string& text, std::string& to);
void read_value(const std::string& text, std::filesystem::path& to);
void read_value(const std::string& text, std::vector<std::string>& to);
void read_value(const std::string& text, std::vector<std::filesystem::path>& to);
template <Worded E>
void read_value(const std::string& text, E& to) {  // a word that is none is refused by one_of()
  const auto words = words_in<E>();
  const auto found = std::ranges::find(words, text);
  if (found != words.end()) to = static_cast<E>(found - words.begin());
}

std::string shown_value(int value);
std::string shown_value(std::size_t value);
std::string shown_value(double value);
std::string shown_value(bool value);
std::string shown_value(const std::string& value);
std::string shown_value(const std::filesystem::path& value);
std::string shown_value(Worded auto value) { return std::string(word_of(value)); }

// Sets what was typed, one by one. UsageError that names the option, says what it expects and what
// it got.
void set_values(Option& option);

}  // namespace sonant::apps
