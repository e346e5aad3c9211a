// Several processes at the same experiment: they share its trainings out, and the outcome is that
// of one process, whoever dies.
#include <sonant/core/file.h>
#include <sonant/train/experiment/cross_validation.h>
#include <sonant/train/search/study.h>

#include <map>
#include <thread>

#include "apps/six_speakers.h"
#include "train/same_study.h"

using namespace sonant;
namespace fs = std::filesystem;

namespace {

Words cv_words(const fs::path& out) {
  return {"cv",           "--quiet",    "--data",    six_speakers_manifest(),
          "--model",      "lstm-sa-h4", "--epochs",  "6",
          "--batch-size", "32",         "--seeds",   "2",
          "--out",        out,          "--threads", "1"};
}

Words tune_words(const TempFolder& out) {
  write_file(out / "space.toml", std::string_view("[lr]\ntype='log'\nlow=1e-4\nhigh=3e-2\n"),
             "test");
  return {"tune",         "--quiet",
          "--data",       six_speakers_manifest(),
          "--model",      "lstm-sa-h4",
          "--epochs",     "3",
          "--batch-size", "32",
          "--space",      out / "space.toml",
          "--trials",     "6",
          "--workers",    "3",
          "--study",      out / "s.sqlite",
          "--threads",    "1"};
}

// At once; the first is killed after so long, if asked.
std::vector<Outcome> side_by_side(const Words& words, int processes, int kill_first_ms = -1) {
  std::vector<Outcome> outcomes(static_cast<std::size_t>(processes));
  std::vector<std::thread> threads;
  for (int i = 0; i < processes; ++i)
    threads.emplace_back([&, i] {
      ::RunOptions options;
      if (i == 0) options.kill_after_ms = kill_first_ms;
      outcomes[static_cast<std::size_t>(i)] = run_sonant(words, options);
    });
  for (std::thread& t : threads) t.join();
  return outcomes;
}

CvResult result_in(const fs::path& out) {
  return cv_from_json(read_text(out / "cv.json", "test"), "cv.json");
}

void check_same(const CvResult& a, const CvResult& b) {
  REQUIRE(a.jobs.size() == b.jobs.size());
  for (std::size_t i = 0; i < a.jobs.size(); ++i) {
    CHECK(a.jobs[i].fold == b.jobs[i].fold);
    CHECK(a.jobs[i].seed == b.jobs[i].seed);
    CHECK(a.jobs[i].weights_hash == b.jobs[i].weights_hash);
  }
  CHECK(a.confusion == b.confusion);
  CHECK(a.figure.mean == b.figure.mean);
}

}  // namespace

TEST_CASE("Processes that share a cross-validation give what one gives", "[apps]") {
  const TempFolder alone, together, killed;
  REQUIRE(run_sonant(cv_words(alone / "cv")).status == 0);
  const CvResult expected = result_in(alone / "cv");

  std::size_t found = 0;
  for (const Outcome& o : side_by_side(with(cv_words(together / "cv"), {"--json"}), 3)) {
    INFO(o.err);
    CHECK(o.status == 0);
    found += static_cast<std::size_t>(cv_from_json(o.out, "stdout").resumed_jobs);
  }
  check_same(result_in(together / "cv"), expected);
  // What one has trained the two others have found.
  CHECK(found == 2 * expected.jobs.size());

  const auto outcomes = side_by_side(cv_words(killed / "cv"), 2, 700);
  CHECK(outcomes[1].status == 0);
  check_same(result_in(killed / "cv"), expected);
  CHECK(run_sonant(cv_words(killed / "cv")).status == 0);
  CHECK(fs::is_empty(killed / "cv" / "workers"));
  for (const auto& file : fs::recursive_directory_iterator(killed / "cv"))
    CHECK(file.path().filename().native().find("claim") == std::string::npos);
}

TEST_CASE("Processes that share a search give the study that one gives", "[apps]") {
  const TempFolder alone, together, killed;
  REQUIRE(run_sonant(tune_words(alone)).status == 0);
  const Study expected = read_study(alone / "s.sqlite");
  REQUIRE(expected.count(TrialState::complete) == 6);

  for (const Outcome& o : side_by_side(tune_words(together), 3)) {
    INFO(o.err);
    CHECK(o.status == 0);
  }
  test::check_same_study(read_study(together / "s.sqlite"), expected);

  // Whoever writes the study dies, and another goes on writing it.
  const auto outcomes = side_by_side(tune_words(killed), 2, 700);
  INFO(outcomes[1].err);
  CHECK(outcomes[1].status == 0);
  test::check_same_study(read_study(killed / "s.sqlite"), expected);
}
