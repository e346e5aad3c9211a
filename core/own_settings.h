// Numbers that a row of a registry (an optimizer, a schedule, a loss) has beside the settings that
// all its kind have: so a new one changes no struct.
#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

namespace sonant {

struct OwnSetting {
  std::string name;
  double standard = 0;  // where none is given
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  std::string help = {};  // one line
};

using OwnValues = std::map<std::string, double>;

// The values given, and the standard for all others. Error, by `op` and naming `row`, for a name
// that the row does not have, and for a value that is not in [low, high].
OwnValues own_values(const char* op, const std::string& row,
                     const std::vector<OwnSetting>& settings, const OwnValues& given);

}  // namespace sonant
