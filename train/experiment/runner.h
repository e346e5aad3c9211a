// Does a list of trainings, on all threads of this process and beside any other process that works
// in the same folder. What is done is not done again; what was begun goes on from its checkpoint.
// Cross-validation and search are a list each: what comes next, and what becomes of the results.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include <sonant/train/experiment/claims.h>
#include <sonant/train/experiment/run.h>

namespace sonant {

struct Job {
  int number = 0;                     // the list's own
  std::filesystem::path folder = {};  // the job's, in the experiment's; "": nothing is written
  RunOptions run = {};                // its checkpoint and `resume` are the runner's
};

// Its functions are called one at a time, from any thread.
class JobList {
 public:
  virtual ~JobList() = default;
  // The next one that may begin, each once; nothing as long as results must come first.
  virtual std::optional<Job> next() = 0;
  virtual bool complete() const = 0;  // no more will come
  // Others are at work already: where in the list to begin, so that not all ask for the same job.
  virtual void begin_at(std::size_t) {}
  // Of a job that is under way or waited for. One that is not wanted any more is left, unfinished.
  virtual bool wanted(const Job&) const { return true; }
  virtual void epochs(const Job&, int more) = 0;
  // `here`: in this call. Otherwise it was found done, or another process did it.
  virtual void done(const Job&, RunResult result, bool here) = 0;
  // Each time that it was tried: a job of a folder that is shared is tried kFailures times.
  virtual void failed(const Job&, const Error& error) { throw error; }  // ends the run
};

// How a job is done: run_training() or the like. An interrupted result counts as none.
using TrainJob = std::function<RunResult(const RunOptions&, const Callbacks&)>;

struct RunnerOptions {
  Claims* claims = nullptr;  // in the experiment's folder; null: of this process alone
  bool wait = true;          // for what other processes do; else it is left to them
};

// Until the list is complete and every job of it is done, here or elsewhere: true; or until stop()
// asked, or all that is left is others': false. Of `callbacks` note and stop are used. What
// failed() throws is thrown.
bool run_jobs(JobList& list, const TrainJob& train, const RunnerOptions& options,
              const Callbacks& callbacks);

}  // namespace sonant
