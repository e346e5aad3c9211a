#include <sonant/core/any_settings.h>

#include <utility>
#include <vector>

#include <sonant/core/usage.h>

namespace sonant {
namespace {

// Made when it is first asked for: tables are kept before main().
std::vector<std::pair<const char*, SettingTable>>& kept_tables() {
  static std::vector<std::pair<const char*, SettingTable>> tables;
  return tables;
}

}  // namespace

bool keep_setting_names(const char* whose, SettingTable table) {
  kept_tables().emplace_back(whose, table);
  return true;
}

void check_own_names(const std::string& row, const AnySettings& own) {
  for (const auto& [whose, table] : kept_tables())
    for (const Setting& kept : table)
      for (const Setting& setting : own.table())
        check_usage(kept.retired() || setting.retired() || setting.name != kept.name, "register",
                    row, " has a setting ", setting.name, " of its own, and ", whose,
                    " has one of that name; expected another name");
}

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
