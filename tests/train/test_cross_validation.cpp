#include <sonant/core/file.h>
#include <sonant/core/parallel.h>
#include <sonant/train/experiment/cross_validation.h>
#include <sonant/train/experiment/embeddings.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <functional>

#include "support/catch.h"
#include "train/small_run.h"

using namespace sonant;
using namespace sonant::test;
namespace fs = std::filesystem;

namespace {

// The tones without their split column: three folds of two speakers each.
const fs::path& tones() {
  static const TempFolder folder;
  static const fs::path manifest = [] {
    std::ifstream with(write_tones(folder));
    std::ofstream without(folder / "folds.csv");
    for (std::string line; std::getline(with, line);)
      without << line.substr(0, line.rfind(',')) << '\n';
    return folder / "folds.csv";
  }();
  return manifest;
}

CvOptions options_in(const TempFolder& folder) {
  CvOptions options;
  options.run.data = tones();
  options.run.features = tone_features();
  options.run.config = small_config();
  options.seeds = 2;
  options.out = folder / "cv";
  return options;
}

void check_same(const CvResult& a, const CvResult& b) {
  REQUIRE(a.jobs.size() == b.jobs.size());
  for (std::size_t i = 0; i < a.jobs.size(); ++i) {
    CHECK(a.jobs[i].weights_hash == b.jobs[i].weights_hash);
    CHECK(a.jobs[i].test_figure == b.jobs[i].test_figure);
  }
  CHECK(a.figure.mean == b.figure.mean);
  CHECK(a.figure.stddev == b.figure.stddev);
  CHECK(a.confusion == b.confusion);
}

}  // namespace

TEST_CASE("An experiment is what its runs are", "[train]") {
  const TempFolder folder;
  const CvOptions options = options_in(folder);
  const CvResult r = cross_validate(options);
  const Corpus corpus = open_corpus(tones());
  const int folds = split_count(usual_protocol(corpus), corpus);
  REQUIRE(folds >= 3);
  REQUIRE(r.jobs.size() == static_cast<std::size_t>(2 * folds));
  CHECK_FALSE(r.interrupted);
  CHECK(r.data.protocol == "speaker-folds");

  // Each job is the run that run_training() makes, and the pooled figure is that of all
  // predictions together, each utterance once.
  for (int s = 0; s < 2; ++s) {
    ConfusionMatrix pooled(kToneClasses);
    for (int fold = 0; fold < folds; ++fold) {
      RunOptions run = options.run;
      run.config.fold = fold;
      run.config.seed = options.run.config.seed + static_cast<std::uint64_t>(s);
      const RunResult alone = run_training(run);
      const CvJob& job = r.jobs[static_cast<std::size_t>(s * folds + fold)];
      CHECK(job.fold == fold);
      CHECK(job.seed == run.config.seed);
      CHECK(job.weights_hash == alone.weights_hash);
      CHECK(job.test_figure == alone.test.metrics.uar);
      CHECK(job.epochs.size() == 3);
      for (const FilePrediction& p : alone.test.predictions) pooled.add(p.label, p.predicted);
    }
    CHECK(pooled.total() == kToneSpeakers * kToneClasses * kToneTakes);
    CHECK(r.seeds[static_cast<std::size_t>(s)].test.confusion == pooled);
  }
  CHECK(r.figure.mean == Approx((r.seeds[0].test.uar + r.seeds[1].test.uar) / 2));
  CHECK(r.figure.stddev == Approx(std::abs(r.seeds[0].test.uar - r.seeds[1].test.uar) / 2));

  const fs::path job = job_folder(options.out, 1, options.run.config.seed);
  CHECK_FALSE(fs::exists(job / "checkpoint"));
  const SpeechModel model = load_model(job / "model.safetensors");
  CHECK(weights_hash(*model.classifier) == r.jobs[1].weights_hash);
  const Embeddings embeddings = load_embeddings(job / "embeddings.safetensors");
  CHECK(embeddings.embedding.dim(1) == 5);
  CHECK(embeddings.feature_mean.dim(1) == 22);
  CHECK(std::ssize(embeddings.labels) == embeddings.embedding.dim(0));
}

TEST_CASE("Threads change nothing in an experiment", "[train]") {
  const TempFolder one, three;
  const int threads = num_threads();
  set_num_threads(1);
  const CvResult a = cross_validate(options_in(one));
  set_num_threads(3);
  const CvResult b = cross_validate(options_in(three));
  set_num_threads(threads);
  check_same(a, b);
}

TEST_CASE("A stopped experiment goes on where it was; more seeds are added", "[train]") {
  const TempFolder whole, stopped;
  const CvResult expected = cross_validate(options_in(whole));
  std::atomic<int> questions = 0;
  CvResult r;
  int calls = 0;
  do {
    questions = 0;
    Callbacks callbacks;
    std::atomic<bool> training = false;
    callbacks.loaded = [&](const DataFacts&) { training = true; };
    callbacks.stop = [&] { return training && ++questions > 60; };
    r = cross_validate(options_in(stopped), callbacks);
    ++calls;
    CHECK((r.interrupted || fs::exists(stopped / "cv" / "cv.json")));
  } while (r.interrupted && calls < 100);
  CHECK(calls > 2);
  check_same(r, expected);

  CvOptions more = options_in(stopped);
  more.seeds = 3;
  const CvResult longer = cross_validate(more);
  CHECK(longer.seeds.size() == 3);
  CHECK(longer.resumed_jobs == static_cast<int>(expected.jobs.size()));
  CHECK(longer.seeds[1].test.uar == expected.seeds[1].test.uar);
}

TEST_CASE("What a protocol leaks is said once, also where trainings go on", "[train]") {
  const TempFolder folder;
  CvOptions options = options_in(folder);
  options.run.config.protocol = "random";
  options.run.config.folds = 3;
  options.seeds = 1;
  bool going_on = false, interrupted = true;
  for (int calls = 0; interrupted && calls < 100; ++calls) {
    std::atomic<int> questions = 0;
    std::atomic<bool> training = false;
    int leaks = 0;
    Callbacks callbacks;
    callbacks.loaded = [&](const DataFacts&) { training = true; };
    callbacks.stop = [&] { return training && ++questions > 25; };
    callbacks.note = [&](const std::string& note) {
      leaks += note.starts_with("protocol random leaks: ");
      going_on = going_on || note.starts_with("going on from ");
    };
    interrupted = cross_validate(options, callbacks).interrupted;
    CHECK(leaks == 1);
  }
  CHECK(going_on);
}

TEST_CASE("Trainings that another machine did are told of, once", "[train]") {
  const TempFolder folder;
  const CvOptions options = options_in(folder);
  cross_validate(options);
  const auto notes = [&] {
    std::vector<std::string> texts;
    Callbacks callbacks;
    callbacks.note = [&](const std::string& text) { texts.push_back(text); };
    cross_validate(options, callbacks);
    return texts;
  };
  CHECK(notes().empty());
  for (int fold : {0, 1}) {
    const fs::path path = job_folder(options.out, fold, options.run.config.seed) / "result.json";
    RunResult r = result_from_json(read_text(path, "test"), "test");
    r.environment.isa = "abacus";
    write_file(path, to_json(r), "test");
  }
  const std::vector<std::string> texts = notes();
  REQUIRE(texts.size() == 1);
  CHECK_THAT(texts[0], ContainsSubstring("instruction set abacus there"));
}

TEST_CASE("A folder holds one experiment", "[train]") {
  const TempFolder folder;
  CvOptions options = options_in(folder);
  options.seeds = 1;
  cross_validate(options);
  CvOptions other = options;
  other.run.config.lr = 0.02;
  CHECK_THROWS_WITH(cross_validate(other), ContainsSubstring("another experiment; lr: 0.01"));
  other = options;
  other.run.features = test::tone_features("hop", 128);
  CHECK_THROWS_WITH(cross_validate(other), ContainsSubstring("hop"));
  const TempFolder sounds;
  other = options;
  fs::copy(tones().parent_path(), sounds.path);
  other.run.data = sounds / "folds.csv";
  const CvResult moved = cross_validate(other);
  CHECK(moved.resumed_jobs == std::ssize(moved.jobs));  // wherever the sounds are
  write_wav(sounds / "s4_low_2.wav", tone(0, 4, 7), 8000);
  CHECK_THROWS_WITH(cross_validate(other), ContainsSubstring("another experiment") &&
                                               ContainsSubstring("the sounds are others"));

  std::ofstream(options.out / "experiment.json") << "{";
  CHECK_THROWS_WITH(cross_validate(options), ContainsSubstring("experiment.json: is damaged"));
}

TEST_CASE("The result is a function of the folder, whoever writes it", "[train]") {
  const TempFolder folder;
  const CvOptions options = options_in(folder);
  cross_validate(options);
  const std::string first = read_text(options.out / "cv.json", "test");
  fs::remove(options.out / "cv.json");
  CvOptions other = options;
  other.run.command = "typed otherwise";
  const CvResult again = cross_validate(other);
  CHECK(again.resumed_jobs == std::ssize(again.jobs));
  CHECK(read_text(options.out / "cv.json", "test") == first);
}

TEST_CASE("An experiment has one kind of arithmetic, unless it was begun without", "[train]") {
  const TempFolder folder, any;
  CvOptions options = options_in(folder);
  options.seeds = 1;
  cross_validate(options);
  const auto edit = [&](const char* name, const char* value) {
    const fs::path path = options.out / "experiment.json";
    Json json = Json::parse(read_text(path, "test"));
    Json arithmetic = json.at("arithmetic");
    arithmetic[name] = value;
    json["arithmetic"] = arithmetic;
    write_file(path, json.dump(1), "test");
  };
  const Environment here = this_environment();
  edit("isa", "abacus");
  CHECK_THROWS_WITH(cross_validate(options),
                    ContainsSubstring("this experiment is abacus, this host has " + here.isa +
                                      ": start it anew with --isa " + here.isa));
  edit("isa", here.isa.c_str());
  edit("blas", "Abacus");
  CHECK_THROWS_WITH(cross_validate(options), ContainsSubstring("OPENBLAS_CORETYPE=Abacus"));
  edit("blas", here.blas.c_str());
  edit("version", "0");
  CHECK_THROWS_WITH(cross_validate(options), ContainsSubstring("version 0"));
  options.any_isa = true;
  CHECK_THROWS_WITH(cross_validate(options), ContainsSubstring("--isa any"));

  options.out = any / "cv";
  cross_validate(options);
  const fs::path path = job_folder(options.out, 1, options.run.config.seed) / "result.json";
  RunResult r = result_from_json(read_text(path, "test"), "test");
  r.environment.isa = "abacus";
  write_file(path, to_json(r), "test");
  CHECK_THAT(cross_validate(options).mixed, ContainsSubstring("abacus"));
  options.any_isa = false;
  CHECK_THROWS_WITH(cross_validate(options), ContainsSubstring("--isa any"));
}

TEST_CASE("What another does meanwhile is not done again", "[train]") {
  const TempFolder folder, alone;
  const CvOptions options = options_in(folder);
  Callbacks callbacks;
  CvResult other;
  callbacks.loaded = [&](const DataFacts&) { other = cross_validate(options); };
  const CvResult r = cross_validate(options, callbacks);
  CHECK(other.resumed_jobs == 0);
  CHECK(r.resumed_jobs == static_cast<int>(r.jobs.size()));
  check_same(r, other);
  check_same(r, cross_validate(options_in(alone)));
}

TEST_CASE("The first failing job ends the experiment with its error", "[train]") {
  const TempFolder folder;
  CvOptions options = options_in(folder);
  options.run.config.optimizer = "sgd";
  options.run.config.lr = 1e30;
  CHECK_THROWS_WITH(cross_validate(options), ContainsSubstring("not finite"));
}

TEST_CASE("An experiment's result survives JSON", "[train]") {
  const TempFolder folder;
  const CvOptions options = options_in(folder);
  const CvResult r = cross_validate(options);
  CHECK(to_json(cv_from_json(to_json(r), "r")) == to_json(r));
  CHECK_THROWS_WITH(cv_from_json("{\"format\": 1}", "r.json"),
                    ContainsSubstring("r.json: expected the JSON result of `sonant cv`"));
}

TEST_CASE("Spread is of the population", "[train]") {
  const Spread s = spread_of({1, 2, 3, 6});
  CHECK(s.mean == Approx(3));
  CHECK(s.stddev == Approx(std::sqrt(3.5)));
  CHECK(s.min == 1);
  CHECK(s.max == 6);
  CHECK(spread_of({}).mean == 0);
}
