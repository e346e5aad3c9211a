#include <sonant/core/processors.h>

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <thread>

#include <sonant/core/error.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;

// "" and unset are the same. OMP_NUM_THREADS may be a list, one entry per nesting level, and
// SLURM_CPUS_PER_TASK has no other form than a number: the first counts.
std::optional<int> from_environment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  char* end = nullptr;
  const long n = std::strtol(text, &end, 10);
  check(end != text && (*end == '\0' || *end == ',') && n >= 1 && n <= 4096, "threads", name,
        " must be a whole number from 1, got \"", text, "\"");
  return static_cast<int>(n);
}

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

// "max 100000" or "150000 100000".
double limit_v2(const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return kNoLimit;
  return std::atof(quota.c_str()) / period;
}

double limit_v1(const fs::path& group) {
  std::ifstream quota_file(group / "cpu.cfs_quota_us"), period_file(group / "cpu.cfs_period_us");
  double quota = 0, period = 0;
  if (!(quota_file >> quota) || !(period_file >> period) || quota <= 0 || period <= 0)
    return kNoLimit;
  return quota / period;
}

// The least of a group and of those that it is in. In a container the group's own path may not be
// there, since its mount begins further down: then the top is what there is.
double least(const fs::path& mount, const std::string& group, double (*limit_of)(const fs::path&)) {
  double limit = kNoLimit;
  for (fs::path below = fs::path(group).relative_path();; below = below.parent_path()) {
    limit = std::min(limit, limit_of(mount / below));
    if (below.empty()) return limit;
  }
}

}  // namespace

double cgroup_processors(const fs::path& root) {
  const fs::path mounts = root / "sys/fs/cgroup";
  double limit = kNoLimit;
  std::ifstream groups(root / "proc/self/cgroup");
  // "0::/user.slice/x" in version 2; "4:cpu,cpuacct:/x" of the controller in version 1.
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) {
      for (const char* mount : {"", "unified"})  // alone, or beside version 1
        limit = std::min(limit, least(mounts / mount, group, limit_v2));
    } else if (("," + controllers + ",").find(",cpu,") != controllers.npos) {
      limit = std::min({limit, least(mounts / controllers, group, limit_v1),
                        least(mounts / "cpu", group, limit_v1)});
    }
  }
  return limit == kNoLimit ? 0 : limit;
}

int usable_processors() {
  for (const char* name : {"SONANT_NUM_THREADS", "OMP_NUM_THREADS"})
    if (const std::optional<int> wished = from_environment(name)) return *wished;
  cpu_set_t set;
  int n = static_cast<int>(std::thread::hardware_concurrency());
  if (sched_getaffinity(0, sizeof set, &set) == 0) n = CPU_COUNT(&set);
  if (const double limit = cgroup_processors(); limit > 0)
    n = std::min(n, static_cast<int>(std::ceil(limit)));
  if (const std::optional<int> task = from_environment("SLURM_CPUS_PER_TASK"))
    n = std::min(n, *task);
  return std::max(n, 1);
}

}  // namespace sonant
