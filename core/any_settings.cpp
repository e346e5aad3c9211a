#include <sonant/core/any_settings.h>

#include <sonant/core/usage.h>

namespace sonant {

AnySettings own_settings(const std::string& row, const AnySettings& defaults,
                         const AnySettings& given) {
  if (given.table().empty()) return defaults;
  check_usage(given.table().data() == defaults.table().data(), row.c_str(), "expects ",
              defaults.table().empty() ? "no settings of its own" : "its own settings",
              ", got another row's");
  check_settings(given.view(), row.c_str());
  return given;
}

}  // namespace sonant
