// sonant tune as a user runs it: killed, interrupted, refused.
#include <sonant/core/file.h>
#include <sonant/core/random.h>
#include <sonant/train/experiment/config_file.h>
#include <sonant/train/search/study.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "apps/synthetic.h"
#include "train/same_study.h"

using namespace sonant;
using Words = std::vector<std::string>;

namespace {

// Of each speaker and emotion one file, so that all folds are small.
const TempFolder& small_corpus() {
  static const TempFolder folder;
  static const bool thinned = [] {
    render_corpus(folder);
    std::vector<std::filesystem::path> others;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder.path)) {
      const std::string name = file.path().stem().string();
      if (name.rfind("03-01-", 0) == 0 && name.substr(9, 5) != "01-01") others.push_back(file);
    }
    for (const auto& path : others) std::filesystem::remove(path);
    return !others.empty();
  }();
  REQUIRE(thinned);
  return folder;
}

Words tune_words(const TempFolder& out, const Words& more = {}) {
  write_file(out / "space.toml",
             std::string_view("[lr]\ntype='log'\nlow=1e-4\nhigh=3e-2\n"
                              "[batch_size]\ntype='categorical'\nchoices=[32,64]\n"),
             "test");
  Words words{"tune",       "--quiet",
              "--data",     small_corpus() / "synthetic",
              "--cache",    small_corpus() / "cache",
              "--model",    "lstm-sa-h4",
              "--protocol", "paper",
              "--epochs",   "2",
              "--space",    out / "space.toml",
              "--trials",   "14",
              "--pruner",   "median",
              "--study",    out / "s.sqlite",
              "--out",      out / "best.toml"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("a search killed at twenty moments ends as an undisturbed one", "[apps]") {
  const TempFolder cached, whole, killed;
  REQUIRE(run_sonant(tune_words(cached, {"--trials", "1"})).status == 0);  // the features, too
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(run_sonant(tune_words(whole)).status == 0);
  const double ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  const Study expected = read_study(whole / "s.sqlite");
  CHECK(expected.trials.size() == 14);
  CHECK(expected.best() != nullptr);

  const Random random(3);
  RunOptions kill;
  for (int kills = 0, runs = 0; kills < kKills; ++runs) {
    const double share = random.uniform(static_cast<std::uint64_t>(runs));
    kill.kill_after_ms = static_cast<int>(0.3 * ms * share);  // late enough to get on
    const Outcome outcome = run_sonant(tune_words(killed), kill);
    INFO(outcome.err);
    REQUIRE((outcome.status == 0 || outcome.status == 128 + 9));
    kills += outcome.status != 0;
    if (outcome.status != 0) continue;
    test::check_same_study(read_study(killed / "s.sqlite"), expected);  // got there: once more
    std::filesystem::remove(killed / "s.sqlite");
  }
  REQUIRE(run_sonant(tune_words(killed)).status == 0);
  test::check_same_study(read_study(killed / "s.sqlite"), expected);
  TrainConfig a, b;
  read_config_file(whole / "best.toml", a);
  read_config_file(killed / "best.toml", b);
  CHECK(a == b);
  CHECK(a.lr == expected.best()->parameters.at("lr"));
  CHECK(a.protocol == "krasnoproshin2026");
}

TEST_CASE("Ctrl-C leaves a study to go on with, and status 130", "[apps]") {
  const TempFolder out;
  RunOptions interrupt;
  interrupt.interrupt_when_exists = out / "s.sqlite";
  const Outcome stopped = run_sonant(tune_words(out, {"--epochs", "100000"}), interrupt);
  INFO(stopped.err);
  CHECK(stopped.status == 130);
  CHECK_THAT(stopped.err, ContainsSubstring("the same command goes on"));
  CHECK(read_study(out / "s.sqlite").name == "lstm-sa-h4-krasnoproshin2026");
  CHECK_FALSE(std::filesystem::exists(out / "best.toml"));
}

TEST_CASE("the result says how it was chosen", "[apps]") {
  const TempFolder out;
  const Words few{"--trials", "2", "--epochs", "1"};
  Words loud = tune_words(out, few);
  loud.erase(std::find(loud.begin(), loud.end(), "--quiet"));
  const Outcome paper = run_sonant(loud);
  INFO(paper.err);
  REQUIRE(paper.status == 0);
  CHECK_THAT(paper.err, ContainsSubstring("trial   0  0."));  // a line per trial, for a log
  CHECK_THAT(paper.err, !ContainsSubstring("0:00 left"));
  CHECK(paper.err.find('\r') == std::string::npos);
  CHECK_THAT(paper.out, ContainsSubstring(
                            "warning: hyperparameters are chosen by the UAR on the test speakers"));
  CHECK_THAT(paper.out, ContainsSubstring("pooled test UAR"));
  Words words = few;
  words.insert(words.end(), {"--protocol", "strict", "--json"});
  const Outcome strict = run_sonant(tune_words(out, words));
  REQUIRE(strict.status == 0);
  CHECK_THAT(strict.out, ContainsSubstring("\"protocol\": \"speaker-folds\""));
  CHECK_THAT(strict.out, ContainsSubstring("\"trials\": 2"));
  CHECK(strict.out.find("warning") == std::string::npos);
  CHECK_THAT(strict.out, ContainsSubstring("\"epoch\": \"choose\"") &&
                             ContainsSubstring("\"hyperparameters\": \"choose\""));
  words = few;
  words.insert(words.end(), {"--protocol", "oracle", "--study", out / "oracle.sqlite", "--json",
                             "--out", out / "oracle.toml"});
  const Outcome oracle = run_sonant(tune_words(out, words));
  REQUIRE(oracle.status == 0);
  CHECK_THAT(oracle.out, ContainsSubstring("\"epoch\": \"test\"") &&
                             ContainsSubstring("\"hyperparameters\": \"test\"") &&
                             ContainsSubstring("leaks: the test speakers choose the epoch"));
  CHECK_THAT(read_text(out / "oracle.toml", "test"), ContainsSubstring("test-chooses, 1 epoch\n"));
  CHECK(study_names(out / "s.sqlite") == Words{"lstm-sa-h4-krasnoproshin2026", "lstm-sa-h4-usual"});
}

TEST_CASE("a search that cannot be is refused with one line", "[apps]") {
  const TempFolder out;
  const auto refused = [&](const Words& words, const std::string& part, int status = 1) {
    const Outcome outcome = run_sonant(words);
    INFO(outcome.err);
    CHECK(outcome.status == status);
    CHECK(outcome.one_line_error());
    CHECK_THAT(outcome.err, ContainsSubstring(part));
  };
  refused({"tune", "--study", out / "s.sqlite"}, "--data", 2);
  refused(tune_words(out, {"--space", "nowhere"}), "nowhere", 2);
  refused(tune_words(out, {"--lr", "0.1"}), "--lr is searched", 2);
  refused(tune_words(out, {"--trials", "0"}), "trials", 2);
  refused(tune_words(out, {"--out", "/nonexistent/best.toml"}), "/nonexistent");
  refused(tune_words(out, {"--study", "/nonexistent/s.sqlite"}), "/nonexistent");
  refused(tune_words(out, {"--model", "nothing"}), "nothing", 2);
  write_file(out / "s.sqlite", std::string_view("no study at all, but long enough to look"),
             "test");
  refused(tune_words(out), "s.sqlite: is not an SQLite database");
  const Outcome space = run_sonant({"tune", "--print-space", "slides"});
  CHECK(space.status == 0);
  CHECK_THAT(space.out, ContainsSubstring("low = 3e-5"));
}
