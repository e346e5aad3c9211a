// A feature store in place of the sounds: by one process or several, for every command that learns.
#include <sonant/core/file.h>
#include <sonant/core/json.h>
#include <sonant/train/store_index.h>

#include <thread>

#include "apps/six_speakers.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;
namespace fs = std::filesystem;

namespace {

Words store_words(const fs::path& out) {
  return {"store", "--data", six_speakers_manifest(), "--out", out, "--shard-megabytes", "0.1"};
}

// Made once for all cases.
const fs::path& store() {
  static const TempFolder folder;
  static const fs::path path = folder / "store";
  static const Outcome outcome = run_sonant(store_words(path));
  REQUIRE(outcome.status == 0);
  return path;
}

Words training(const fs::path& data, const fs::path& out) {
  return {"train",    "-q", "--data",       data, "--model", "lstm-sa-h4",
          "--epochs", "2",  "--batch-size", "32", "--out",   out};
}

std::string weights_line(const std::string& out) {
  const auto at = out.find("weights ");
  return out.substr(at, out.find('\n', at) - at);
}

}  // namespace

TEST_CASE("A store that processes share is the one that one makes", "[apps][store]") {
  const TempFolder folder;
  const fs::path shared = folder / "store";
  std::vector<Outcome> outcomes(3);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    threads.emplace_back([&, i] {
      ::RunOptions options;
      if (i == 0) options.kill_after_ms = 300;
      outcomes[i] = run_sonant(store_words(shared), options);
    });
  for (std::thread& t : threads) t.join();
  for (std::size_t i = 1; i < outcomes.size(); ++i) {
    INFO(outcomes[i].err);
    CHECK(outcomes[i].status == 0);
  }
  for (const auto& file : fs::directory_iterator(store()))
    if (file.is_regular_file()) {
      INFO(file.path());
      CHECK(read_text(shared / file.path().filename(), "test") == read_text(file.path(), "test"));
    }
  CHECK_FALSE(fs::exists(shared / "jobs"));
  CHECK(has(run_sonant(store_words(shared)).out, ", 0 of them computed here"));
}

TEST_CASE("Commands that learn take a store for the sounds", "[apps][store]") {
  const TempFolder folder;
  const Outcome sounds = run_sonant(training(six_speakers_manifest(), folder / "a.st")),
                stored = run_sonant(training(store(), folder / "b.st"));
  INFO(stored.err);
  REQUIRE(stored.status == 0);
  CHECK(weights_line(stored.out) == weights_line(sounds.out));
  const Outcome judged = run_sonant(
      {"evaluate", "-q", "--model", folder / "b.st", "--data", store(), "--part", "test"});
  CHECK(judged.status == 0);
  CHECK(judged.out == run_sonant({"evaluate", "-q", "--model", folder / "a.st", "--data",
                                  six_speakers_manifest(), "--part", "test"})
                          .out);
  const Outcome cv =
      run_sonant({"cv", "-q", "--data", store(), "--model", "lstm-sa-h4", "--epochs", "1",
                  "--batch-size", "32", "--seeds", "1", "--window", "2", "--out", folder / "cv"});
  INFO(cv.err);
  CHECK(cv.status == 0);
  CHECK(has(read_text(folder / "cv" / "cv.json", "test"), "\"window\": 2"));
}

TEST_CASE("status tells how far a store is", "[apps][store]") {
  const auto status = [](const fs::path& of) {
    const Outcome outcome = run_sonant({"status", of, "--json"});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return Json::parse(outcome.out).at(0);
  };
  const Json whole = status(store());
  const auto shards = static_cast<int>(read_index(store()).shards.size());
  REQUIRE(shards > 3);
  CHECK(whole.at("of") == "shards");
  CHECK(whole.at("all") == shards);
  CHECK(whole.at("done") == shards);

  // One that is begun: a shard is done, a worker of another host has the next.
  const TempFolder folder;
  const fs::path begun = folder / "store", jobs = begun / "jobs";
  for (const fs::path& made : {jobs / "0", jobs / "1", begun / "workers"})
    fs::create_directories(made);
  fs::copy(store() / "plan.json", begun / "plan.json");
  write_file(jobs / "0" / "result.json", "{}", "test");
  write_file(jobs / "1" / "claim1", "far-1-abc", "test");
  write_file(begun / "workers" / "far-1-abc", "{\"count\": 1}", "test");
  const Json part = status(begun);
  CHECK(part.at("all") == shards);
  CHECK(part.at("done") == 1);
  CHECK(part.at("running") == 1);
  CHECK(part.at("workers") == 1);
  const std::string text = run_sonant({"status", begun}).out;
  CHECK(
      has(text, ": 1 of " + std::to_string(shards) + " shards done, 1 shard running in 1 process"));
}

TEST_CASE("What a store cannot give is one line", "[apps][store]") {
  const TempFolder folder;
  const auto refused = [](const Words& words, int status, const std::string& what) {
    const Outcome outcome = run_sonant(words);
    INFO(outcome.err);
    CHECK(outcome.status == status);
    CHECK(outcome.one_line_error());
    CHECK(has(outcome.err, what));
  };
  const fs::path model = folder / "m.st";
  refused(with(training(six_speakers_manifest(), model), {"--window", "2"}), 2,
          "expected 0, got 2");
  refused(with(training(store(), model), {"--window", "-1"}), 2, "--window");
  refused(with(training(store(), model), {"--hop", "1024"}), 1, "hop: 2048 there, 1024 here");
  refused(with(store_words(store()), {"--hop", "1024"}), 1, "hop: 2048 there, 1024 here");
  refused(with(store_words(folder / "s"), {"--shard-megabytes", "0"}), 2, "more than 0 MB");
  refused({"store", "--data", six_speakers_manifest(), "--out", six_speakers()}, 1,
          "is no feature store");
  const fs::path copy = folder / "copy";
  fs::copy(store(), copy);
  fs::resize_file(copy / "shard-0.npy", 1000);
  refused(training(copy, model), 1, "shard-0.npy: has 1000 bytes, of ");
  CHECK_FALSE(fs::exists(model));
}
