// How far the work in a folder is, from what lies there: of `sonant cv`, of a search, or of a
// feature store that is being written. Reads, and changes nothing.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sonant {

enum class JobState { done, running, failed, waiting };
constexpr std::array<std::string_view, 4> words_of(JobState) {
  return {"done", "running", "failed", "waiting"};
}

// What is counted.
enum class WorkUnit { training, trial, shard };
constexpr std::array<std::string_view, 3> words_of(WorkUnit) {
  return {"training", "trial", "shard"};
}

// One training that was begun, or one shard.
struct JobStatus {
  std::string job;  // "fold2_seed7"; of a search "trial3/fold1"; of a store "12"
  JobState state = JobState::waiting;
  std::string worker = {};    // that has it: HOST-PID-RANDOM
  double silent_seconds = 0;  // since it counted last, by the clock of this host
  std::string progress = {};  // of its checkpoint: "has 12 of 100 epochs of a training"
  int failures = 0;
  std::string error = {};  // of the last one
  double seconds = 0;      // of training, if it is done
};

struct FolderStatus {
  std::filesystem::path folder;
  WorkUnit unit = WorkUnit::training;
  int all = 0, done = 0, failed = 0;  // units; all: 0 if nobody has written down how many
  int running = 0;                    // trainings or shards
  int workers = 0;                    // processes that are known not to be gone
  double seconds_left = -1;           // estimated from those that are done; -1: nothing is known
  std::vector<JobStatus> jobs = {};   // by name
};

// Of the folder of `sonant cv` or `sonant store`, or of each search of a study (FILE or FILE.jobs).
// Error if it is none of these.
std::vector<FolderStatus> folder_status(const std::filesystem::path& path);

std::string to_json(const std::vector<FolderStatus>& all);

}  // namespace sonant
