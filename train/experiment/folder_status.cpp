#include <sonant/train/experiment/folder_status.h>

#include <algorithm>
#include <chrono>
#include <set>

#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/json.h>
#include <sonant/core/settings.h>
#include <sonant/train/checkpoint.h>
#include <sonant/train/experiment/claims.h>
#include <sonant/train/store_index.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;
constexpr const char* kAt = "status";

std::vector<fs::path> folders_in(const fs::path& path) {
  std::vector<fs::path> all;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(path, none))
    if (entry.is_directory(none)) all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  return all;
}

Json json_in(const fs::path& path) {
  try {
    return Json::parse_or_null(read_text(path, kAt));
  } catch (const Error&) {  // not there yet, or not any more
    return {};
  }
}

double seconds_since(const fs::path& file) {
  std::error_code none;
  const auto written = fs::last_write_time(file, none);
  if (none) return 0;
  return std::chrono::duration<double>(fs::file_time_type::clock::now() - written).count();
}

// Of a training that may be saving or ending just now.
std::string progress_in(const fs::path& job) {
  std::error_code none;
  if (!fs::exists(job / "checkpoint", none)) return "";
  try {
    return describe_checkpoint(job / "checkpoint");
  } catch (const Error&) {
    return "";
  }
}

JobStatus job_status(const fs::path& folder, const fs::path& job, std::string name) {
  JobStatus status{.job = std::move(name)};
  if (const Json result = json_in(job / "result.json"); result.is_object()) {
    status.state = JobState::done;
    if (result.contains("timing") && result.at("timing").contains("train_seconds"))
      status.seconds = result.at("timing").at("train_seconds");
    return status;
  }
  const std::vector<Failure> failures = failures_of(job);
  status.failures = static_cast<int>(failures.size());
  if (!failures.empty()) status.error = failures.back().error;
  if (status.failures >= kFailures) {
    status.state = JobState::failed;
    return status;
  }
  status.progress = progress_in(job);
  const Claim claim = last_claim(job);
  if (claim.owner.empty() || pulse_of(folder, claim.owner) == Pulse::gone) return status;
  status.state = JobState::running;
  status.worker = claim.owner;
  status.silent_seconds = seconds_since(folder / "workers" / claim.owner);
  return status;
}

// All that were begun in the folder.
void add_jobs(FolderStatus& status, const fs::path& in, const std::string& prefix) {
  for (const fs::path& job : folders_in(in)) {
    status.jobs.push_back(job_status(status.folder, job, prefix + job.filename().string()));
    status.running += status.jobs.back().state == JobState::running;
  }
}

// As if those that are left took as long as those that are done, and all who are at work went on.
void estimate(FolderStatus& status, double trainings_left) {
  double seconds = 0;
  int known = 0;
  for (const JobStatus& job : status.jobs)
    if (job.state == JobState::done) seconds += job.seconds, ++known;
  if (trainings_left <= 0)
    status.seconds_left = 0;
  else if (known > 0 && status.running > 0)
    status.seconds_left = seconds / known * trainings_left / status.running;
}

int planned(const fs::path& folder, const char* name) {
  const Json plan = json_in(folder / "plan.json");
  const bool is_there = plan.is_object() && plan.contains(name) && plan.at(name).is_number();
  return is_there ? plan.at(name).get<int>() : 0;
}

int workers_of(const fs::path& folder) {
  int known = 0;
  std::error_code none;
  for (const auto& worker : fs::directory_iterator(folder / "workers", none))
    known += pulse_of(folder, worker.path().filename().string()) != Pulse::gone;
  return known;
}

int count_done(const FolderStatus& status) {
  return static_cast<int>(std::ranges::count(status.jobs, JobState::done, &JobStatus::state));
}

// Whether `sonant store` has begun to write, or has written, what is in the folder.
bool holds_store(const fs::path& folder) {
  return is_store(folder) || planned(folder, "clips_in_shard") > 0;
}

// How long a shard takes is not written down.
FolderStatus status_of_store(const fs::path& folder) {
  FolderStatus status{.folder = folder, .unit = WorkUnit::shard};
  if (is_store(folder)) {
    status.all = status.done = static_cast<int>(read_index(folder).shards.size());
    status.seconds_left = 0;
    return status;
  }
  add_jobs(status, folder / "jobs", "");
  status.all = planned(folder, "shards");
  status.done = count_done(status);
  status.workers = workers_of(folder);
  return status;
}

FolderStatus status_of(const fs::path& folder) {
  FolderStatus status{.folder = folder};
  const bool of_search = json_in(folder / "experiment.json").contains("search");
  if (of_search) {
    status.unit = WorkUnit::trial;
    for (const fs::path& trial : folders_in(folder)) {
      const std::string name = trial.filename().string();
      if (!name.starts_with("trial")) continue;
      add_jobs(status, trial, name + "/");
      status.done += fs::exists(trial / "completed");
    }
    status.all = planned(folder, "trials");
  } else {
    add_jobs(status, folder / "jobs", "");
    status.all = planned(folder, "seeds") * planned(folder, "folds");
    status.done = count_done(status);
  }
  std::set<std::string> failed;  // trials or trainings
  for (const JobStatus& job : status.jobs)
    if (job.state == JobState::failed)
      failed.insert(of_search ? job.job.substr(0, job.job.find('/')) : job.job);
  status.failed = static_cast<int>(failed.size());
  status.workers = workers_of(folder);
  const int each = of_search ? std::max(planned(folder, "folds"), 1) : 1;
  const int left = status.all - status.done - (of_search ? 0 : status.failed);
  estimate(status, (left * each) - status.running / 2.0);
  return status;
}

}  // namespace

std::vector<FolderStatus> folder_status(const fs::path& path) {
  if (fs::exists(path / "experiment.json")) return {status_of(path)};
  if (holds_store(path)) return {status_of_store(path)};
  fs::path jobs = path;
  if (!fs::is_directory(path)) jobs += ".jobs";
  std::vector<FolderStatus> all;
  for (const fs::path& search : folders_in(jobs))
    if (fs::exists(search / "experiment.json")) all.push_back(status_of(search));
  check(!all.empty(), kAt, path.native(), ": ",
        fs::exists(path) ? "nothing is under way there" : "is not there",
        "; expected the folder of sonant cv or sonant store, or the study of sonant tune");
  return all;
}

std::string to_json(const std::vector<FolderStatus>& all) {
  Json list = Json::array();
  for (const FolderStatus& s : all) {
    Json jobs = Json::array();
    for (const JobStatus& job : s.jobs)
      jobs.push_back({{"job", job.job},
                      {"state", std::string(word_of(job.state))},
                      {"worker", job.worker},
                      {"silent_seconds", job.silent_seconds},
                      {"progress", job.progress},
                      {"failures", job.failures},
                      {"error", job.error},
                      {"seconds", job.seconds}});
    list.push_back({{"folder", s.folder.native()},
                    {"of", std::string(word_of(s.unit)) + "s"},
                    {"all", s.all},
                    {"done", s.done},
                    {"running", s.running},
                    {"failed", s.failed},
                    {"workers", s.workers},
                    {"seconds_left", s.seconds_left},
                    {"jobs", jobs}});
  }
  return list.dump(1);
}

}  // namespace sonant
