#include <sonant/core/settings.h>

#include <algorithm>
#include <cmath>

#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

// So many that it is no limit to name: the type's own.
constexpr double kMany = 2147483647;

// 0.5, 1e-05, 100: as a person writes it.
std::string number_text(double value) {
  std::string text = shortest_decimal(value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

bool has_low(const Setting& s) { return s.low > -kMany - 1; }
bool has_high(const Setting& s) { return s.high < kMany; }

// "lr >= 0", "epsilon > 0", "dropout in [0, 1)", "optimizer from adam, adamw, sgd".
std::string condition(const Setting& s) {
  const std::string name(s.name);
  if (s.kind == SettingKind::word) return name + " from " + joined(s.words());
  if (has_low(s) && has_high(s))
    return name + " in " + (s.open_low ? "(" : "[") + number_text(s.low) + ", " +
           number_text(s.high) + (s.open_high ? ")" : "]");
  if (has_low(s)) return name + (s.open_low ? " > " : " >= ") + number_text(s.low);
  if (has_high(s)) return name + (s.open_high ? " < " : " <= ") + number_text(s.high);
  return name + " to be finite";
}

}  // namespace

std::string Setting::flag() const {
  std::string text = "--" + std::string(name);
  std::replace(text.begin() + 2, text.end(), '_', '-');
  return text;
}

std::string Setting::expected() const {
  if (kind == SettingKind::flag) return "true or false";
  if (kind == SettingKind::word) return words ? "one of " + joined(words()) : "a text";
  const std::string noun = kind == SettingKind::whole ? "a whole number" : "a number";
  if (!has_low(*this) && !has_high(*this)) return noun;
  const std::string from = (open_low ? " above " : " from ") + number_text(low);
  if (!has_high(*this)) return noun + from + (open_low ? "" : " on");
  const std::string to = (open_high ? " to below " : " to ") + number_text(high);
  return noun + (has_low(*this) ? from : "") + to;
}

std::string Setting::expected_at_all() const {
  if (kind != SettingKind::whole || has_high(*this)) return expected();
  const auto text = [](double limit) {
    if (limit >= 0x1p64) return std::to_string(~std::uint64_t{0});
    return std::to_string(static_cast<std::int64_t>(limit));
  };
  return "a whole number from " + text(low) + " to " + text(high);
}

Json Setting::parse(std::string_view text) const {
  if (kind == SettingKind::word) return text;
  if (kind == SettingKind::flag && (text == "true" || text == "false")) return text == "true";
  if (text.starts_with('+')) text.remove_prefix(1);
  if (kind == SettingKind::whole) {
    if (const auto whole = parse_number<std::int64_t>(text)) return *whole;
    if (const auto natural = parse_number<std::uint64_t>(text)) return *natural;
  } else if (kind == SettingKind::number) {
    const auto number = parse_number<double>(text);
    if (number && std::isfinite(*number)) return *number;
  }
  return nullptr;
}

std::string Setting::shown(const Json& value) const {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_integer() || value.is_boolean()) return value.dump();
  return value.is_number() ? number_text(value.get<double>()) : "nan";
}

bool Setting::allows(const Json& value) const {
  if (kind == SettingKind::flag) return value.is_boolean();
  if (kind == SettingKind::word) {
    if (!value.is_string() || !words) return value.is_string();
    const std::vector<std::string> all = words();
    return std::ranges::count(all, value.get<std::string>()) > 0;
  }
  if (!value.is_number()) return false;
  const auto number = value.get<double>();
  return std::isfinite(number) && (open_low ? number > low : number >= low) &&
         (open_high ? number < high : number <= high);
}

const Setting* ConstSettings::find(std::string_view name) const {
  const auto found = std::ranges::find_if(table_, [&](const Setting& s) {
    return s.name == name || (!s.former.empty() && s.former == name);
  });
  return found == table_.end() ? nullptr : &*found;
}

void check_settings(const ConstSettings& settings, const char* op) {
  for (const Setting& row : settings.table()) {
    if (row.retired()) continue;
    const Json value = settings.get(row);
    if (!row.allows(value))
      fail_usage({op, row.where}, "expects ", condition(row), ", got ",
                 value.is_string() ? value.dump() : row.shown(value));
  }
}

Json to_json(const ConstSettings& settings) {
  Json json = Json::object();
  for (const Setting& row : settings.table())
    if (!row.retired()) json[row.name] = settings.get(row);
  return json;
}

void from_json(const Settings& settings, const Json& json) {
  for (const auto& [name, value] : json.items()) {
    const Setting* row = settings.find(name);
    if (row == nullptr)
      throw JsonError("\"" + name + "\" is no setting that this version knows; a later one may");
    try {
      settings.set(*row, value);
    } catch (const JsonError& error) {
      throw JsonError(name + " expects " + row->expected() + ", got " + value.dump());
    }
  }
}

std::string first_difference(const ConstSettings& there, const ConstSettings& here,
                             const std::vector<std::string_view>& ignored) {
  for (const Setting& row : there.table()) {
    if (row.retired() || std::ranges::count(ignored, row.name) > 0) continue;
    const Json a = there.get(row), b = here.get(row);
    if (a != b) return std::string(row.name) + ": " + a.dump() + " there, " + b.dump() + " here";
  }
  return "";
}

int index_of_word(const std::vector<std::string>& words, const std::string& word) {
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) throw JsonError("expected one of " + joined(words) + ", got " + word);
  return static_cast<int>(found - words.begin());
}

}  // namespace sonant
