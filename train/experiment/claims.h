// Who does which job of an experiment. Any number of processes, of one machine or of several that
// share a folder, work on it; no lock has to be trusted: a job done twice has the same result, so a
// claim saves work and is never needed for a right answer.
//
//   workers/NAME            this process: a counter that it counts up as long as it lives
//   jobs/.../claim1         who does this job: the worker's name
//   jobs/.../claim2         who does it since that one was dead; or nobody, since it was given back
//   jobs/.../failed1.json   a worker's name, and the error that its training ended with
//
// The last claim counts. Each is made once, by the first who tries, and nothing is replaced: so no
// two can take a job from the same dead worker.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace sonant {

struct ClaimTimes {
  std::chrono::milliseconds beat{10'000};  // between two counts
  // Without a count for so long, on the clock of whoever looks, a worker is dead. No clocks of two
  // hosts are compared.
  std::chrono::milliseconds silence{60'000};

  // Six counts in so many seconds: a file server may show each of them half of that late.
  static ClaimTimes dead_after(double seconds) {
    const std::chrono::milliseconds all{static_cast<std::int64_t>(1000 * seconds)};
    return {all / 6, all};
  }
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
  // The same for a worker that has died before it could; whether it has left any.
  bool tidy(const std::filesystem::path& job);

  // Its training has ended with an error: how often it has, with this time, and at most kFailures.
  int add_failure(const std::filesystem::path& job, const std::string& error);
  // Those of workers that are gone do not count any more: what was wrong may have been mended.
  void forget_failures(const std::filesystem::path& job);

  const std::string& worker() const { return worker_; }  // HOST-PID-RANDOM
  bool began_alone() const { return alone_; }            // no other worker was there at the start

 private:
  struct Seen {
    std::string content;
    std::chrono::steady_clock::time_point since;
  };
  void sweep();
  void forget(const std::filesystem::path& job);
  bool is_dead(const std::string& worker);

  const std::filesystem::path folder_;
  const ClaimTimes times_;
  std::string worker_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool over_ = false, alone_ = true;
  std::set<std::filesystem::path> held_;
  std::map<std::string, Seen> seen_;  // other workers' counters, as they were found first
  std::thread beating_;
};

// What anybody may read of a job.
struct Claim {
  int number = 0;     // of the last one; 0: there is none
  std::string owner;  // "": nobody
};
Claim last_claim(const std::filesystem::path& job);

inline constexpr int kFailures = 3;  // of a job, that end its experiment
struct Failure {
  std::string worker, error;
};
std::vector<Failure> failures_of(const std::filesystem::path& job);

// A worker's file, as it is found: whether its process runs, where that can be known from here.
enum class Pulse { runs, gone, unknown };
Pulse pulse_of(const std::filesystem::path& folder, const std::string& worker);

}  // namespace sonant
