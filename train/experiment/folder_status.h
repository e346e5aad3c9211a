// How far the work in a folder is, from what lies there: of `sonant cv`, or of a search. Reads, and
// changes nothing.
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

// One training that was begun.
struct JobStatus {
  std::string job;  // "fold2_seed7"; of a search "trial3/fold1"
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
  bool of_search = false;
  // Of trainings, or of the trials of a search; all: 0 if nobody has written down how many.
  int all = 0, done = 0, failed = 0;
  int running = 0;                   // trainings
  int workers = 0;                   // processes that are known not to be gone
  double seconds_left = -1;          // estimated from those that are done; -1: nothing is known
  std::vector<JobStatus> jobs = {};  // by name
};

// Of the folder of `sonant cv`, or of each search of a study (FILE or FILE.jobs). Error if it is
// none of these.
std::vector<FolderStatus> folder_status(const std::filesystem::path& path);

std::string to_json(const std::vector<FolderStatus>& all);

}  // namespace sonant
