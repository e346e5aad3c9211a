#include <sonant/train/experiment/claims.h>

#include <unistd.h>

#include <array>
#include <cstdio>
#include <optional>

#include <sonant/core/file.h>
#include <sonant/core/json.h>
#include <sonant/train/experiment/shared_folder.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;
constexpr const char* kAt = "claims";

std::string host() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "host";
  return name.data();
}

// A file of the system's that is small, or "".
std::string system_text(const fs::path& path) {
  try {
    return read_text(path, kAt, 1 << 16);
  } catch (const Error&) {
    return "";
  }
}

// When the process was started, in ticks since the machine was: field 22 of proc(5)'s stat. "" if
// there is none of that number.
std::string start_of(std::int64_t process) {
  const std::string stat = system_text("/proc/" + std::to_string(process) + "/stat");
  auto at = stat.rfind(')');  // the name before it may hold anything
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  return at == std::string::npos ? "" : stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
}

fs::path path_of(const fs::path& job, int number) {
  return job / ("claim" + std::to_string(number));
}

// Whether a worker of this machine runs; nothing if it is another machine's.
std::optional<bool> runs_here(const std::string& content) {
  try {
    const Json there = Json::parse(content);
    if (there.at("neighbourhood") != neighbourhood()) return std::nullopt;
    return there.at("started") == start_of(there.at("process").get<std::int64_t>());
  } catch (const JsonError&) {
    return std::nullopt;
  }
}

// The claim or the worker's file; nothing if it is not there (any more).
std::optional<std::string> text_of(const fs::path& path) { return shared_folder().read(path); }

// Whoever ends the job meanwhile sweeps its folder, our half-made claim with it.
bool create_claim(const fs::path& path, const std::string& worker) {
  for (int tries = 2;; --tries) {
    try {
      return shared_folder().create(path, worker);
    } catch (const Error&) {
      if (tries == 0) throw;
    }
  }
}

fs::path failure_of(const fs::path& job, int number) {
  return job / ("failed" + std::to_string(number) + ".json");
}

std::optional<Failure> failure_in(const fs::path& path) {
  const std::optional<std::string> text = text_of(path);
  if (!text) return std::nullopt;
  const Json json = Json::parse_or_null(*text);
  if (!json.is_object() || !json.contains("error") || !json.contains("worker"))
    return Failure{"", "a training failed, and " + path.native() + " is damaged"};
  return Failure{json.at("worker").get<std::string>(), json.at("error").get<std::string>()};
}

}  // namespace

Claims::Claims(fs::path folder, ClaimTimes times)
    : folder_(std::move(folder)),
      times_(times),
      worker_(host() + "-" + std::to_string(::getpid()) + "-" + unique_name()) {
  shared_folder().make(folder_ / "workers");
  const Json self{{"neighbourhood", neighbourhood()},
                  {"process", ::getpid()},
                  {"started", start_of(::getpid())}};
  const auto write = [this, self](std::int64_t count) {
    Json now = self;
    now["count"] = count;
    shared_folder().write(folder_ / "workers" / worker_, now.dump() + "\n");
  };
  sweep();
  write(0);
  beating_ = std::thread([this, write] {
    std::unique_lock lock(mutex_);
    for (std::int64_t count = 1; !wake_.wait_for(lock, times_.beat, [this] { return over_; });
         ++count) {
      lock.unlock();
      try {
        write(count);
      } catch (const Error&) {  // a full disk: whoever takes our jobs does no harm
      }
      lock.lock();
    }
  });
}

Claims::~Claims() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_all();
  beating_.join();
  try {
    for (const fs::path& job : std::set(held_)) give_back(job);
  } catch (const std::exception&) {  // it is found dead
  }
  shared_folder().remove(folder_ / "workers" / worker_);
}

// Those of this machine that were killed; what they hold is then nobody's. The others' files are
// not opened: a thousand processes that start would read a million.
void Claims::sweep() {
  sweep_temporaries(folder_ / "workers");
  for (const fs::path& file : shared_folder().list(folder_ / "workers")) {
    const bool near = file.filename().native().starts_with(host() + "-");
    const std::optional<std::string> content = near ? text_of(file) : std::nullopt;
    if (content && runs_here(*content) == false)
      shared_folder().remove(file);
    else
      alone_ = false;
  }
}

bool Claims::take(const fs::path& job) {
  const Claim claim = last_claim(job);
  if (claim.owner == worker_) {  // a file server may have done what it then said it could not do
    const std::lock_guard lock(mutex_);
    return held_.insert(job).second;
  }
  if (!claim.owner.empty() && !is_dead(claim.owner)) return false;
  // Of several who see it, one makes the next file.
  const bool ours = create_claim(path_of(job, claim.number + 1), worker_);
  const std::lock_guard lock(mutex_);
  if (ours) held_.insert(job);
  return ours;
}

bool Claims::is_dead(const std::string& worker) {
  if (worker == worker_) return false;
  const std::optional<std::string> content = text_of(folder_ / "workers" / worker);
  if (!content) return true;
  if (runs_here(*content) == false) return true;
  // It may run and be suspended, so that its counter alone tells, here as elsewhere.
  const auto now = shared_folder().now();
  const std::lock_guard lock(mutex_);
  const auto [it, is_new] = seen_.try_emplace(worker, Seen{*content, now});
  if (it->second.content != *content) it->second = {*content, now};
  return now - it->second.since >= times_.silence;
}

bool Claims::holds(const fs::path& job) const { return last_claim(job).owner == worker_; }

void Claims::give_back(const fs::path& job) {
  forget(job);
  const Claim claim = last_claim(job);
  if (claim.owner == worker_) shared_folder().create(path_of(job, claim.number + 1), "");
}

void Claims::finish(const fs::path& job) {
  forget(job);
  sweep_temporaries(job, Sweep::anybody);
  for (int number = last_claim(job).number; number > 0; --number)
    shared_folder().remove(path_of(job, number));
}

bool Claims::tidy(const fs::path& job) {
  if (last_claim(job).number == 0) return false;
  finish(job);
  return true;
}

void Claims::forget(const fs::path& job) {
  const std::lock_guard lock(mutex_);
  held_.erase(job);
}

int Claims::add_failure(const fs::path& job, const std::string& error) {
  const std::string text = Json{{"worker", worker_}, {"error", error}}.dump(1) + "\n";
  for (int number = 1; number < kFailures; ++number)
    if (shared_folder().create(failure_of(job, number), text)) return number;
  shared_folder().create(failure_of(job, kFailures), text);
  return kFailures;
}

void Claims::forget_failures(const fs::path& job) {
  for (int number = 1; number <= kFailures; ++number) {
    const std::optional<Failure> failure = failure_in(failure_of(job, number));
    if (failure && !failure->worker.empty() && !text_of(folder_ / "workers" / failure->worker))
      shared_folder().remove(failure_of(job, number));
  }
}

Claim last_claim(const fs::path& job) {
  Claim claim;
  while (auto owner = text_of(path_of(job, claim.number + 1)))
    claim = {claim.number + 1, std::move(*owner)};
  return claim;
}

std::vector<Failure> failures_of(const fs::path& job) {
  std::vector<Failure> all;
  for (int number = 1; number <= kFailures; ++number)
    if (auto failure = failure_in(failure_of(job, number))) all.push_back(std::move(*failure));
  return all;
}

Pulse pulse_of(const fs::path& folder, const std::string& worker) {
  const std::optional<std::string> content = text_of(folder / "workers" / worker);
  if (!content) return Pulse::gone;
  const std::optional<bool> runs = runs_here(*content);
  return !runs ? Pulse::unknown : *runs ? Pulse::runs : Pulse::gone;
}

}  // namespace sonant
