#include "option.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include <sonant/core/text.h>

namespace sonant::apps {
namespace {

template <class Number>
std::errc read_number(const std::string& text, Number& to) {
  const char* begin = text.c_str() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.c_str() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, to);
  return begin == end || stop != end ? std::errc::invalid_argument : error;
}

template <class Number>
void read_whole(const std::string& text, Number& to) {
  Number value{};
  if (read_number(text, value) != std::errc()) wrong_usage("a whole number");
  to = value;
}

// The limits that the option has; those of its type only where `text` is beyond them.
std::string expected_number(const Option& option, const std::string& text) {
  constexpr double of_type = std::numeric_limits<int>::max();
  double value = 0;
  read_number(text, value);
  const bool low = std::isfinite(option.low) && (option.low > -of_type || value < option.low);
  const bool high = std::isfinite(option.high) && (option.high < of_type || value >= option.high);
  const std::string most = option.high > 1e19
                               ? fmt::format("{}", std::numeric_limits<std::size_t>::max())
                               : fmt::format("{}", option.high);
  if (low && high) return fmt::format("{} from {} to {}", option.kind, option.low, most);
  if (low) return fmt::format("{}, at least {}", option.kind, option.low);
  return option.kind + (high ? ", at most " + most : "");
}

void check_value(const Option& option, const std::string& text) {
  if (!option.words.empty() && std::ranges::count(option.words, text) == 0) {
    const std::string near = nearest(text, option.words);
    wrong_usage(fmt::format("one of {}{}", joined(option.words),
                            near.empty() ? "" : " (did you mean " + near + "?)"));
  }
  double value = 0;
  if (!option.kind.empty() && read_number(text, value) == std::errc() &&
      (value < option.low || value > option.high))
    wrong_usage(option.kind);
}

}  // namespace

void wrong_usage(const std::string& message) { throw UsageError(message, "apps/option"); }

void read_value(const std::string& text, int& to) { read_whole(text, to); }
void read_value(const std::string& text, std::size_t& to) { read_whole(text, to); }
void read_value(const std::string& text, double& to) {
  double value = 0;
  if (read_number(text, value) != std::errc() || !std::isfinite(value)) wrong_usage("a number");
  to = value;
}
void read_value(const std::string& text, bool& to) {
  if (text != "true" && text != "false") wrong_usage("true or false");
  to = text == "true";
}
void read_value(const std::string& text, std::string& to) { to = text; }
void read_value(const std::string& text, std::filesystem::path& to) { to = text; }
void read_value(const std::string& text, std::vector<std::string>& to) { to.push_back(text); }
void read_value(const std::string& text, std::vector<std::filesystem::path>& to) {
  to.emplace_back(text);
}

std::string shown_value(int value) { return fmt::format("{}", value); }
std::string shown_value(std::size_t value) { return fmt::format("{}", value); }
std::string shown_value(double value) { return fmt::format("{}", value); }
std::string shown_value(bool) { return ""; }
std::string shown_value(const std::string& value) { return value; }
std::string shown_value(const std::filesystem::path& value) { return value.native(); }

void set_values(Option& option) {
  for (const std::string& text : option.typed) {
    try {
      // First what kind of value it is, then which.
      option.set(text);
      check_value(option, text);
    } catch (const UsageError& expected) {
      wrong_usage(fmt::format("{} expects {}, got '{}'", option.long_name(),
                              option.kind.empty() ? expected.what() : expected_number(option, text),
                              text));
    }
  }
}

std::vector<std::string> Option::names() const {
  std::vector<std::string> all;
  for (std::size_t at = 0; at <= flags.size();) {
    const std::size_t comma = std::min(flags.find(',', at), flags.size());
    std::string name = flags.substr(at, comma - at);
    if (name.starts_with('!')) name.erase(0, 1);
    all.push_back(std::move(name));
    at = comma + 1;
  }
  return all;
}

bool Option::has_name(std::string_view name) const {
  for (std::string_view rest = flags;;) {
    std::string_view one = rest.substr(0, rest.find(','));
    const bool last = one.size() == rest.size();
    if (!last) rest.remove_prefix(one.size() + 1);
    if (one.starts_with('!')) one.remove_prefix(1);
    if (one == name) return true;
    if (last) return false;
  }
}

std::string Option::long_name() const {
  const std::vector<std::string> all = names();
  const auto found = std::ranges::find_if(all, [](const auto& n) { return n.starts_with("--"); });
  return found == all.end() ? all.front() : *found;
}

std::vector<NamedPath> Option::paths() const {
  std::vector<NamedPath> all;
  if (!role) return all;
  NamedPath path{positional() ? names().front() : long_name(), "", *role, dash};
  // What is empty by default is not wanted; what somebody typed is a mistake.
  if (std::ranges::count(typed, "") > 0) return {path};
  for (const Path& value_now : values()) {
    if (value_now.empty()) continue;
    path.path = value_now;
    const std::vector<NamedPath> more = named ? named(path) : std::vector{path};
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

Option& Option::in(std::string heading) { return group = std::move(heading), *this; }
Option& Option::called(std::string value_name) { return value = std::move(value_name), *this; }
Option& Option::default_text(std::string text) { return shown = std::move(text), *this; }
Option& Option::one_of(std::vector<std::string> all) { return words = std::move(all), *this; }
Option& Option::between(double least, double most) { return low = least, high = most, *this; }
Option& Option::or_bare() {
  bare = true;
  return called("[true|false]");
}

Option& Option::needed() { return required = true, *this; }
Option& Option::reads(PathRole as) { return role = as, *this; }
Option& Option::writes(PathRole as) { return role = as, *this; }
Option& Option::or_dash() { return dash = true, *this; }
Option& Option::naming(std::function<std::vector<NamedPath>(const NamedPath&)> all) {
  return named = std::move(all), *this;
}

}  // namespace sonant::apps
