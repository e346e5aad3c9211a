#include "simulated_cluster.h"

#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include <sonant/core/error.h>
#include <sonant/core/json.h>
#include <sonant/core/random.h>
#include <sonant/train/experiment/claims.h>
#include <sonant/train/experiment/shared_folder.h>

namespace sonant::bench {
namespace {

namespace fs = std::filesystem;
using C = ClusterSettings;
constexpr const char* kAt = "simulate";
// As runner.cpp has it: how often an idle process looks, at how many jobs, and how often one that
// trains looks whether its job is still its own.
constexpr double kLook = 0.2, kLongestLook = 5, kLookAtClaim = 2;
constexpr std::size_t kLooks = 16;
constexpr double kHour = 3600, kYear = 365.25 * 24 * kHour;
const fs::path kFolder = "/experiment";

constexpr std::array kTable{
    setting<&C::workers>("workers", "Processes, each on a node of its own").between(1, 100'000),
    setting<&C::jobs>("jobs", "Trainings").between(1, 10'000'000),
    setting<&C::job_s>("job_s", "Seconds that one takes").above(0),
    setting<&C::checkpoint_s>("checkpoint_s", "Seconds between two checkpoints").above(0),
    setting<&C::start_s>("start_s", "Seconds in which all start").at_least(0),
    setting<&C::node_years>("node_years", "Years between two failures of a node").above(0),
    setting<&C::restart_s>("restart_s", "Seconds until a failed process is started again")
        .at_least(0),
    setting<&C::stops_per_hour>("stops_per_hour", "Times an hour that a process is suspended")
        .at_least(0),
    setting<&C::stop_s>("stop_s", "Seconds for which it is").at_least(0),
    setting<&C::beat_s>("beat_s", "Seconds between two heartbeats").above(0),
    setting<&C::silence_s>("silence_s", "Seconds without one after which a process is dead")
        .above(0),
    setting<&C::latency_ms>("latency_ms", "Milliseconds of an operation").at_least(0),
    setting<&C::write_ms>("write_ms", "Milliseconds more of one that ends on a disk").at_least(0),
    setting<&C::server_per_s>("server_per_s", "Operations a second of the server").above(0),
    setting<&C::seed>("seed", "Of failures, suspensions and starts")};

// A stack of its own for code that waits in the middle. One that never goes on is forgotten where
// it stands, as a process that is killed.
class Fiber {
 public:
  Fiber(ucontext_t& scheduler, std::function<void()> body) : body_(std::move(body)) {
    getcontext(&context_);
    context_.uc_stack.ss_sp = stack_.get();
    context_.uc_stack.ss_size = kStack;
    context_.uc_link = &scheduler;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    makecontext(&context_, reinterpret_cast<void (*)()>(&Fiber::enter), 2,
                static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
  }
  void resume(ucontext_t& scheduler) { swapcontext(&scheduler, &context_); }
  void suspend(ucontext_t& scheduler) { swapcontext(&context_, &scheduler); }

 private:
  static void enter(unsigned high, unsigned low) {  // makecontext(3) hands on ints alone
    reinterpret_cast<Fiber*>(std::uintptr_t{high} << 32 | low)->body_();
  }
  static constexpr std::size_t kStack = 1 << 18;
  std::function<void()> body_;
  ucontext_t context_;
  std::unique_ptr<char[]> stack_{new char[kStack]};
};

struct Worker {
  int number = 0;
  std::unique_ptr<Fiber> fiber = {};
  std::unique_ptr<Claims> claims = {};
  std::string name = {};
  std::deque<int> elsewhere = {};   // jobs that others do
  bool dead = false, left = false;  // killed with its node; at the end of its work
  double stopped_until = 0;         // suspended
  double computing_since = -1;      // or none
  double pause = kLook;
};

struct Job {
  double checkpoint = 0;  // seconds of it that are saved
  bool begun = false, done = false;
};

class Cluster : public SharedFolder {
 public:
  explicit Cluster(const ClusterSettings& settings)
      : settings_(settings),
        random_(settings.seed),
        jobs_(static_cast<std::size_t>(settings.jobs)) {}

  ClusterResult run() {
    for (int k = 0; k < settings_.workers; ++k) start(draw() * settings_.start_s);
    const double longest =
        1000 * kHour + 10 * settings_.jobs * settings_.job_s + 1000 * settings_.restart_s;
    while (!events_.empty() && living_ > 0) {
      Event event = events_.top();
      events_.pop();
      now_ = event.time;
      check(now_ < longest, kAt, "no end after ", now_, " s: jobs are left, and nobody does them");
      event.act();
    }
    check_end();
    result_.lost_s = std::max(result_.computed_s - settings_.jobs * settings_.job_s, 0.0);
    return result_;
  }

  // The folder, as Claims sees it.
  std::optional<std::string> read(const fs::path& file) override {
    take_time(Operation::read);
    const auto found = files_.find(file.native());
    if (found == files_.end()) return std::nullopt;
    return found->second;
  }
  bool create(const fs::path& file, std::string_view text) override {
    take_time(Operation::create);
    const bool made = files_.try_emplace(file.native(), text).second;
    if (made && file.filename() != "claim1" && !text.empty()) ++result_.taken_over;
    return made;
  }
  void write(const fs::path& file, std::string_view text) override {
    take_time(Operation::write);
    // Every process is on another machine, of which nobody sees the processes.
    Json content = Json::parse(text);
    content["neighbourhood"] = "node " + std::to_string(running_->number);
    running_->name = file.filename();
    files_[file.native()] = content.dump();
  }
  void remove(const fs::path& file) override {
    take_time(Operation::remove);
    files_.erase(file.native());
  }
  void make(const fs::path&) override {}
  std::vector<fs::path> list(const fs::path&) override {  // none is of this node's processes
    take_time(Operation::list);
    return {};
  }
  std::chrono::steady_clock::time_point now() override {
    return std::chrono::steady_clock::time_point(
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            std::chrono::duration<double>(now_)));
  }

 private:
  struct Event {
    double time;
    std::uint64_t order;
    std::function<void()> act;
    bool operator<(const Event& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };

  double draw() { return random_.uniform(draws_++); }
  double exponential(double mean) { return -mean * std::log(1 - draw()); }
  void at(double time, std::function<void()> act) {
    events_.push({time, events_made_++, std::move(act)});
  }

  // Time passes for the process that runs; if it dies meanwhile, this does not return.
  void wait(double seconds) {
    Worker* self = running_;
    wake(self, now_ + seconds);
    self->fiber->suspend(scheduler_);
  }
  void wake(Worker* worker, double time) {
    at(time, [this, worker] {
      if (worker->dead) return;
      if (now_ < worker->stopped_until) return wake(worker, worker->stopped_until);
      running_ = worker;
      worker->fiber->resume(scheduler_);
      running_ = nullptr;
    });
  }

  // The server does one thing after the other.
  double served(Operation kind, int count = 1) {
    const double start = std::max(now_, server_free_);
    server_free_ = start + count / settings_.server_per_s;
    if (result_.seconds == 0) {
      result_.operations[static_cast<std::size_t>(kind)] += count;
      const auto second = static_cast<std::int64_t>(now_);
      if (second != second_) second_ = second, in_second_ = 0;
      result_.peak_per_s = std::max(result_.peak_per_s, in_second_ += count);
    }
    // FNV-1a
    for (const std::uint64_t word :
         {static_cast<std::uint64_t>(now_ * 1e6), static_cast<std::uint64_t>(kind)})
      result_.trace = (result_.trace ^ word) * 0x100000001b3;
    const bool on_disk = kind == Operation::create || kind == Operation::write;
    return server_free_ - now_ + (settings_.latency_ms + on_disk * settings_.write_ms) / 1000;
  }
  void take_time(Operation kind, int count = 1) {
    const double seconds = served(kind, count);
    result_.waited_s += seconds;
    wait(seconds);
  }

  void start(double time) {
    ++living_;
    Worker* worker = workers_.emplace_back(std::make_unique<Worker>()).get();
    worker->number = static_cast<int>(workers_.size()) - 1;
    worker->fiber = std::make_unique<Fiber>(scheduler_, [this, worker] {
      work(*worker);
      worker->left = true;
      --living_;
    });
    wake(worker, time);
    at(time + settings_.beat_s, [this, worker] { beat(worker); });
    at(time + exponential(settings_.node_years * kYear), [this, worker] { die(worker); });
    if (settings_.stops_per_hour > 0)
      at(time + exponential(kHour / settings_.stops_per_hour), [this, worker] { stop(worker); });
  }

  void die(Worker* worker) {
    if (worker->left || result_.seconds > 0) return;
    worker->dead = true;
    --living_;
    ++result_.failures;
    if (worker->computing_since >= 0) result_.computed_s += now_ - worker->computing_since;
    start(now_ + settings_.restart_s);
  }

  void stop(Worker* worker) {
    if (worker->left || worker->dead || result_.seconds > 0) return;
    worker->stopped_until = now_ + settings_.stop_s;
    ++result_.stops;
    at(worker->stopped_until + exponential(kHour / settings_.stops_per_hour),
       [this, worker] { stop(worker); });
  }

  // The thread of Claims that does this goes by the machine's clock, and sleeps here.
  void beat(Worker* worker) {
    if (worker->dead || worker->left) return;
    if (now_ < worker->stopped_until)
      return at(worker->stopped_until, [this, worker] { beat(worker); });
    if (const auto file = files_.find(kFolder / "workers" / worker->name); file != files_.end()) {
      Json content = Json::parse(file->second);
      content["count"] = content.at("count").get<std::int64_t>() + 1;
      file->second = content.dump();
      served(Operation::write);
    }
    at(now_ + settings_.beat_s, [this, worker] { beat(worker); });
  }

  // What run_jobs() does with one thread.
  void work(Worker& self) {
    const auto silence = std::chrono::duration<double>(settings_.silence_s);
    self.claims = std::make_unique<Claims>(
        kFolder, ClaimTimes{std::chrono::hours(1000),
                            std::chrono::duration_cast<std::chrono::milliseconds>(silence)});
    const int first = static_cast<int>(draw() * settings_.jobs);
    int next = 0;
    double look_again = 0;
    while (true) {
      int job = -1;
      if (now_ >= look_again) job = look_elsewhere(self, look_again);
      while (job < 0 && next < settings_.jobs) {
        const int candidate = (first + next++) % settings_.jobs;
        const State state = look_at(self, candidate);
        if (state == State::ours) job = candidate;
        if (state == State::elsewhere) self.elsewhere.push_back(candidate);
      }
      if (job >= 0) {
        if (!train(self, job)) self.elsewhere.push_back(job);
      } else if (self.elsewhere.empty()) {
        break;
      } else {
        wait(kLook);
      }
    }
    if (result_.seconds == 0) result_.seconds = now_;
    self.claims.reset();
  }

  int look_elsewhere(Worker& self, double& look_again) {
    bool changed = false;
    for (std::size_t looks = std::min(self.elsewhere.size(), kLooks); looks > 0; --looks) {
      const int job = self.elsewhere.front();
      self.elsewhere.pop_front();
      const State state = look_at(self, job);
      if (state == State::ours) return job;
      if (state == State::elsewhere) self.elsewhere.push_back(job);
      changed |= state == State::done;
    }
    self.pause = changed ? kLook : std::min(self.pause * 1.5, kLongestLook);
    look_again = now_ + self.pause;
    return -1;
  }

  enum class State { ours, elsewhere, done };
  State look_at(Worker& self, int job) {
    if (has_result(job)) return State::done;
    take_time(Operation::look);  // at its folder
    if (!self.claims->take(folder(job))) return State::elsewhere;
    if (!has_result(job)) return State::ours;
    self.claims->finish(folder(job));
    return State::done;
  }
  bool has_result(int job) {
    take_time(Operation::look);
    return jobs_[static_cast<std::size_t>(job)].done;
  }
  static fs::path folder(int job) { return kFolder / "jobs" / std::to_string(job); }

  // False if it is another's now.
  bool train(Worker& self, int number) {
    Job& job = jobs_[static_cast<std::size_t>(number)];
    if (job.begun) take_time(Operation::read);  // the checkpoint
    job.begun = true;
    double done = job.checkpoint, saved = now_, looked = now_;
    while (done < settings_.job_s) {
      const double slice = std::min({settings_.job_s - done, saved + settings_.checkpoint_s - now_,
                                     looked + kLookAtClaim - now_});
      compute(self, std::max(slice, 1e-3));
      done += std::max(slice, 1e-3);
      if (now_ >= looked + kLookAtClaim) {
        looked = now_;
        if (!self.claims->holds(folder(number))) return false;
      }
      if (done < settings_.job_s && now_ >= saved + settings_.checkpoint_s) {
        take_time(Operation::write);
        job.checkpoint = done;
        saved = now_;
      }
    }
    take_time(Operation::write, 3);  // model, embeddings, result
    if (job.done) ++result_.done_twice;
    job.done = true;
    self.claims->finish(folder(number));
    return true;
  }

  void compute(Worker& self, double seconds) {
    self.computing_since = now_;
    wait(seconds);
    self.computing_since = -1;
    result_.computed_s += seconds;
  }

  void check_end() const {
    for (std::size_t j = 0; j < jobs_.size(); ++j)
      check(jobs_[j].done, kAt, "job ", j, " has no result, and nobody is left to do it");
    for (const auto& [file, content] : files_)
      check(file.find("claim") == file.npos, kAt, file, " is left");
    for (const auto& worker : workers_)
      check(worker->dead || !files_.contains(kFolder / "workers" / worker->name), kAt, "worker ",
            worker->number, " left its file");
  }

  const ClusterSettings& settings_;
  const Random random_;
  std::uint64_t draws_ = 0, events_made_ = 0;
  double now_ = 0, server_free_ = 0, in_second_ = 0;
  std::int64_t second_ = -1;
  int living_ = 0;
  std::priority_queue<Event> events_;
  std::map<std::string, std::string> files_;
  std::vector<Job> jobs_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Worker* running_ = nullptr;
  ucontext_t scheduler_ = {};
  ClusterResult result_;
};

}  // namespace

SettingTable settings_of(const ClusterSettings&) { return kTable; }

ClusterResult simulate(const ClusterSettings& settings) {
  check_settings(settings, kAt);
  // What a dead process held stays as it was: it is never taken apart.
  Cluster& cluster = *new Cluster(settings);
  replace_shared_folder(&cluster);
  try {
    const ClusterResult result = cluster.run();
    replace_shared_folder(nullptr);
    return result;
  } catch (...) {
    replace_shared_folder(nullptr);
    throw;
  }
}

}  // namespace sonant::bench
