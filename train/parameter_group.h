// Parameters whose learning rate or weight decay differs from that of the others: by their names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sonant {

//   {.pattern = "*bias*", .weight_decay_factor = 0}    {.pattern = "fc.*", .lr_factor = 10}
struct ParameterGroup {
  std::string pattern;  // of the whole name: * is any text, also none; ? is one character
  double lr_factor = 1, weight_decay_factor = 1;

  bool operator==(const ParameterGroup&) const = default;
  // Error for an empty pattern, and for a factor that is negative or not finite.
  void validate() const;
};

// "*bias* 1 0, fc.* 10 1": groups with pattern, lr_factor and weight_decay_factor. UsageError for
// anything else.
std::vector<ParameterGroup> parse_parameter_groups(std::string_view text);

struct ParameterFactors {
  double lr = 1, weight_decay = 1;
};

// For each name the product of the factors of all groups whose pattern fits it, so that the order
// of groups does not matter. Error for a group that fits no name: it would do nothing.
std::vector<ParameterFactors> parameter_factors(const std::vector<ParameterGroup>& groups,
                                                const std::vector<std::string>& names);

// Whether the pattern fits the whole text.
bool fits(std::string_view pattern, std::string_view text);

}  // namespace sonant
