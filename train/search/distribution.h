// Which values a hyperparameter may take. Every value has a number that stands for it: itself, or
// the index of the choice. Optuna stores the same numbers, so studies can be exchanged.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sonant {

using Choice = std::variant<bool, std::int64_t, double, std::string>;

struct Distribution {
  enum class Kind { real, integer, categorical };

  Kind kind = Kind::real;
  double low = 0, high = 0;     // both are included
  double step = 0;              // real: 0, no grid; integer: at least 1
  bool log = false;             // the logarithm is what is spread evenly
  std::vector<Choice> choices;  // categorical, in an order that a study never changes

  bool operator==(const Distribution&) const = default;

  // Error, with `where` in front, for limits that make no sense.
  void validate(const std::string& where) const;
  bool single() const;                 // there is nothing to choose
  bool contains(double value) const;   // is the number of one of the values, grid apart
  double nearest(double value) const;  // brought into the range and onto the grid

  // What the number stands for; number_of() is the way back, -1 for a choice that is not there.
  Choice choice(double value) const;
  double number_of(const Choice& choice) const;
};

using ParameterValues = std::map<std::string, double>;  // by name, in numbers

// As a person writes it: 0.001, 16, adam, true. Doubles in the fewest digits that mean the same.
std::string to_text(const Choice& choice);
std::string to_text(double value);

// As Optuna 3 stores it: {"name": "FloatDistribution", "attributes": {...}}. Error, with `where` in
// front, for anything else.
std::string to_json(const Distribution& distribution);
Distribution distribution_from_json(std::string_view json, const std::string& where);

}  // namespace sonant
