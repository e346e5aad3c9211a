// Every figure of a cross-validation, counted again from the predictions that its trainings wrote;
// and what an experiment says that was stopped on its way.
#include <sonant/core/file.h>
#include <sonant/core/parallel.h>
#include <sonant/train/experiment/cross_validation.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "support/catch.h"
#include "train/by_hand.h"
#include "train/small_run.h"

using namespace sonant;
using namespace sonant::test;
namespace fs = std::filesystem;
using Parsed = nlohmann::json;  // not what wrote it

namespace {

constexpr int kFolds = 5;

// The tones without their split column, of which every speaker but the last has lost some: folds of
// unequal size, classes of unequal frequency.
const fs::path& tones() {
  static const TempFolder folder;
  static const fs::path manifest = [] {
    std::ifstream with(write_tones(folder));
    std::ofstream without(folder / "folds.csv");
    int n = 0;
    for (std::string line; std::getline(with, line); ++n)
      if (n == 0 || n % 7 != 3) without << line.substr(0, line.rfind(',')) << '\n';
    return folder / "folds.csv";
  }();
  return manifest;
}

CvOptions options_in(const TempFolder& folder, int seeds = 2) {
  CvOptions options;
  options.run.data = tones();
  options.run.features = tone_features();
  options.run.config = small_config();
  options.run.config.seed = 3;
  options.run.config.lr = 0.003;
  options.seeds = seeds;
  options.out = folder / "cv";
  return options;
}

// What a training wrote, read without what wrote it.
Parsed written(const CvOptions& options, int fold, std::uint64_t seed) {
  return Parsed::parse(read_text(job_folder(options.out, fold, seed) / "result.json", "test"));
}

struct Pooled {
  std::vector<int> labels, predicted;
  std::vector<std::string> files;
  double uar() const { return uar_by_hand(labels, predicted); }
  double accuracy() const {
    double right = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) right += labels[i] == predicted[i];
    return right / static_cast<double>(labels.size());
  }
  std::int64_t count(int label, int named) const {
    std::int64_t n = 0;
    for (std::size_t i = 0; i < labels.size(); ++i)
      n += labels[i] == label && predicted[i] == named;
    return n;
  }
};

void add_predictions(Pooled& pooled, const Parsed& run) {
  const auto names = run.at("data").at("class_names").get<std::vector<std::string>>();
  const auto index = [&](const Parsed& name) {
    return static_cast<int>(std::find(names.begin(), names.end(), name.get<std::string>()) -
                            names.begin());
  };
  for (const Parsed& p : run.at("test").at("predictions")) {
    pooled.files.push_back(p.at("file"));
    pooled.labels.push_back(index(p.at("label")));
    pooled.predicted.push_back(index(p.at("predicted")));
  }
}

Pooled pooled_of(const CvOptions& options, std::uint64_t seed) {
  Pooled pooled;
  for (int fold = 0; fold < kFolds; ++fold) add_predictions(pooled, written(options, fold, seed));
  return pooled;
}

void check_counts(const ConfusionMatrix& counts, const std::vector<Pooled>& all) {
  for (int label = 0; label < kToneClasses; ++label)
    for (int named = 0; named < kToneClasses; ++named) {
      std::int64_t sum = 0;
      for (const Pooled& pooled : all) sum += pooled.count(label, named);
      CHECK(counts(label, named) == sum);
    }
}

// By the manifest's speakers.
void check_speakers(const CvSeed& seed, const Pooled& pooled) {
  const Corpus corpus = open_corpus(tones());
  std::map<int, std::string> names;
  for (const Clip& clip : corpus.clips) names[clip.speaker] = clip.speaker_name;
  REQUIRE(seed.speakers.size() == names.size());
  std::size_t k = 0;
  for (const auto& [number, name] : names) {
    const SpeakerCounts& speaker = seed.speakers[k++];
    CHECK(speaker.speaker == name);
    Pooled alone;
    for (std::size_t i = 0; i < pooled.labels.size(); ++i) {
      const auto clip = std::find_if(corpus.clips.begin(), corpus.clips.end(), [&](const Clip& c) {
        return c.path.native() == pooled.files[i];
      });
      REQUIRE(clip != corpus.clips.end());
      if (clip->speaker != number) continue;
      alone.labels.push_back(pooled.labels[i]);
      alone.predicted.push_back(pooled.predicted[i]);
    }
    CHECK(speaker.counts.total() > 0);
    check_counts(speaker.counts, {alone});
  }
}

// Of the population, from the two or more values themselves.
void check_spread(const Spread& s, const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (double v : values) sum += v, squares += v * v;
  const double n = static_cast<double>(values.size()), mean = sum / n;
  CHECK(s.mean == Approx(mean).epsilon(1e-12));
  CHECK(s.stddev == Approx(std::sqrt(std::max(0.0, squares / n - mean * mean))).margin(1e-7));
  CHECK(s.min == Approx(*std::min_element(values.begin(), values.end())).epsilon(1e-12));
  CHECK(s.max == Approx(*std::max_element(values.begin(), values.end())).epsilon(1e-12));
}

void check_jobs(const CvResult& r, const CvOptions& options) {
  double seconds = 0;
  for (const CvJob& job : r.jobs) {
    const Parsed run = written(options, job.fold, job.seed);
    Pooled alone;
    add_predictions(alone, run);
    CHECK(job.test_figure == Approx(alone.uar()).epsilon(1e-12));
    CHECK(job.best_epoch == run.at("best").at("epoch"));
    const Parsed& best = run.at("epochs").at(static_cast<std::size_t>(job.best_epoch - 1));
    CHECK(job.choose_figure == best.at("choose_uar"));
    CHECK(best.at("weights_hash") == job.weights_hash);
    REQUIRE(job.epochs.size() == run.at("epochs").size());
    double of_job = 0;
    for (const Parsed& epoch : run.at("epochs")) of_job += epoch.at("seconds").get<double>();
    CHECK(job.seconds == Approx(of_job));
    CHECK(r.parameters == run.at("parameters"));
    seconds += of_job;
  }
  CHECK(r.cpu_seconds == Approx(seconds));
}

void check_json(const CvResult& r) {
  const Parsed json = Parsed::parse(to_json(r, true));
  const auto spread = [&](const char* name, const Spread& s) {
    const Parsed& j = json.at(name);
    CHECK(j.at("mean") == s.mean);
    CHECK(j.at("std") == s.stddev);
    CHECK(j.at("min") == s.min);
    CHECK(j.at("max") == s.max);
  };
  spread("uar", r.figure);
  spread("accuracy", r.accuracy);
  spread("choose_uar", r.choose_figure);
  CHECK(json.at("parameters") == r.parameters);
  CHECK(json.at("seconds") == r.seconds);
  CHECK(json.at("cpu_seconds") == r.cpu_seconds);
  CHECK(json.at("resumed_jobs") == r.resumed_jobs);
  CHECK(json.at("interrupted") == r.interrupted);
  REQUIRE(json.at("seeds").size() == r.seeds.size());
  for (std::size_t s = 0; s < r.seeds.size(); ++s) {
    const Parsed& seed = json.at("seeds").at(s);
    CHECK(seed.at("seed") == r.seeds[s].seed);
    CHECK(seed.at("uar") == r.seeds[s].test.uar);
    CHECK(seed.at("accuracy") == r.seeds[s].test.accuracy);
    CHECK(seed.at("choose_uar") == r.seeds[s].choose_figure);
  }
  REQUIRE(json.at("jobs").size() == r.jobs.size());
  for (std::size_t i = 0; i < r.jobs.size(); ++i) {
    const Parsed& job = json.at("jobs").at(i);
    CHECK(job.at("fold") == r.jobs[i].fold);
    CHECK(job.at("seed") == r.jobs[i].seed);
    CHECK(job.at("best_epoch") == r.jobs[i].best_epoch);
    CHECK(job.at("choose_uar") == r.jobs[i].choose_figure);
    CHECK(job.at("test_uar") == r.jobs[i].test_figure);
    CHECK(job.at("seconds") == r.jobs[i].seconds);
  }
  for (int label = 0; label < r.confusion.classes(); ++label)
    for (int named = 0; named < r.confusion.classes(); ++named)
      CHECK(json.at("confusion")
                .at(static_cast<std::size_t>(label))
                .at(static_cast<std::size_t>(named)) == r.confusion(label, named));
}

// Figures of the seeds that are whole.
void check_figures(const CvResult& r, const CvOptions& options, std::size_t whole_seeds) {
  REQUIRE(r.seeds.size() == whole_seeds);
  std::vector<Pooled> all;
  std::vector<double> uar, accuracy, choose_figure;
  for (std::size_t s = 0; s < whole_seeds; ++s) {
    const CvSeed& seed = r.seeds[s];
    CHECK(seed.seed == 3 + s);
    const Pooled& pooled = all.emplace_back(pooled_of(options, seed.seed));
    CHECK(seed.test.uar == Approx(pooled.uar()).epsilon(1e-12));
    CHECK(seed.test.accuracy == Approx(pooled.accuracy()).epsilon(1e-12));
    CHECK(seed.test.count == static_cast<std::int64_t>(pooled.labels.size()));
    check_counts(seed.test.confusion, {pooled});
    check_speakers(seed, pooled);
    double sum = 0;
    for (int fold = 0; fold < kFolds; ++fold)
      sum += written(options, fold, seed.seed).at("best").at("choose_uar").get<double>();
    CHECK(seed.choose_figure == Approx(sum / kFolds).epsilon(1e-12));
    uar.push_back(pooled.uar());
    accuracy.push_back(pooled.accuracy());
    choose_figure.push_back(sum / kFolds);
  }
  if (whole_seeds > 0) {
    check_spread(r.figure, uar);
    check_spread(r.accuracy, accuracy);
    check_spread(r.choose_figure, choose_figure);
    check_counts(r.confusion, all);
  } else {
    CHECK(r.confusion.total() == 0);
    CHECK(r.figure.mean == 0);
  }
  check_jobs(r, options);
  check_json(r);
}

struct Threads {
  int before = num_threads();
  explicit Threads(int n) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
};

// Until so many trainings are done; one after the other, so that it is known which.
CvResult stopped_after(const CvOptions& options, int jobs) {
  const Threads one(1);
  int done = 0;
  Callbacks callbacks;
  callbacks.jobs = [&](const CvProgress& p) { done = p.jobs_done; };
  callbacks.stop = [&] { return done >= jobs; };
  return cross_validate(options, callbacks);
}

}  // namespace

TEST_CASE("Every figure of an experiment is that of the predictions it wrote", "[train]") {
  const TempFolder folder;
  const CvOptions options = options_in(folder, 3);
  const Corpus corpus = open_corpus(tones());
  REQUIRE(split_count(usual_protocol(corpus), corpus) == kFolds);
  std::vector<CvProgress> told;
  const CvResult r =
      cross_validate(options, {.jobs = [&](const CvProgress& p) { told.push_back(p); }});
  CHECK_FALSE(r.interrupted);
  CHECK(r.resumed_jobs == 0);
  REQUIRE(r.jobs.size() == 3 * kFolds);
  check_figures(r, options, 3);
  // The seeds differ, or means and deviations would say nothing.
  CHECK(r.figure.stddev > 0);
  CHECK(r.figure.min < r.figure.max);
  CHECK(r.seconds > 0);
  CHECK(to_json(cv_from_json(read_text(options.out / "cv.json", "test"), "cv.json")) == to_json(r));
  // 15 trainings of 3 epochs.
  CHECK(told.size() == 15 * 3 + 15);
  CHECK(told.back().jobs_done == 15);
  CHECK(told.back().jobs == 15);
  CHECK(told.back().epochs_done == 45);
  CHECK(told.back().epochs == 45);
}

TEST_CASE("An experiment that is stopped counts no seed that is not whole", "[train]") {
  const TempFolder folder;
  const CvOptions options = options_in(folder);
  const fs::path summary = options.out / "cv.json";
  for (const auto& [jobs, whole] : {std::pair{2, 0}, {kFolds, 1}, {kFolds + 3, 1}}) {
    INFO("stopped after " << jobs << " trainings");
    const CvResult r = stopped_after(options, jobs);
    CHECK(r.interrupted);
    REQUIRE(static_cast<int>(r.jobs.size()) == jobs);
    for (int i = 0; i < jobs; ++i) {
      CHECK(r.jobs[static_cast<std::size_t>(i)].fold == i % kFolds);
      CHECK(r.jobs[static_cast<std::size_t>(i)].seed == 3 + static_cast<std::uint64_t>(i / kFolds));
    }
    check_figures(r, options, static_cast<std::size_t>(whole));
    CHECK_FALSE(fs::exists(summary));
  }
  // Then the rest, of which the progress knows what there is.
  std::vector<CvProgress> told;
  const CvResult r =
      cross_validate(options, {.jobs = [&](const CvProgress& p) { told.push_back(p); }});
  CHECK_FALSE(r.interrupted);
  CHECK(r.resumed_jobs == kFolds + 3);
  check_figures(r, options, 2);
  CHECK(fs::exists(summary));
  CHECK(told.back().jobs_done == 2 * kFolds);
  CHECK(told.back().epochs_done == 2 * kFolds * 3);
  CHECK(told.back().epochs == 2 * kFolds * 3);
}

TEST_CASE("A training that is stopped within, and goes on, is counted once", "[train]") {
  const TempFolder folder, whole;
  CvOptions options = options_in(folder, 1);
  const Threads one(1);
  std::int64_t epochs = 0;
  Callbacks stop;
  stop.jobs = [&](const CvProgress& p) { epochs = p.epochs_done; };
  stop.stop = [&] { return epochs >= 4; };  // one epoch into the second training
  const CvResult r = cross_validate(options, stop);
  CHECK(r.interrupted);
  CHECK(r.jobs.size() == 1);
  CHECK(fs::exists(job_folder(options.out, 1, 3) / "checkpoint"));
  check_figures(r, options, 0);
  CvProgress last;
  const CvResult rest = cross_validate(options, {.jobs = [&](const CvProgress& p) { last = p; }});
  CHECK(last.epochs_done == 3 * kFolds);
  CHECK(last.jobs_done == kFolds);
  CHECK(rest.resumed_jobs == 1);
  check_figures(rest, options, 1);
  const CvResult undisturbed = cross_validate(options_in(whole, 1));
  CHECK(rest.confusion == undisturbed.confusion);
  for (std::size_t i = 0; i < rest.jobs.size(); ++i)
    CHECK(rest.jobs[i].weights_hash == undisturbed.jobs[i].weights_hash);
}
