// How many processors this process may use, whoever set the limit: whoever started it, the batch
// system, the affinity mask, a container.
#pragma once

#include <filesystem>

namespace sonant {

// The first that is set of SONANT_NUM_THREADS and OMP_NUM_THREADS, which are wishes; else the least
// of SLURM_CPUS_PER_TASK, the affinity mask and the processor time that control groups allow,
// rounded up; at least 1. Error for a variable that is no whole number from 1.
int usable_processors();

// Processors' worth of time that the control groups of this process allow, its own and those that
// they are in (cpu.max of version 2, cpu.cfs_quota_us of version 1); 0: no limit. `root` is where
// /proc/self/cgroup and /sys/fs/cgroup are looked for.
double cgroup_processors(const std::filesystem::path& root = "/");

}  // namespace sonant
