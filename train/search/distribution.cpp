#include <sonant/train/search/distribution.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <sonant/core/error.h>
#include <sonant/train/search/choice_json_body.h>

namespace sonant {
namespace {

constexpr const char* kAt = "distribution";

using Kind = Distribution::Kind;

constexpr double kLargestInteger = 9007199254740992.0;  // 2^53: every one below it is a double

}  // namespace

void Distribution::validate(const std::string& where) const {
  if (kind == Kind::categorical) {
    check(!choices.empty(), kAt, where, ": expects at least one choice");
    for (std::size_t i = 1; i < choices.size(); ++i) {
      check(std::find(choices.begin(), choices.begin() + static_cast<std::ptrdiff_t>(i),
                      choices[i]) == choices.begin() + static_cast<std::ptrdiff_t>(i),
            kAt, where, ": the choice ", to_text(choices[i]), " is there twice");
    }
    return;
  }
  check(std::isfinite(low) && std::isfinite(high) && low <= high, kAt, where,
        ": expects low <= high, got low ", to_text(low), " and high ", to_text(high));
  check(std::isfinite(high - low), kAt, where, ": the range is too wide");
  check(!log || low > 0, kAt, where, ": a logarithmic range expects low > 0, got ", to_text(low));
  check(std::isfinite(step) && step >= 0, kAt, where, ": expects step > 0, got ", to_text(step));
  if (kind == Kind::integer) {
    for (double number : {low, high, step}) {
      check(number == std::floor(number) && std::abs(number) < kLargestInteger, kAt, where,
            ": expects whole numbers, got ", to_text(number));
    }
    check(step >= 1, kAt, where, ": expects step >= 1, got ", to_text(step));
    check(!log || step == 1, kAt, where, ": a logarithmic range has no step");
  } else {
    check(!log || step == 0, kAt, where, ": a logarithmic range has no step");
  }
}

bool Distribution::single() const {
  if (kind == Kind::categorical) return choices.size() == 1;
  return low == high || (step > 0 && high - low < step);
}

bool Distribution::contains(double value) const {
  if (kind == Kind::real) return value >= low && value <= high;
  if (value != std::floor(value)) return false;
  if (kind == Kind::integer) return value >= low && value <= high;
  return value >= 0 && value < static_cast<double>(choices.size());
}

double Distribution::nearest(double value) const {
  if (kind == Kind::categorical) {
    return std::clamp(std::round(value), 0.0, static_cast<double>(choices.size() - 1));
  }
  if (step == 0) return std::clamp(value, low, high);
  const double last = std::floor((high - low) / step);  // of the grid: high need not be on it
  return low + step * std::clamp(std::round((value - low) / step), 0.0, last);
}

Choice Distribution::choice(double value) const {
  if (kind == Kind::categorical) return choices.at(static_cast<std::size_t>(value));
  if (kind == Kind::integer) return static_cast<std::int64_t>(value);
  return value;
}

double Distribution::number_of(const Choice& choice) const {
  if (kind != Kind::categorical) {
    if (const auto* number = std::get_if<double>(&choice)) return nearest(*number);
    if (const auto* whole = std::get_if<std::int64_t>(&choice)) {
      return nearest(static_cast<double>(*whole));
    }
    return -1;
  }
  const auto found = std::find(choices.begin(), choices.end(), choice);
  return found == choices.end() ? -1.0 : static_cast<double>(found - choices.begin());
}

std::string to_text(double value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return std::string(digits, end);
}

std::string to_text(const Choice& choice) {
  if (const auto* flag = std::get_if<bool>(&choice)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&choice)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&choice)) return to_text(*number);
  return std::get<std::string>(choice);
}

Json choice_json(const Choice& choice) {
  return std::visit([](const auto& value) { return Json(value); }, choice);
}

Choice choice_from_json(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_integer()) return json.get<std::int64_t>();  // JsonError beyond 2^63
  if (json.is_number()) return json.get<double>();
  check(json.is_string(), kAt, "expects a choice to be a number, a word, true or false");
  return json.get<std::string>();
}

std::string to_json(const Distribution& d) {
  Json attributes = Json::object();
  if (d.kind == Kind::categorical) {
    attributes["choices"] = json_list(d.choices, choice_json);
    return Json{{"name", "CategoricalDistribution"}, {"attributes", attributes}}.dump();
  }
  if (d.kind == Kind::integer) {
    attributes = {{"log", d.log},
                  {"step", static_cast<std::int64_t>(d.step)},
                  {"low", static_cast<std::int64_t>(d.low)},
                  {"high", static_cast<std::int64_t>(d.high)}};
    return Json{{"name", "IntDistribution"}, {"attributes", attributes}}.dump();
  }
  attributes = {{"step", d.step > 0 ? Json(d.step) : Json()},
                {"low", d.low},
                {"high", d.high},
                {"log", d.log}};
  return Json{{"name", "FloatDistribution"}, {"attributes", attributes}}.dump();
}

Distribution distribution_from_json(std::string_view text, const std::string& where) {
  Distribution d;
  try {
    const Json json = Json::parse(text);
    const std::string name = json.at("name");
    const Json& attributes = json.at("attributes");
    if (name == "CategoricalDistribution") {
      d.kind = Kind::categorical;
      const Json& choices = attributes.at("choices");
      check(choices.is_array(), kAt, "expects a list of choices");
      d.choices = list_from(choices, choice_from_json);
    } else {
      check(name == "FloatDistribution" || name == "IntDistribution", kAt, "unknown: ", name);
      d.kind = name == "IntDistribution" ? Kind::integer : Kind::real;
      attributes.at("low").get_to(d.low);
      attributes.at("high").get_to(d.high);
      attributes.at("log").get_to(d.log);
      if (!attributes.at("step").is_null()) attributes.at("step").get_to(d.step);
    }
  } catch (const std::exception& error) {
    fail(kAt, where, ": expected a distribution as Optuna 3 writes it, got: ", error.what());
  }
  d.validate(where);
  return d;
}

}  // namespace sonant
