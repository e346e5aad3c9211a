// The pages about a cross-validation and a search, and how `sonant report` tells what it was given.
#include <sonant/core/file.h>
#include <sonant/train/report/html.h>
#include <sonant/train/report/parts.h>
#include <sonant/train/report/report.h>
#include <sonant/train/report/scatter.h>

#include <cmath>
#include <limits>

#include "support/catch.h"
#include "support/close.h"
#include "support/temp_folder.h"
#include "support/text.h"
#include "train/sample_result.h"

using namespace sonant;
using namespace sonant::test;
using namespace sonant::report;

namespace {

std::size_t count_in(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++n;
  return n;
}

Embeddings sample_embeddings(int files = 12) {
  Embeddings e{normal<float>({files, 5}, 1), normal<float>({files, 7}, 2), {}, {}};
  e.class_names = sample_result().data.class_names;
  for (int i = 0; i < files; ++i) e.labels.push_back(i % 4);
  return e;
}

CvResult sample_cv() {
  const RunResult run = sample_result();
  CvResult r;
  r.command = "sonant cv --data '<b>'";
  r.config = run.config;
  r.data.protocol = "speaker-folds";
  r.parameters = 46772;
  r.data = run.data;
  r.data.split = "2 folds by speaker";
  for (std::uint64_t seed : {7u, 8u}) {
    for (int fold : {0, 1})
      r.jobs.push_back({fold, seed, 3, 0.5, 0.25 + 0.25 * fold, 12, "00", run.epochs});
    r.seeds.push_back({seed, run.test.metrics, 0.5});
  }
  r.confusion = ConfusionMatrix(4);  // of both seeds
  for (const CvSeed& seed : r.seeds)
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) r.confusion.add(i, j, seed.test.confusion(i, j));
  r.figure = {0.6232, 0.0119, 0.6087, 0.6517};
  r.accuracy = r.choose_figure = r.figure;
  r.environment = run.environment;
  return r;
}

Study sample_study() {
  Study study;
  study.name = "<study>";
  study.user["protocol"] = "\"paper\"";
  Distribution lr, batch;
  lr.low = 1e-5;
  lr.high = 1e-1;
  lr.log = true;
  batch.kind = Distribution::Kind::categorical;
  batch.choices = {std::int64_t{16}, std::int64_t{32}, std::string("<all>")};
  for (int n = 0; n < 8; ++n) {
    Trial t;
    t.number = n;
    t.state = n == 5 ? TrialState::pruned : n == 6 ? TrialState::fail : TrialState::complete;
    t.parameters = {{"lr", std::pow(10.0, -5 + 0.5 * n)}, {"batch_size", n % 3}};
    t.distributions = {{"lr", lr}, {"batch_size", batch}};
    if (n != 6) t.value = n == 7 ? std::numeric_limits<double>::quiet_NaN() : 0.3 + 0.05 * (n % 4);
    study.trials.push_back(t);
  }
  return study;
}

}  // namespace

TEST_CASE("The page of a cross-validation has every fold, seed and class", "[train]") {
  const CvResult r = sample_cv();
  const std::string html =
      html_report(r, {{0, 7, sample_embeddings()}, {1, 7, sample_embeddings()}});
  CHECK(has(html, "62.3\u00a0\u00b1\u00a01.2\u00a0%"));
  CHECK(has(html, "65.2\u00a0%"));  // the best seed
  CHECK(has(html, "46,772 trainable parameters"));
  CHECK(count_in(html, ">Fold 0: ") == 2);  // UAR, cross-entropy
  CHECK(count_in(html, ">Fold 1: ") == 2);
  CHECK(count_in(html, "class=\"a thin\"") == 8);  // 2 folds, 2 seeds, 2 numbers
  CHECK(has(html, "Fold 0, seed 7"));
  CHECK(has(html, "&lt;neutral&gt;"));
  CHECK(!has(html, "<neutral>"));
  CHECK(!has(html, "<b>'"));
  CHECK(!has(html, "http"));
  CHECK(!has(html, "NaN"));
}

TEST_CASE("Counts on the page of a cross-validation are of one seed, everywhere", "[train]") {
  CvResult r = sample_cv();
  // 6 and 7 of the 15 files of happiness were named anger.
  ConfusionMatrix other(4);
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j)
      other.add(i, j,
                r.seeds[1].test.confusion(i, j) + (i == 1 ? j == 0   ? 1
                                                            : j == 1 ? -1
                                                                     : 0
                                                          : 0));
  r.seeds[1].test = compute_metrics(other);
  r.confusion.add(1, 0, 1);
  r.confusion.add(1, 1, -1);
  const std::string html = html_report(r);
  CHECK(has(html, "<td>happiness</td><td class=\"n\">15</td>"));  // recalls
  CHECK(has(html, ">6.5<small>43&nbsp;%</small>"));               // confusion matrix
  CHECK(has(html, "<td class=\"n\">6.5</td><td class=\"n\">43\u00a0%</td>"));
  CHECK(has(html, ">22<small>"));  // both seeds: not 22.0
  CHECK(!has(html, "All seeds together"));
  CHECK(count_in(html, "Means over the seeds") == 2);
}

TEST_CASE("The page of a cross-validation says who chose the epochs", "[train]") {
  CvResult r = sample_cv();
  CHECK(has(html_report(r), "choose UAR"));
  r.data.protocol = find_protocol("oracle").name;
  r.data.leaks = find_protocol("oracle").leaks;
  r.data.chooser = Chooser::test;
  const std::string html = html_report(r);
  CHECK(!has(html, "choose UAR"));
  CHECK(has(html, "test UAR, mean of the folds"));
  CHECK(has(html, "chosen by it"));
  CHECK(has(html, "leaks: the test speakers choose the epoch"));
}

TEST_CASE("The page of a search says who chose, hyperparameters and epochs", "[train]") {
  Study study = sample_study();
  CHECK(has(html_report(study), "hyperparameters are chosen by the UAR on the test speakers"));
  for (const char* protocol : {"\"oracle\"", "\"no-validation\""}) {
    study.user["protocol"] = protocol;
    CHECK(has(html_report(study), "leaks: the test speakers choose the epoch"));
  }
  study.user["protocol"] = "\"strict\"";
  CHECK(!has(html_report(study), "the test speakers"));
  study.user["protocol"] = "\"another tool's\"";
  CHECK(!has(html_report(study), "the test speakers"));
}

TEST_CASE("Every point of a chart has its shape on the page, once", "[train]") {
  const CvResult r = sample_cv();
  for (const std::string& html :
       {html_report(r, {{0, 7, sample_embeddings()}, {1, 7, sample_embeddings()}}),
        html_report(sample_study()), html_report(sample_result())})
    for (int look = 0; look < 8; ++look) {
      const std::string name = "look" + std::to_string(look);
      const bool used = has(html, "href=\"#" + name + "\"");
      const std::size_t there = count_in(html, "id=\"" + name + "\"");
      CHECK(there <= 1);
      if (used) CHECK(there == 1);
    }
}

TEST_CASE("A cross-validation that was stopped, or of one seed, is told as such", "[train]") {
  CvResult r = sample_cv();
  r.jobs.erase(r.jobs.begin() + 2, r.jobs.end());
  r.seeds.resize(1);
  CHECK(!has(html_report(r), "Thin: each"));
  r.jobs.resize(1);
  r.seeds.clear();
  r.interrupted = true;
  const std::string html = html_report(r);
  CHECK(has(html, "stopped before the end"));
  CHECK(!has(html, "Confusion"));
  r.jobs.clear();
  CHECK(has(html_report(r), "</html>"));
}

TEST_CASE("The page of a search has its history and each parameter", "[train]") {
  const Study study = sample_study();
  const std::string html = html_report(study, {{"lr", 0.75}, {"batch_size", 0.25}});
  CHECK(has(html, "&lt;study&gt;"));
  CHECK(has(html, "best pooled test UAR"));
  CHECK(has(html, "no estimate for new ones"));
  CHECK(has(html, "0.4500"));
  CHECK(has(html, "&lt;all&gt;"));
  CHECK(!has(html, "<all>"));
  CHECK(has(html, "75\u00a0%"));
  CHECK(has(html, "logarithmic"));
  CHECK(count_in(html, "<polyline class=\"") == 1 + 5);  // best so far; a line for a complete trial
  CHECK(!has(html, "nan,"));
  CHECK(!has(html, "NaN,"));
  CHECK(!has(html, "http"));
  CHECK(!has(html_report(study), "Importance"));
}

TEST_CASE("A search without a complete trial has a page, too", "[train]") {
  Study study = sample_study();
  for (Trial& trial : study.trials) trial.state = TrialState::fail;
  const std::string html = html_report(study);
  CHECK(has(html, "none"));
  CHECK(!has(html, "History"));
  CHECK(has(html, "</html>"));
}

TEST_CASE("Classes differ in shape as well as in colour", "[train]") {
  const std::string legend = looks_legend({{0, "a"}, {1, "b"}, {7, "<h>"}});
  CHECK(has(legend, "class=\"k0\" d=\"M-3.0,0.0a"));
  CHECK(has(legend, "class=\"k1\" d=\"M-2.7,-2.7h"));
  CHECK(has(legend, "&lt;h&gt;"));
  const std::string charts = pca_charts(sample_embeddings());
  CHECK(count_in(charts, "<figure>") == 2);
  CHECK(count_in(charts, "class=\"cloud k") == 8);
  CHECK(has(pca_charts(sample_embeddings(1)), "Too few"));
}

TEST_CASE("sonant report knows what it is given", "[train]") {
  const TempFolder folder;
  const auto refused = [&](const std::string& run, const std::string& part,
                           const std::filesystem::path& embeddings = {}) {
    CHECK_THROWS_WITH(html_report_of({run}, embeddings), ContainsSubstring(part));
  };
  RunResult r = sample_result();
  write_file(folder / "r.json", to_json(r), "test");
  CHECK(!has(html_report_of({folder / "r.json"}), "embeddings"));
  // Of other utterances: left out if they lie about, refused if asked for.
  save_embeddings(sample_embeddings(), folder / "embeddings.safetensors");
  CHECK(!has(html_report_of({folder / "r.json"}), "embeddings"));
  refused(folder / "r.json", "embeddings.safetensors: expected the embeddings of",
          folder / "embeddings.safetensors");
  r.test.predictions.resize(12);
  for (int i = 0; i < 12; ++i)
    r.test.predictions[static_cast<std::size_t>(i)] = {"x", i % 4, 0, {}};
  write_file(folder / "r.json", to_json(r), "test");
  CHECK(has(html_report_of({folder / "r.json"}), "embeddings"));

  refused(folder.path, "expected a folder of `sonant cv`");
  const auto job = job_folder(folder.path, 1, 7);
  std::filesystem::create_directories(job);
  save_embeddings(sample_embeddings(), job / "embeddings.safetensors");
  write_file(folder / "cv.json", to_json(sample_cv()), "test");
  CHECK(has(html_report_of({folder.path}), "Fold 1, seed 7"));
  CHECK(html_report_of({folder / "cv.json"}) == html_report_of({folder.path}));
  refused(folder.path, "expects --embeddings with", folder / "embeddings.safetensors");

  refused(folder / "none.json", "none.json");
  write_file(folder / "text", "hello", "test");
  refused(folder / "text", "expected the JSON result");
  write_file(folder / "half.sqlite", "SQLite format 3", "test");
  refused(folder / "half.sqlite", "half.sqlite");
}
