// The processors that a process may use, with control groups as hosts and containers have them.
#include <sonant/core/file.h>
#include <sonant/core/processors.h>

#include "support/catch.h"
#include "support/run_again.h"
#include "support/temp_folder.h"

using namespace sonant;
namespace fs = std::filesystem;

namespace {

void put(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  write_file(path, text, "test");
}

}  // namespace

TEST_CASE("processors: the least of the groups that a process is in", "[core]") {
  const TempFolder root;
  CHECK(cgroup_processors(root.path) == 0);
  SECTION("version 2: its own group, and those above it") {
    put(root / "proc/self/cgroup", "0::/system.slice/job_7/step_0\n");
    const fs::path groups = root / "sys/fs/cgroup";
    put(groups / "system.slice/cpu.max", "max 100000\n");
    CHECK(cgroup_processors(root.path) == 0);
    put(groups / "system.slice/job_7/cpu.max", "350000 100000\n");
    CHECK(cgroup_processors(root.path) == 3.5);
    put(groups / "system.slice/job_7/step_0/cpu.max", "150000 100000\n");
    CHECK(cgroup_processors(root.path) == 1.5);
    put(groups / "cpu.max", "100000 100000\n");
    CHECK(cgroup_processors(root.path) == 1);
  }
  SECTION("version 1") {
    put(root / "proc/self/cgroup", "5:cpu,cpuacct:/slurm/uid_0/job_7\n4:cpuset:/\n0::/\n");
    const fs::path group = root / "sys/fs/cgroup/cpu,cpuacct/slurm/uid_0/job_7";
    put(group / "cpu.cfs_quota_us", "-1\n");
    put(group / "cpu.cfs_period_us", "100000\n");
    CHECK(cgroup_processors(root.path) == 0);
    put(group / "cpu.cfs_quota_us", "200000\n");
    CHECK(cgroup_processors(root.path) == 2);
  }
  SECTION("a container whose mount begins at its own group") {
    put(root / "proc/self/cgroup", "3:cpu:/docker/0123\n");
    put(root / "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000");
    put(root / "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
    CHECK(cgroup_processors(root.path) == 0.5);
  }
}

TEST_CASE("processors: what a batch system gives a task is a limit", "[core]") {
  const auto threads = [](const std::string& environment) {
    return test::run_again(environment, "print the number of threads");
  };
  CHECK_THAT(threads("SLURM_CPUS_PER_TASK=1"), ContainsSubstring("threads=1;"));
  CHECK_THAT(threads("SLURM_CPUS_PER_TASK=64 taskset -c 0"), ContainsSubstring("threads=1;"));
  CHECK_THAT(threads("SLURM_CPUS_PER_TASK=1 OMP_NUM_THREADS=3"), ContainsSubstring("threads=3;"));
  CHECK_THAT(threads("SLURM_CPUS_PER_TASK=x"), ContainsSubstring("SLURM_CPUS_PER_TASK must be"));
}
