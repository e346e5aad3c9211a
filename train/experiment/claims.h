// Who does which job of an experiment. Any number of processes, of one machine or of several that
// share a folder, work on it; no lock has to be trusted: a job done twice has the same result, so a
// claim saves work and is never needed for a right answer.
//
//   workers/NAME       this process: a counter that it counts up as long as it lives
//   jobs/.../claim1    who does this job: the worker's name
//   jobs/.../claim2    who does it since that one was dead; or nobody, since it was given back
//
// The last claim counts. Each is made once, by the first who tries, and nothing is replaced: so no
// two can take a job from the same dead worker.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace sonant {

struct ClaimTimes {
  std::chrono::milliseconds beat{10'000};  // between two counts
  // Without a count for so long, on the clock of whoever looks, a worker is dead. No clocks of two
  // hosts are compared.
  std::chrono::milliseconds silence{60'000};
};

// Its functions may be called from any thread. Error, naming the file, if the folder cannot be
// written to.
class Claims {
 public:
  // Makes the folder, and this process one of its workers.
  explicit Claims(std::filesystem::path folder, ClaimTimes times = {});
  // Gives back what it holds.
  ~Claims();
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;

  // Whether the job, a folder that is there, is now ours: nobody had it, or a worker that is dead.
  bool take(const std::filesystem::path& job);
  // Whether it still is: another may have thought us dead while we were suspended.
  bool holds(const std::filesystem::path& job) const;
  void give_back(const std::filesystem::path& job);  // to whoever wants it; if it still is ours
  void finish(const std::filesystem::path& job);     // its result is there: no claims any more

  const std::string& worker() const { return worker_; }  // HOST-PID-RANDOM

 private:
  struct Claim {
    int number = 0;     // 0: there is none
    std::string owner;  // "": nobody
  };
  struct Seen {
    std::string content;
    std::chrono::steady_clock::time_point since;
  };
  void sweep();
  void forget(const std::filesystem::path& job);
  Claim last(const std::filesystem::path& job) const;
  bool is_dead(const std::string& worker);

  const std::filesystem::path folder_;
  const ClaimTimes times_;
  std::string worker_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool over_ = false;
  std::set<std::filesystem::path> held_;
  std::map<std::string, Seen> seen_;  // other workers' counters, as they were found first
  std::thread beating_;
};

}  // namespace sonant
