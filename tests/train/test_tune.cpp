// The search on a function in place of training: what it depends on, and what it does not.
#include <sonant/core/file.h>
#include <sonant/core/json.h>
#include <sonant/core/parallel.h>
#include <sonant/train/search/study_file.h>
#include <sonant/train/search/tpe.h>
#include <sonant/train/search/tune.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <thread>

#include "support/catch.h"
#include "support/temp_folder.h"
#include "train/same_study.h"
#include "train/small_run.h"

using namespace sonant;
namespace fs = std::filesystem;

namespace {

constexpr int kFolds = 4;

// Best at lr 3e-3 and t0 5; some folds are harder.
double quality(const TrainConfig& c) {
  const double lr = std::log10(c.lr) - std::log10(3e-3);
  return 0.6 - 0.1 * lr * lr - 0.02 * std::abs(c.t0 - 5) - 0.01 * c.fold * (1 + 0.3 * lr);
}

RunResult score(double value) {
  RunResult r;
  r.best_choose_figure = value;
  ConfusionMatrix& test = r.test.metrics.confusion = ConfusionMatrix(2);
  const auto right = static_cast<std::int64_t>(std::llround(1000 * value));
  test.add(0, 0, right);
  test.add(0, 1, 1000 - right);
  test.add(1, 1, 1000);
  return r;
}

RunResult stopped() {
  RunResult r;
  r.interrupted = true;
  return r;
}

// Folds take different times, so that they end in different orders.
RunResult train(const RunOptions& run, const Callbacks& callbacks) {
  const TrainConfig& c = run.config;
  EpochRecord record;
  for (record.epoch = 1; record.epoch <= c.epochs; ++record.epoch) {
    if (callbacks.stop()) return stopped();
    std::this_thread::sleep_for(std::chrono::microseconds((c.fold * 7 + c.t0 * 3) % 5 * 40));
    callbacks.epoch(record);
  }
  return score(quality(c));
}

TuneOptions options_in(const TempFolder& folder, const std::string& name = "s") {
  TuneOptions o;
  o.config.epochs = 3;
  o.space = parse_search_space(
      "[lr]\ntype='log'\nlow=1e-5\nhigh=3e-2\n[t0]\ntype='categorical'\nchoices=[1,2,3,5,10]\n",
      "test");
  o.trials = 24;
  o.workers = 3;
  o.pruner = Pruner::median;
  o.study = folder / (name + ".sqlite");
  o.name = "study";
  return o;
}

struct Threads {
  int before = num_threads();
  explicit Threads(int n) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
};

Study undisturbed() {
  const TempFolder folder;
  const Threads one(1);
  return tune(train, kFolds, "data", options_in(folder)).study;
}

}  // namespace

TEST_CASE("a trial's value: mean of choose, or pooled over the test speakers", "[train]") {
  std::vector<FoldScore> folds(2);
  folds[0].choose_figure = 0.5;
  folds[1].choose_figure = 0.7;
  folds[0].test = folds[1].test = ConfusionMatrix(2);
  folds[0].test.add(0, 0, 1);  // of class 0: 1 of 4 in all
  folds[0].test.add(0, 1, 1);
  folds[1].test.add(0, 1, 2);
  folds[1].test.add(1, 1, 3);  // of class 1: 3 of 3
  CHECK(objective_value(Chooser::choose, folds) == Approx(0.6));
  CHECK(objective_value(Chooser::choose, std::span(folds).first(1)) == 0.5);
  CHECK(objective_value(Chooser::test, folds) == Approx((0.25 + 1) / 2));
}

TEST_CASE("the study does not depend on the number of threads", "[train]") {
  const Study expected = undisturbed();
  CHECK(expected.count(TrialState::complete) + expected.count(TrialState::pruned) == 24);
  CHECK(expected.count(TrialState::pruned) > 2);
  CHECK(expected.count(TrialState::complete) > 5);
  CHECK(*expected.best()->value > 0.55);
  for (int threads : {2, 5}) {
    const TempFolder folder;
    const Threads set(threads);
    const TuneResult result = tune(train, kFolds, "data", options_in(folder));
    CHECK_FALSE(result.interrupted);
    test::check_same_study(result.study, expected);
    test::check_same_study(read_study(folder / "s.sqlite"), expected);
    REQUIRE(result.best);
    CHECK(result.best->lr == expected.best()->parameters.at("lr"));
  }
}

TEST_CASE("trial n sees the trials before it but the last of the workers", "[train]") {
  const Study study = undisturbed();
  const TempFolder folder;
  const TuneOptions o = options_in(folder);
  for (int n = 0; n < 24; ++n) {
    const auto seen = std::span(study.trials).first(static_cast<std::size_t>(std::max(0, n - 2)));
    for (const Hyperparameter& p : o.space)
      CHECK(suggest(p.name, p.distribution, seen, true, o.seed, n) ==
            study.trials[static_cast<std::size_t>(n)].parameters.at(p.name));
  }
}

TEST_CASE("a search that is stopped again and again ends as an undisturbed one", "[train]") {
  const Study expected = undisturbed();
  const TempFolder folder;
  const Threads two(2);
  int stops = 0;
  for (;; ++stops) {
    REQUIRE(stops < 40);
    std::atomic<int> epochs = 0;
    Callbacks callbacks;
    callbacks.search = [&](const TuneProgress&) { ++epochs; };
    callbacks.stop = [&] { return epochs > 40 + 5 * (stops % 3); };
    const TuneResult result = tune(train, kFolds, "data", options_in(folder), callbacks);
    if (!result.interrupted) break;
  }
  CHECK(stops > 2);
  test::check_same_study(read_study(folder / "s.sqlite"), expected);
}

TEST_CASE("progress ends where it should, and every trial is told once", "[train]") {
  const TempFolder folder;
  const Threads two(2);
  TuneProgress last;
  std::vector<int> told;
  Callbacks callbacks;
  callbacks.trial = [&](const Trial& t, const TuneProgress& p) {
    told.push_back(t.number);
    CHECK(p.epochs >= last.epochs);
    last = p;
  };
  tune(train, kFolds, "data", options_in(folder), callbacks);
  std::sort(told.begin(), told.end());
  REQUIRE(told.size() == 24);
  for (int n = 0; n < 24; ++n) CHECK(told[static_cast<std::size_t>(n)] == n);
  CHECK(last.all_epochs == 24 * kFolds * 3);
  CHECK(last.epochs == last.all_epochs);
  // Nothing is left to do, and nothing is done.
  told.clear();
  tune(train, kFolds, "data", options_in(folder), callbacks);
  CHECK(told.empty());
}

TEST_CASE("a trial that is given up is stopped, and its other folds do not count", "[train]") {
  const TempFolder folder;
  const Threads four(4);
  std::atomic<int> started = 0, left = 0;
  const TrainJob slow = [&](const RunOptions& run, const Callbacks& callbacks) {
    const TrainConfig& c = run.config;
    if (c.t0 == 1 && c.fold > 0) {  // would take for ever, were it not stopped
      ++started;
      while (!callbacks.stop()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ++left;
      return stopped();
    }
    while (c.t0 == 1 && started < 3) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return score(c.t0 == 1 ? 0.1 : 0.5 + 0.01 * c.t0);
  };
  TuneOptions o = options_in(folder);
  o.space = parse_search_space("[t0]\ntype='categorical'\nchoices=[2,3,1]\n", "test");
  o.workers = 1;
  // A seed with which t0 = 1 comes when pruning begins, not before.
  for (o.seed = 1;; ++o.seed) {
    bool early = false;
    for (int n = 0; n < 5; ++n)
      early |= suggest("t0", o.space[0].distribution, {}, true, o.seed, n) == 2;
    if (!early && suggest("t0", o.space[0].distribution, {}, true, o.seed, 5) == 2) break;
  }
  o.trials = 6;
  const Study study = tune(slow, kFolds, "data", o).study;
  CHECK(study.trials[5].state == TrialState::pruned);
  CHECK(study.trials[5].intermediate == std::map<int, double>{{0, 0.1}});
  CHECK(study.trials[5].value == 0.1);
  CHECK(left == 3);
}

TEST_CASE("a training that fails makes a failed trial, a broken one ends the search", "[train]") {
  const TempFolder folder;
  const TrainJob diverges = [&](const RunOptions& run, const Callbacks& callbacks) {
    check(run.config.lr < 3e-3 || run.config.fold != 1, "train", "loss is not finite");
    return train(run, callbacks);
  };
  std::vector<std::string> notes;
  Callbacks callbacks;
  callbacks.note = [&](const std::string& text) { notes.push_back(text); };
  const Study study = tune(diverges, kFolds, "data", options_in(folder), callbacks).study;
  CHECK(study.count(TrialState::fail) > 2);
  CHECK(notes.size() == static_cast<std::size_t>(study.count(TrialState::fail)));
  for (const Trial& t : study.trials) {
    CHECK((t.state == TrialState::fail) <= (t.parameters.at("lr") >= 3e-3));
    if (t.state != TrialState::fail) continue;
    CHECK_FALSE(t.value.has_value());
    CHECK(t.intermediate.size() == 1);
    CHECK_THAT(t.user.at("error"), ContainsSubstring("fold 1: [train] loss is not finite"));
  }
  const TempFolder other;
  const TrainJob breaks = [](const RunOptions&, const Callbacks&) -> RunResult {
    throw std::bad_alloc();
  };
  CHECK_THROWS_AS(tune(breaks, kFolds, "data", options_in(other)), std::bad_alloc);
}

TEST_CASE("another program's running trial is left alone, ours is trained anew", "[train]") {
  const TempFolder folder;
  TuneOptions o = options_in(folder);
  o.trials = 12;
  tune(train, kFolds, "data", o);
  {
    StudyFile file(o.study, o.name);
    Trial foreign;
    foreign.number = 12;
    foreign.parameters = {{"lr", 1e-4}, {"t0", 0}};
    for (const Hyperparameter& p : o.space) foreign.distributions[p.name] = p.distribution;
    file.start(foreign);
    Trial ours = foreign;
    ours.number = 13;
    ours.system["sonant"] = "\"test\"";
    file.start(ours);
    file.report(13, 0, 0.9);
  }
  o.trials = 15;
  const Study study = tune(train, kFolds, "data", o).study;
  REQUIRE(study.trials.size() == 15);
  CHECK(study.trials[12].state == TrialState::running);
  CHECK(study.trials[13].state != TrialState::running);
  CHECK(study.trials[13].parameters == ParameterValues{{"lr", 1e-4}, {"t0", 0}});
  CHECK(study.trials[13].intermediate.at(0) < 0.9);
  CHECK(study.trials[14].state != TrialState::running);
}

TEST_CASE("the best trials of another study come first", "[train]") {
  const TempFolder folder;
  const TuneOptions big = options_in(folder, "big");
  const Study from = tune(train, kFolds, "data", big).study;
  TuneOptions small = options_in(folder, "small");
  small.config.model = "lstm-sa-h32";
  small.space = parse_search_space(
      "[lr]\ntype='log'\nlow=1e-5\nhigh=1e-3\n[t0]\ntype='categorical'\nchoices=[10,1]\n"
      "[dropout]\ntype='float'\nlow=0\nhigh=0.5\n",
      "test");
  small.trials = 6;
  small.seed_from = big.study.string() + "#study";
  small.seed_best = 3;
  const Study study = tune(train, kFolds, "data", small).study;
  REQUIRE(study.trials.size() == 6);
  for (int n = 0; n < 6; ++n) {
    const Trial& t = study.trials[static_cast<std::size_t>(n)];
    CHECK(t.system.contains("fixed_params") == (n < 3));
    CHECK(t.parameters.size() == 3);
  }
  const double best_lr = from.best()->parameters.at("lr");
  CHECK(study.trials[0].parameters.at("lr") == std::min(best_lr, 1e-3));
  small.seed_best = 2;
  CHECK_THROWS_WITH(tune(train, kFolds, "data", small), ContainsSubstring("search/seed_best"));
}

TEST_CASE("a study is not continued with other settings", "[train]") {
  const TempFolder folder;
  TuneOptions o = options_in(folder);
  o.trials = 2;
  tune(train, kFolds, "data", o);
  const auto refuses = [&](const std::function<void(TuneOptions&)>& change,
                           const std::string& part) {
    TuneOptions changed = o;
    change(changed);
    CHECK_THROWS_WITH(tune(train, kFolds, "data", changed), ContainsSubstring(part));
  };
  refuses([](TuneOptions& c) { c.config.model = "lstm-sa-h8"; }, "model");
  refuses([](TuneOptions& c) { c.config.epochs = 4; }, "epochs: 3 there, 4 here");
  refuses([](TuneOptions& c) { c.config.protocol = "krasnoproshin2026"; }, "\"usual\" there");
  refuses([](TuneOptions& c) { c.config.weight_decay = 1; }, "fixed/weight_decay");
  refuses([](TuneOptions& c) { c.space.pop_back(); }, "t0");
  refuses([](TuneOptions& c) { c.space[0].distribution.high = 1; }, "space/lr");
  refuses([](TuneOptions& c) { c.workers = 1; }, "search/workers: 3 there, 1 here");
  refuses([](TuneOptions& c) { c.seed = 7; }, "search/seed");
  refuses([](TuneOptions& c) { c.pruner = Pruner::none; }, "search/pruner");
  CHECK_THROWS_WITH(tune(train, kFolds, "others", o), ContainsSubstring("data"));
  CHECK_THROWS_WITH(tune(train, 3, "data", o), ContainsSubstring("search/folds"));
  o.trials = 3;
  CHECK(tune(train, kFolds, "data", o).study.trials.size() == 3);

  {
    StudyFile file(o.study, "bare");
    file.create({});
  }
  refuses([](TuneOptions& c) { c.name = "bare"; }, "was not made by sonant tune");
}

// Settings that came later are as if they had been there, with the values they have by default.
TEST_CASE("a study of an earlier version goes on, with its folder of trainings", "[train]") {
  const TempFolder folder;
  TuneOptions o = options_in(folder);
  o.trials = 2;
  Study older = tune(train, kFolds, "data", o).study;
  older.trials.clear();
  Json fixed = Json::parse(older.user.at("fixed"));
  REQUIRE(fixed.contains("fold_seed"));
  fixed.erase("fold_seed");
  older.user["fixed"] = fixed.dump();

  TuneOptions now = options_in(folder, "older");
  now.jobs = folder / "jobs";
  now.trials = 3;
  StudyFile(now.study, now.name).create(older);
  fs::create_directory(now.jobs);
  write_file(now.jobs / "experiment.json", Json(older.user).dump(1) + "\n", "test");
  CHECK(tune(train, kFolds, "data", now).study.trials.size() == 3);

  now.any_isa = true;
  CHECK_THROWS_WITH(tune(train, kFolds, "data", now),
                    ContainsSubstring("another search, begun without --isa any;"));
  older.user["arithmetic"] = "any";
  write_file(now.jobs / "experiment.json", Json(older.user).dump(1) + "\n", "test");
  CHECK(tune(train, kFolds, "data", now).study.trials.size() == 3);
  now.any_isa = false;
  CHECK_THROWS_WITH(tune(train, kFolds, "data", now),
                    ContainsSubstring("another search, begun with --isa any;"));

  older.user["data"] = "\"others\"";
  write_file(now.jobs / "experiment.json", Json(older.user).dump(1) + "\n", "test");
  now.trials = 4;
  CHECK_THROWS_WITH(tune(train, kFolds, "data", now), ContainsSubstring("of another search"));
}

TEST_CASE("impossible settings are refused", "[train]") {
  const TempFolder folder;
  const auto refuses = [&](const std::function<void(TuneOptions&)>& change) {
    TuneOptions o = options_in(folder);
    change(o);
    CHECK_THROWS_AS(tune(train, kFolds, "data", o), Error);
  };
  refuses([](TuneOptions& o) { o.trials = 0; });
  refuses([](TuneOptions& o) { o.workers = 0; });
  refuses([](TuneOptions& o) { o.space.clear(); });
  refuses([](TuneOptions& o) { o.config.protocol = "none"; });
  refuses([](TuneOptions& o) { o.config.cycles = 3; });
  refuses([](TuneOptions& o) { o.config.epochs = 0; });
  refuses([](TuneOptions& o) { o.seed_from = "none.sqlite"; });
  refuses([](TuneOptions& o) { o.study = "/nonexistent/s.sqlite"; });
}

TEST_CASE("a search that trains", "[train]") {
  const TempFolder folder;
  Dataset data = test::tone_dataset();
  TuneOptions o = options_in(folder);
  o.config = test::small_config();
  o.config.epochs = 2;
  o.config.t0 = 1;
  o.trials = 3;
  for (const char* protocol : {"strict", "paper"}) {
    o.config.protocol = find_protocol(protocol).name;
    o.name = protocol;
    const Study study = tune(data, o).study;
    REQUIRE(study.count(TrialState::complete) == 3);
    for (const Trial& t : study.trials) {
      CHECK(t.intermediate.size() == 1);  // the manifest's one split
      CHECK(t.user.contains("test_uar") == (std::string(protocol) == "paper"));
    }
  }
  o.config.model = "nothing";
  CHECK_THROWS_WITH(tune(data, o), ContainsSubstring("nothing"));
}
