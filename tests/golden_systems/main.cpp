// golden_systems DIR: every file of a folder of reference numbers in the form of
// golden/systems/README.md, a line each. Ends with 1 if one is off or none is there.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <sonant/core/error.h>

#include "golden_systems/alstm.h"
#include "golden_systems/front_ends.h"
#include "golden_systems/light_sernet.h"

using namespace sonant;
namespace fs = std::filesystem;

namespace {

// Nothing for a file of another form, and for one that others begin with.
std::vector<SystemLine> check_file(const fs::path& folder, const std::string& name) {
  const auto begins = [&](const char* with) { return name.starts_with(with); };
  if (begins("alstm_")) return check_alstm(folder, name);
  if (begins("lightsernet_") || begins("pcnn_")) return check_light_sernet(folder, name);
  if (begins("frontend_") || begins("features36_")) return check_front_ends(folder, name);
  if (name != "e2e.npz") return {};
  auto lines = check_alstm(folder, name);
  for (SystemLine& line : check_light_sernet(folder, name)) lines.push_back(std::move(line));
  return lines;
}

// What of the limit is used; NaN uses more than all.
double share(const SystemLine& line) {
  const double used = line.limit > 0 ? line.worst / line.limit : line.worst > 0 ? 2 : 0;
  return used >= 0 ? used : std::numeric_limits<double>::infinity();
}

bool print_line(const std::string& name, const std::vector<SystemLine>& lines) {
  const auto worst = std::ranges::max_element(lines, {}, share);
  const bool good = share(*worst) <= 1;
  std::cout << (good ? "ok   " : "OFF  ") << name << ": " << worst->array << " ("
            << worst->precision << ") differs by " << worst->worst << ", limit " << worst->limit
            << "; " << lines.size() << " arrays\n";
  for (const SystemLine& line : lines)
    if (share(line) > 1 && &line != &*worst)
      std::cout << "       " << line.array << " (" << line.precision << ") differs by "
                << line.worst << ", limit " << line.limit << '\n';
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: golden_systems DIR\n";
    return 2;
  }
  try {
    const fs::path folder = argv[1];
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".npz") names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    int checked = 0, off = 0;
    for (const std::string& name : names) {
      std::vector<SystemLine> lines;
      try {
        lines = check_file(folder, name);
      } catch (const Error& error) {
        std::cout << "OFF  " << name << ": " << error.what() << '\n';
        ++off;
        continue;
      }
      if (lines.empty()) continue;
      ++checked;
      off += print_line(name, lines) ? 0 : 1;
    }
    std::cout << checked << " files with results, " << off << " off\n";
    return checked == 0 || off > 0 ? 1 : 0;
  } catch (const std::exception& error) {
    std::cerr << "golden_systems: " << error.what() << '\n';
    return 1;
  }
}
