#include <sonant/train/experiment/runner.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include <sonant/core/file.h>
#include <sonant/core/parallel.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
constexpr const char* kAt = "run_jobs";
// How often an idle thread looks whether stop() asks and what others have done; and one that trains
// whether its job is still its own. Where nothing happens it looks less and less often, and at some
// jobs at a time, in turns: a thousand idle processes must not keep the file server busy.
constexpr std::chrono::milliseconds kLook{200}, kLongestLook{5000}, kLookAtClaim{2000};
constexpr std::size_t kLooks = 16;

class Runner {
 public:
  Runner(JobList& list, const TrainJob& train, const RunnerOptions& options,
         const Callbacks& callbacks)
      : list_(list),
        train_(train),
        callbacks_(callbacks),
        claims_(options.claims),
        waits_(options.wait) {
    if (claims_ && !claims_->began_alone())
      list_.begin_at(std::hash<std::string>{}(claims_->worker()));
  }

  bool run() {
    parallel_shards(num_threads(), [this](int) { work(); });
    return !stopped_ && !left_;
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    try {
      while (!stopping()) {
        if (std::optional<Job> job = take()) {
          ++running_;
          lock.unlock();
          Outcome outcome = train(*job);
          lock.lock();
          --running_;
          settle(std::move(*job), std::move(outcome));
          wake_.notify_all();
        } else if (list_.complete() && elsewhere_.empty() && running_ == 0) {
          break;
        } else if (!waits_ && !elsewhere_.empty() && running_ == 0) {
          left_ = true;
          break;
        } else {
          wake_.wait_for(lock, kLook);
        }
      }
    } catch (...) {
      failed_ = true;
      wake_.notify_all();
      throw;
    }
    wake_.notify_all();
  }

  bool stopping() {
    if (!stopped_ && callbacks_.stop && callbacks_.stop()) stopped_ = true;
    return stopped_ || failed_;
  }

  // A job that is ours to do; others' results are taken in on the way.
  std::optional<Job> take() {
    if (const auto now = Clock::now(); now >= look_again_) {
      bool changed = false;
      for (std::size_t looks = std::min(elsewhere_.size(), kLooks); looks > 0; --looks) {
        Job job = std::move(elsewhere_.front());
        elsewhere_.pop_front();
        const State state = list_.wanted(job) ? look_at(job) : State::done;
        if (state == State::ours) return job;
        if (state == State::elsewhere) elsewhere_.push_back(std::move(job));
        changed |= state == State::done;
      }
      pause_ = changed ? kLook : std::min(pause_ * 3 / 2, kLongestLook);
      look_again_ = now + pause_;
    }
    while (std::optional<Job> job = list_.next()) {
      if (claims_ && !job->folder.empty()) claims_->forget_failures(job->folder);
      const State state = look_at(*job);
      if (state == State::ours) return job;
      if (state == State::elsewhere) elsewhere_.push_back(std::move(*job));
    }
    return std::nullopt;
  }

  enum class State { ours, elsewhere, done };
  State look_at(const Job& job) {
    if (job.folder.empty()) return State::ours;
    if (take_result(job)) {
      std::error_code none;
      if (claims_ && claims_->tidy(job.folder)) fs::remove(job.folder / "checkpoint", none);
      return State::done;
    }
    make_folder(job.folder, kAt);
    if (claims_ && has_failed(job)) return State::done;
    if (!claims_ || claims_->take(job.folder)) {
      // It may have been done between the two looks.
      if (!take_result(job)) return State::ours;
      if (claims_) claims_->finish(job.folder);
      return State::done;
    }
    return State::elsewhere;
  }

  bool take_result(const Job& job) {
    const fs::path file = job.folder / "result.json";  // written last, and whole or not at all
    if (!fs::exists(file)) return false;
    list_.done(job, result_from_json(read_text(file, kAt), file.native()), false);
    return true;
  }

  // As often as it may, here or elsewhere.
  bool has_failed(const Job& job) {
    const std::vector<Failure> all = failures_of(job.folder);
    if (std::ssize(all) < kFailures) return false;
    list_.failed(job, Error(all.back().error, job.folder.native()));
    return true;
  }

  // Another process does it: it thought us dead.
  bool is_lost(const Job& job) {
    return claims_ && !job.folder.empty() && !claims_->holds(job.folder);
  }

  struct Outcome {
    std::optional<RunResult> result;  // nothing: it was stopped
    std::optional<Error> error;
  };

  Outcome train(const Job& job) {
    RunOptions run = job.run;
    Callbacks callbacks;
    if (!job.folder.empty()) {
      run.checkpoint = job.folder / "checkpoint";
      run.resume = true;
      if (fs::exists(run.checkpoint))
        callbacks.note = [this](const std::string& text) {
          const std::lock_guard lock(mutex_);
          if (callbacks_.note) callbacks_.note(text);
        };
    }
    int epochs = 0;
    callbacks.epoch = [&](const EpochRecord& record) {
      const std::lock_guard lock(mutex_);
      list_.epochs(job, record.epoch - epochs);  // a resumed job begins with many
      epochs = record.epoch;
    };
    auto look_again = Clock::now() + kLookAtClaim;
    callbacks.stop = [&] {
      {
        const std::lock_guard lock(mutex_);
        if (stopping() || !list_.wanted(job)) return true;
      }
      if (Clock::now() < look_again) return false;
      look_again = Clock::now() + kLookAtClaim;
      return is_lost(job);
    };
    try {
      RunResult result = train_(run, callbacks);
      if (result.interrupted) return {};
      if (!job.folder.empty()) {
        // The first one stays: it may have been read, and other seconds stand in ours.
        const fs::path file = job.folder / "result.json";
        if (!create_file(file, to_json(result), kAt))
          result = result_from_json(read_text(file, kAt), file.native());
        fs::remove(run.checkpoint);
      }
      return {std::move(result), {}};
    } catch (const Error& error) {
      return {{}, error};
    }
  }

  void settle(Job job, Outcome outcome) {
    const bool shared = claims_ && !job.folder.empty(), lost = is_lost(job);
    // What goes wrong with a job that another has is no failure of it.
    if (lost && outcome.error) outcome.error.reset();
    const bool again = shared && outcome.error && list_.wanted(job) &&
                       claims_->add_failure(job.folder, outcome.error->what()) < kFailures;
    if (shared) outcome.result ? claims_->finish(job.folder) : claims_->give_back(job.folder);
    // Suspended for long, we have put an old checkpoint beside another's result.
    std::error_code none;
    if (lost && fs::exists(job.folder / "result.json")) fs::remove(job.folder / "checkpoint", none);
    if (!list_.wanted(job)) return;
    if (outcome.result)
      list_.done(job, std::move(*outcome.result), true);
    else if (again)
      try_again(std::move(job), *outcome.error);
    else if (outcome.error)
      list_.failed(job, *outcome.error);
    else if (lost)
      elsewhere_.push_back(std::move(job));
  }

  void try_again(Job job, const Error& error) {
    if (callbacks_.note) callbacks_.note(job.folder.native() + ": tried again: " + error.what());
    elsewhere_.push_front(std::move(job));
    look_again_ = {};
  }

  JobList& list_;
  const TrainJob& train_;
  const Callbacks& callbacks_;
  Claims* const claims_;
  const bool waits_;
  std::mutex mutex_;  // guards what follows, the list and the callbacks
  std::condition_variable wake_;
  std::deque<Job> elsewhere_;  // other processes do them
  Clock::time_point look_again_{};
  std::chrono::milliseconds pause_ = kLook;
  int running_ = 0;
  std::atomic<bool> stopped_ = false, failed_ = false, left_ = false;
};

}  // namespace

bool run_jobs(JobList& list, const TrainJob& train, const RunnerOptions& options,
              const Callbacks& callbacks) {
  return Runner(list, train, options, callbacks).run();
}

}  // namespace sonant
