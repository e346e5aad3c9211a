// The experiment as a user runs it: killed again and again, it ends as if nothing had happened.
#include <sonant/core/file.h>
#include <sonant/core/random.h>
#include <sonant/train/experiment/cross_validation.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "apps/synthetic.h"

using namespace sonant;
using Words = std::vector<std::string>;

namespace {

Words cv_words(const TempFolder& out, const Words& more = {}) {
  Words words{"cv",           "--quiet",    "--data",   corpus() / "synthetic",
              "--model",      "lstm-sa-h8", "--epochs", "30",
              "--batch-size", "32",         "--seeds",  "2",
              "--out",        out / "cv"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

CvResult result_in(const TempFolder& out) {
  return cv_from_json(read_text(out / "cv" / "cv.json", "test"), "cv.json");
}

}  // namespace

TEST_CASE("an experiment killed at random moments ends as the undisturbed one", "[apps]") {
  const TempFolder once, whole, killed;
  REQUIRE(run_sonant(cv_words(once, {"--epochs", "1"})).status == 0);  // features are cached now
  const auto start = std::chrono::steady_clock::now();
  const Outcome undisturbed = run_sonant(cv_words(whole));
  INFO(undisturbed.err);
  REQUIRE(undisturbed.status == 0);
  CHECK_THAT(undisturbed.out, ContainsSubstring("UAR"));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;

  const Random random(20, 0);
  ::RunOptions kill;
  int kills = 0;
  for (std::uint64_t i = 0; i < kKills; ++i) {
    // Early and late moments of what is left to do; the work gets shorter as jobs get done.
    const double share = random.uniform(i);
    kill.kill_after_ms = static_cast<int>(took.count() * share * share * 0.5) + 20;
    const Outcome outcome = run_sonant(cv_words(killed, {"--checkpoint-every", "0.05"}), kill);
    if (outcome.status == 0) break;
    REQUIRE(outcome.status == 128 + 9);
    ++kills;
  }
  CHECK(kills > 2);
  REQUIRE(run_sonant(cv_words(killed)).status == 0);
  const CvResult a = result_in(whole), b = result_in(killed);
  REQUIRE(a.jobs.size() == 10);
  REQUIRE(b.jobs.size() == 10);
  for (std::size_t i = 0; i < a.jobs.size(); ++i) {
    CHECK(a.jobs[i].weights_hash == b.jobs[i].weights_hash);
    REQUIRE(a.jobs[i].epochs.size() == b.jobs[i].epochs.size());
    for (std::size_t e = 0; e < a.jobs[i].epochs.size(); ++e)
      CHECK(a.jobs[i].epochs[e].weights_hash == b.jobs[i].epochs[e].weights_hash);
  }
  CHECK(a.figure.mean == b.figure.mean);
  CHECK(a.confusion == b.confusion);
}

TEST_CASE("hyperparameters come from flags, then the file", "[apps]") {
  const TempFolder out;
  write_file(out / "c.toml", "lr = 0.004\nbatch_size = 16\nprotocol = \"paper\"\nepochs = 1\n",
             "test");
  const Outcome done =
      run_sonant({"cv", "--quiet", "--data", corpus() / "synthetic", "--model", "lstm-sa-h8",
                  "--seeds", "1", "--out", out / "cv", "--config", out / "c.toml", "--batch-size",
                  "64", "--folds", "4", "--result", out / "r.json"});
  INFO(done.err);
  REQUIRE(done.status == 0);
  const TrainConfig config = result_in(out).config;
  CHECK(config.lr == 0.004);
  CHECK(config.batch_size == 64);
  CHECK(config.epochs == 1);
  CHECK(config.protocol == "krasnoproshin2026");
  CHECK(config.folds == 4);
  // The experiment, and what this call took of it.
  const Json called = Json::parse(read_text(out / "r.json", "test"));
  const Json kept = Json::parse(read_text(out / "cv" / "cv.json", "test"));
  for (const auto& [key, value] : kept.items()) CHECK(called.at(key).dump() == value.dump());
  CHECK(called.contains("seconds"));
  CHECK_FALSE(kept.contains("seconds"));
}

TEST_CASE("an experiment says who chose its epochs", "[apps]") {
  const TempFolder out;
  const Outcome done =
      run_sonant(cv_words(out, {"--epochs", "1", "--seeds", "1", "--protocol", "oracle"}));
  INFO(done.err);
  REQUIRE(done.status == 0);
  CHECK_THAT(done.out, ContainsSubstring("test UAR of folds") &&
                           ContainsSubstring("leaks: the test speakers choose the epoch") &&
                           !ContainsSubstring("choose UAR"));
  CHECK_THAT(read_text(out / "cv" / "cv.json", "test"),
             ContainsSubstring("\"chosen_by\": \"test\""));
  const Outcome table = run_sonant({"table", "--runs", out / "cv"});
  CHECK_THAT(table.out, ContainsSubstring("leaks: the test speakers choose the epoch") &&
                            !ContainsSubstring("Published") && !ContainsSubstring("Ibrahim"));
}

TEST_CASE("experiments are compared, in every format", "[apps]") {
  const TempFolder one, two;
  REQUIRE(run_sonant(cv_words(one, {"--epochs", "2"})).status == 0);
  REQUIRE(run_sonant(cv_words(two, {"--epochs", "2", "--lr", "0.01"})).status == 0);
  const Words runs{"table", one / "cv", two / "cv"};
  const auto table = [&](Words more) {
    more.insert(more.begin(), runs.begin(), runs.end());
    const Outcome outcome = run_sonant(more);
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    return outcome.out;
  };
  const std::string base = one / "cv", text = table({"--baseline", base});
  CHECK_THAT(text, ContainsSubstring("UAR less that of " + base + ":\n") &&
                       ContainsSubstring("paired sign-flip permutation test over 24 speakers, ") &&
                       ContainsSubstring("9,999 resamples of 24 speakers"));
  // The baseline need not be named twice.
  CHECK(run_sonant({"table", two / "cv", "--baseline", base}).out == text);
  CHECK_THAT(table({"--format", "latex"}),
             ContainsSubstring("\\begin{tabular}{ll") && ContainsSubstring("\n% p: paired"));
  CHECK_THAT(table({"--format", "markdown"}), ContainsSubstring("|---|---|---:|"));
  const std::string csv = table({"--format", "csv"});
  CHECK_THAT(csv, ContainsSubstring("uar_low,uar_high") && ContainsSubstring(", exact\""));
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 3);
  CHECK(table({"--json"}) == table({"--format", "json"}));
  const Outcome wrong = run_sonant({"table", one / "cv", "--baseline", one / "none"});
  CHECK(wrong.status == 1);
  CHECK(wrong.one_line_error());

  REQUIRE(run_sonant({"report", one / "cv", two / "cv", "--out", one / "r.html"}).status == 0);
  CHECK_THAT(read_text(one / "r.html", "test"),
             ContainsSubstring("<h2>Comparison</h2>") && ContainsSubstring("<h2>Speakers</h2>"));
  const Outcome alone =
      run_sonant({"report", one / "cv/jobs/fold0_seed1", two / "cv", "--out", one / "s.html"});
  CHECK(alone.status == 1);
  CHECK_THAT(alone.err, ContainsSubstring("expected alone"));
}

TEST_CASE("what an experiment cannot be is refused in one line", "[apps]") {
  const TempFolder out;
  write_file(out / "bad.toml", "learning_rate = 1\n", "test");
  const auto refused = [&](const Words& more, int status, const std::string& part) {
    const Outcome outcome = run_sonant(cv_words(out, more));
    INFO(outcome.err);
    CHECK(outcome.status == status);
    CHECK(outcome.one_line_error());
    CHECK_THAT(outcome.err, ContainsSubstring(part));
  };
  refused({"--seeds", "0"}, 2, "at least 1");
  refused({"--config", out / "bad.toml"}, 2, "bad.toml:1:1");
  refused({"--protocol", "none"}, 2, "--protocol");
  refused({"--fold", "1"}, 2, "--fold");
  refused({"--out", "/proc/none"}, 1, "/proc/none");
  refused({"--result", "/nonexistent/r.json"}, 1, "/nonexistent");
}
