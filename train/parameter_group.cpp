#include <sonant/train/parameter_group.h>

#include <cmath>
#include <sstream>

#include <sonant/core/text.h>
#include <sonant/core/usage.h>

namespace sonant {

void ParameterGroup::validate() const {
  constexpr const char* op = "ParameterGroup";
  const auto factor = [](double f) { return std::isfinite(f) && f >= 0; };
  check_usage(!pattern.empty(), op, "expects a pattern of parameter names, got none");
  check_usage(factor(lr_factor) && factor(weight_decay_factor), op, pattern,
              ": expects factors >= 0, got ", lr_factor, " for the learning rate and ",
              weight_decay_factor, " for the weight decay");
}

// After a mismatch only the last * is tried again, one character further: what an earlier one
// could take instead, the last one can take as well.
bool fits(std::string_view pattern, std::string_view text) {
  constexpr std::size_t none = std::string_view::npos;
  std::size_t p = 0, t = 0, star = none, retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != none) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == none;
}

std::vector<ParameterGroup> parse_parameter_groups(std::string_view text) {
  std::vector<ParameterGroup> groups;
  while (!trimmed(text).empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::istringstream words{std::string(text.substr(0, comma))};
    ParameterGroup group;
    std::string more;
    words >> group.pattern >> group.lr_factor >> group.weight_decay_factor;
    check_usage(!words.fail() && !(words >> more), "groups",
                "expects a pattern and two factors, as \"*bias* 1 0\", got \"",
                trimmed(text.substr(0, comma)), "\"");
    group.validate();
    groups.push_back(std::move(group));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return groups;
}

std::vector<ParameterFactors> parameter_factors(const std::vector<ParameterGroup>& groups,
                                                const std::vector<std::string>& names) {
  std::vector<ParameterFactors> factors(names.size());
  for (const ParameterGroup& group : groups) {
    group.validate();
    bool used = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!fits(group.pattern, names[i])) continue;
      used = true;
      factors[i].lr *= group.lr_factor;
      factors[i].weight_decay *= group.weight_decay_factor;
    }
    check_usage(used, "ParameterGroup", "\"", group.pattern, "\" fits none of the ", names.size(),
                " parameters", names.empty() ? "" : ", such as ",
                names.empty() ? "" : names.front());
  }
  return factors;
}

}  // namespace sonant
