// Jobs that fail, jobs that are others', and a worker that was thought dead.
#include <sonant/core/file.h>
#include <sonant/train/experiment/runner.h>

#include <atomic>
#include <map>
#include <memory>

#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sonant;
namespace fs = std::filesystem;

namespace {

class List : public JobList {
 public:
  List(const TempFolder& folder, int jobs) : folder_(folder.path), jobs_(jobs) {}
  std::optional<Job> next() override {
    if (complete()) return std::nullopt;
    const int number = (first_ + next_++) % jobs_;
    return Job{.number = number, .folder = folder_ / ("job" + std::to_string(number))};
  }
  bool complete() const override { return next_ == jobs_; }
  void begin_at(std::size_t place) override {
    first_ = static_cast<int>(place % static_cast<std::size_t>(jobs_));
  }
  void epochs(const Job&, int) override {}
  void done(const Job& job, RunResult result, bool here) override {
    hashes[job.number] = result.weights_hash;
    ours += here;
  }
  void failed(const Job& job, const Error& error) override {
    if (ends) throw error;
    errors[job.number] = error.what();
  }

  std::map<int, std::string> hashes, errors;
  int ours = 0;
  bool ends = true;  // the first that failed for good ends the run

 private:
  fs::path folder_;
  int jobs_, first_ = 0, next_ = 0;
};

RunResult result_of(const std::string& hash) {
  RunResult r;
  r.config.epochs = 1;
  r.weights_hash = hash;
  return r;
}

std::string job_name(const RunOptions& run) {
  return run.checkpoint.parent_path().filename().native();
}

}  // namespace

TEST_CASE("A job that fails is tried three times, and the others are done", "[train]") {
  const TempFolder folder;
  std::map<std::string, std::atomic<int>> tries;
  for (const char* name : {"job0", "job1", "job2", "job3"}) tries[name] = 0;
  const TrainJob train = [&](const RunOptions& run, const Callbacks&) -> RunResult {
    ++tries.at(job_name(run));
    check(job_name(run) != "job1", "test", "no space left");
    return result_of(job_name(run));
  };
  List list(folder, 4);
  list.ends = false;
  std::vector<std::string> notes;
  {
    Claims claims(folder.path);
    CHECK(run_jobs(list, train, {.claims = &claims},
                   {.note = [&](const std::string& text) { notes.push_back(text); }}));
  }
  CHECK(tries["job1"] == kFailures);
  CHECK(list.hashes.size() == 3);
  CHECK_THAT(list.errors.at(1), ContainsSubstring("no space left"));
  CHECK(notes.size() == kFailures - 1);
  CHECK(failures_of(folder / "job1").size() == kFailures);

  // Whoever is at work beside them takes the failure for what it is.
  List beside(folder, 4);
  {
    Claims alive(folder.path), claims(folder.path);
    fs::copy_file(folder / "workers" / alive.worker(),
                  folder / "workers" / failures_of(folder / "job1").front().worker);
    CHECK_THROWS_WITH(run_jobs(beside, train, {.claims = &claims}, {}),
                      ContainsSubstring("no space left"));
    fs::remove(folder / "workers" / failures_of(folder / "job1").front().worker);
  }
  CHECK(tries["job1"] == kFailures);
  // A new start tries again, since nobody who failed is there any more.
  List again(folder, 4);
  Claims claims(folder.path);
  CHECK_THROWS_AS(run_jobs(again, train, {.claims = &claims}, {}), Error);
  CHECK(tries["job1"] == 2 * kFailures);
}

TEST_CASE("What others do is waited for, or left to them", "[train]") {
  const TempFolder folder;
  auto other = std::make_unique<Claims>(folder.path);
  fs::create_directories(folder / "job2");
  REQUIRE(other->take(folder / "job2"));
  const TrainJob train = [&](const RunOptions& run, const Callbacks&) {
    return result_of(job_name(run));
  };
  Claims claims(folder.path);
  CHECK_FALSE(claims.began_alone());
  List left(folder, 4);
  CHECK_FALSE(run_jobs(left, train, {.claims = &claims, .wait = false}, {}));
  CHECK(left.ours == 3);
  CHECK_FALSE(left.hashes.contains(2));
  other.reset();
  List rest(folder, 4);
  CHECK(run_jobs(rest, train, {.claims = &claims, .wait = false}, {}));
  CHECK(rest.ours == 1);
  CHECK(rest.hashes.size() == 4);
}

TEST_CASE("Who was thought dead leaves no trace on another's result", "[train]") {
  const TempFolder folder;
  Claims claims(folder.path);
  const TrainJob train = [&](const RunOptions& run, const Callbacks&) {
    // While we were suspended another has done it all.
    const fs::path job = run.checkpoint.parent_path();
    write_file(job / "claim2", "another", "test");
    write_file(job / "result.json", to_json(result_of("theirs")), "test");
    write_file(run.checkpoint, "old", "test");
    return result_of("ours");
  };
  List list(folder, 1);
  CHECK(run_jobs(list, train, {.claims = &claims}, {}));
  CHECK(list.hashes.at(0) == "theirs");
  CHECK_FALSE(fs::exists(folder / "job0" / "checkpoint"));
}
