#include <sonant/core/own_settings.h>

#include <sonant/core/usage.h>

namespace sonant {

OwnValues own_values(const char* op, const std::string& row,
                     const std::vector<OwnSetting>& settings, const OwnValues& given) {
  OwnValues values;
  std::string known;
  for (const OwnSetting& setting : settings) {
    const auto found = given.find(setting.name);
    const double value = found == given.end() ? setting.standard : found->second;
    // Written so that NaN fails.
    check_usage(value >= setting.low && value <= setting.high, op, row, " expects ", setting.name,
                " in [", setting.low, ", ", setting.high, "], got ", value);
    values[setting.name] = value;
    known += (known.empty() ? "" : ", ") + setting.name;
  }
  for (const auto& [name, value] : given)
    check_usage(values.contains(name), op, row, " has no setting ", name, "; it has ",
                known.empty() ? "none of its own" : known);
  return values;
}

}  // namespace sonant
