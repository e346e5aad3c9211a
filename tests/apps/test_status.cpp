// sonant status, and how a run that a batch system stops ends.
#include <sonant/core/file.h>
#include <sonant/core/json.h>

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "apps/six_speakers.h"

using namespace sonant;
namespace fs = std::filesystem;

namespace {

Words cv_words(const TempFolder& folder, const Words& more = {}) {
  return with({"cv", "-q", "--data", six_speakers_manifest(), "--model", "lstm-sa-h4", "--epochs",
               "2", "--batch-size", "32", "--seeds", "1", "--out", folder / "cv"},
              more);
}

Json status_of(const std::string& path) {
  const Outcome outcome = run_sonant({"status", path, "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  return Json::parse(outcome.out).at(0);
}

}  // namespace

TEST_CASE("status tells what is done, running and failed", "[apps]") {
  const TempFolder folder;
  const Outcome none = run_sonant({"status", folder / "cv"});
  CHECK(none.status == 1);
  CHECK(none.one_line_error());
  REQUIRE(run_sonant(cv_words(folder)).status == 0);
  Json status = status_of(folder / "cv");
  CHECK(status.at("all") == 5);
  CHECK(status.at("done") == 5);
  CHECK(status.at("running") == 0);
  CHECK(status.at("workers") == 0);
  CHECK(status.at("seconds_left") == 0);
  CHECK_THAT(run_sonant({"status", folder / "cv"}).out, ContainsSubstring("5 of 5 trainings done"));

  // A worker of another host has one, and one has failed.
  const fs::path jobs = folder / "cv" / "jobs";
  fs::remove(jobs / "fold0_seed1" / "result.json");
  write_file(jobs / "fold0_seed1" / "claim1", "far-1-abc", "test");
  write_file(folder / "cv" / "workers" / "far-1-abc", "{\"count\": 1}", "test");
  fs::remove(jobs / "fold1_seed1" / "result.json");
  for (const char* name : {"failed1.json", "failed2.json", "failed3.json"})
    write_file(jobs / "fold1_seed1" / name, R"({"worker": "far-2-abc", "error": "disk full"})",
               "test");
  status = status_of(folder / "cv");
  CHECK(status.at("done") == 3);
  CHECK(status.at("running") == 1);
  CHECK(status.at("failed") == 1);
  CHECK(status.at("seconds_left").get<double>() > 0);
  const std::string text = run_sonant({"status", folder / "cv"}).out;
  CHECK_THAT(text, ContainsSubstring("fold0_seed1  far-1-abc, heard 0 s ago"));
  CHECK_THAT(text, ContainsSubstring("fold1_seed1: failed 3 of 3 times: disk full"));
}

TEST_CASE("status of a search", "[apps]") {
  const TempFolder folder;
  write_file(folder / "space.toml", "[lr]\ntype='log'\nlow=1e-4\nhigh=3e-2\n", "test");
  const Words words{
      "tune",     "-q", "--data",  six_speakers_manifest(), "--model",      "lstm-sa-h4",
      "--epochs", "1",  "--space", folder / "space.toml",   "--batch-size", "32",
      "--trials", "2",  "--study", folder / "s.sqlite"};
  REQUIRE(run_sonant(words).status == 0);
  for (const char* path : {"s.sqlite", "s.sqlite.jobs"}) {
    const Json status = status_of(folder / path);
    CHECK(status.at("of") == "trials");
    CHECK(status.at("all") == 2);
    CHECK(status.at("done") == 2);
    CHECK(status.at("jobs").size() == 10);
  }
  // Made anew from the folder, to the same bytes.
  const std::string bytes = read_text(folder / "s.sqlite", "test");
  fs::remove(folder / "s.sqlite");
  REQUIRE(run_sonant(words).status == 0);
  CHECK(read_text(folder / "s.sqlite", "test") == bytes);
}

TEST_CASE("what batch systems send stops a run with a checkpoint", "[apps]") {
  for (const int signal : {SIGUSR1, SIGHUP, SIGXCPU, SIGTERM}) {
    INFO(signal);
    const TempFolder folder;
    const bool requeue = signal != SIGTERM;
    Words words = cv_words(folder, {"--epochs", "2000"});
    if (requeue) words.push_back("--requeue-exit");
    ::RunOptions options;
    options.signal = signal;
    options.interrupt_when_exists = folder / "cv" / "jobs" / "fold0_seed1" / "claim1";
    const Outcome outcome = run_sonant(words, options);
    INFO(outcome.err);
    CHECK(outcome.status == (requeue ? 75 : 128 + signal));
    CHECK(fs::exists(folder / "cv" / "jobs" / "fold0_seed1" / "checkpoint"));
    CHECK(fs::is_empty(folder / "cv" / "workers"));
  }
}
