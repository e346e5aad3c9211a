// How the parts of a run are put together, against the same run written out by hand.
#include <sonant/train/evaluate.h>
#include <sonant/train/experiment/embeddings.h>
#include <sonant/train/experiment/run.h>
#include <sonant/train/experiment/training_facts.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include "support/catch.h"
#include "support/close.h"
#include "support/models.h"
#include "support/temp_folder.h"
#include "train/by_hand.h"

using namespace sonant;
using namespace sonant::test;

namespace {

// 18 clips to train: batches of 7, 7 and 4, so that a mean over batches is not one over utterances.
TrainConfig config_of_seven() {
  TrainConfig c;
  c.model = "reslstm-sa-h5";
  c.epochs = 5;
  c.batch_size = 7;
  c.lr = 0.02;
  c.t0 = 3;
  c.set("dropout", 0.4);
  c.seed = 5;
  return c;
}

std::vector<int> everything(const Dataset& data) {
  std::vector<int> all(data.features.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

Dataset normalised_dataset() {
  Dataset data = invented_dataset();
  normalise_by_hand(data, make_split(usual_protocol(data.corpus), data.corpus).train);
  return data;
}

void check_same_epochs(const std::vector<EpochRecord>& got, const HandRun& expected,
                       bool choose_too = true) {
  REQUIRE(got.size() == expected.epochs.size());
  for (std::size_t e = 0; e < got.size(); ++e) {
    const EpochRecord &a = got[e], &b = expected.epochs[e];
    INFO("epoch " << b.epoch);
    CHECK(a.epoch == b.epoch);
    CHECK(a.lr == Approx(b.lr).epsilon(1e-14));
    CHECK(a.weights_hash == b.weights_hash);
    CHECK(a.train_loss == Approx(b.train_loss).epsilon(1e-12));
    CHECK(a.train_figure == Approx(b.train_figure).epsilon(1e-12));
    if (!choose_too) continue;
    CHECK(a.choose_loss == Approx(b.choose_loss).epsilon(1e-5));
    CHECK(a.choose_figure == Approx(b.choose_figure).epsilon(1e-12));
    CHECK(a.choose_accuracy == Approx(b.choose_accuracy).epsilon(1e-12));
  }
}

// Trains both ways; the trainer's losses, batch by batch, are those of the steps.
void check_run(const Dataset& data, const Split& split, const TrainConfig& config) {
  const HandRun expected = train_by_hand(data, split, config);
  Trainer trainer = make_trainer(data, split, config);
  std::vector<double> losses;
  std::vector<int> epochs, batches;
  const double steps = static_cast<double>(expected.losses.size());
  CHECK(trainer.run({.batch = [&](const BatchProgress& p) {
    losses.push_back(p.loss);
    const double done = static_cast<double>(losses.size());
    CHECK(p.seconds_left == Approx(p.seconds / done * (steps - done)));
    epochs.push_back(p.epoch);
    batches.push_back(p.batch);
    CHECK(p.epochs == config.epochs);
  }}));
  CHECK(losses == expected.losses);
  const auto a_epoch = losses.size() / expected.epochs.size();
  for (std::size_t n = 0; n < losses.size(); ++n) {
    CHECK(epochs[n] == static_cast<int>(n / a_epoch) + 1);
    CHECK(batches[n] == static_cast<int>(n % a_epoch) + 1);
  }
  // Padding of a batch is seen in the paper's way: a clip alone says something else.
  const bool masked = find_protocol(config.protocol).rules.padding == Padding::masked;
  check_same_epochs(trainer.state().history, expected, masked);
  if (!masked) return;
  CHECK(trainer.state().best_epoch == expected.best_epoch);
  CHECK(trainer.state().best_choose_figure == Approx(expected.best_choose_figure).epsilon(1e-12));
  CHECK(weights_hash(trainer.best_model()) == weights_hash(*expected.best));
}

}  // namespace

TEST_CASE("A run is the run that is written out by hand, whatever is set", "[train]") {
  const Dataset data = normalised_dataset();
  const Split split = make_split(usual_protocol(data.corpus), data.corpus);
  REQUIRE(split.train.size() == 18);
  REQUIRE(split.choose.size() == 6);
  REQUIRE(split.test.size() == 12);
  using Change = std::function<void(TrainConfig&)>;
  const std::pair<const char*, Change> changes[] = {
      {"plain", [](auto&) {}},
      {"another seed", [](auto& c) { c.seed = 0x100000002; }},
      {"no dropout", [](auto& c) { c.set("dropout", 0); }},
      {"a last batch of one", [](auto& c) { c.batch_size = 17; }},
      {"one batch", [](auto& c) { c.batch_size = 100; }},
      {"clipped", [](auto& c) { c.clip = 0.3; }},
      {"smoothed", [](auto& c) { c.label_smoothing = 0.2; }},
      {"weighted", [](auto& c) { c.class_weights = true; }},
      {"all of these",
       [](auto& c) { c.clip = 0.3, c.label_smoothing = 0.2, c.class_weights = true; }},
      {"adamw", [](auto& c) { c.optimizer = "adamw", c.weight_decay = 0.1; }},
      {"sgd", [](auto& c) { c.optimizer = "sgd", c.momentum = 0.5, c.nesterov = true; }},
      {"constant", [](auto& c) { c.schedule = "constant"; }},
      {"growing cycles", [](auto& c) { c.t0 = 1, c.t_mult = 2, c.eta_min_ratio = 0.2; }},
      {"cycles", [](auto& c) { c.cycles = 2, c.epochs = 5; }},
      {"one LSTM", [](auto& c) { c.set("model", "lstm-sa-h6"); }},
      {"the paper's padding", [](auto& c) { c.protocol = "krasnoproshin2026"; }},
      {"unchecked", [](auto& c) { c.check_finite = false; }}};
  for (const auto& [name, change] : changes) {
    INFO(name);
    TrainConfig config = config_of_seven();
    change(config);
    check_run(data, split, config);
  }
}

TEST_CASE("Every step of a run has a dropout mask of its own", "[train]") {
  // With a learning rate of 0 and all clips in one batch, in which they are sorted by their
  // lengths, nothing but the mask differs between the steps.
  const Dataset data = normalised_dataset();
  const Split split = make_split(usual_protocol(data.corpus), data.corpus);
  TrainConfig config = config_of_seven();
  config.batch_size = 100;
  config.lr = 0;
  config.epochs = 12;
  const auto losses = [&] {
    Trainer trainer = make_trainer(data, split, config);
    trainer.run();
    std::set<double> all;
    for (const EpochRecord& e : trainer.state().history) all.insert(e.train_loss);
    return all;
  };
  CHECK(losses().size() == 12);
  config.set("dropout", 0);
  CHECK(losses().size() == 1);
}

TEST_CASE("A resumed run draws the masks that it would have drawn", "[train]") {
  const Dataset data = normalised_dataset();
  const Split split = make_split(usual_protocol(data.corpus), data.corpus);
  const TrainConfig config = config_of_seven();
  const TempFolder folder;
  Trainer first = make_trainer(data, split, config);
  first.checkpoint_to(folder / "c");
  int steps = 0;
  CHECK_FALSE(first.run({.batch = [&](const BatchProgress&) { ++steps; },
                         .stop = [&] { return steps == 8; }}));  // in the third epoch
  Trainer second = make_trainer(data, split, config);
  second.resume(folder / "c");
  int more = 0;  // of 15 steps, by what these take
  CHECK(second.run({.batch = [&](const BatchProgress& p) {
    ++more;
    CHECK(p.seconds_left == Approx(p.seconds / more * (15 - steps - more)));
  }}));
  CHECK(steps + more == 15);
  check_same_epochs(second.state().history, train_by_hand(data, split, config));
}

TEST_CASE("A run that was stopped within an epoch knows what that took before", "[train]") {
  const Dataset data = normalised_dataset();
  const Split split = make_split(usual_protocol(data.corpus), data.corpus);
  const TempFolder folder;
  Trainer first = make_trainer(data, split, config_of_seven());
  first.checkpoint_to(folder / "c");
  int steps = 0;
  // The pause is after the first of three steps.
  first.run({.batch =
                 [&](const BatchProgress&) {
                   if (steps++ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(300));
                 },
             .stop = [&] { return steps == 2; }});
  Trainer second = make_trainer(data, split, config_of_seven());
  second.resume(folder / "c");
  second.run();
  CHECK(second.state().history[0].seconds > 0.3);
  CHECK(second.state().history[1].seconds < 0.3 + second.state().history[0].seconds);
}

TEST_CASE("A file's own rate is that of most; of equals the lowest", "[train]") {
  const TempFolder folder;
  RunOptions options;
  options.config = config_of_seven();
  options.config.epochs = 1;
  options.out = folder / "m";
  for (const auto& [rates, expected] :
       {std::pair{std::map<int, std::size_t>{{8000, 18}, {16000, 18}}, 8000},
        {{{8000, 17}, {16000, 19}}, 16000}}) {
    Dataset data = invented_dataset();
    data.sample_rates = rates;
    train_on(data, options);
    CHECK(load_model(options.out).sample_rate == expected);
  }
}

TEST_CASE("A normaliser is fitted on the clips that are named, and on no other", "[train]") {
  for (const std::vector<int>& named :
       {std::vector<int>{5, 0, 17}, {35}, {1, 2, 3}, everything(invented_dataset())}) {
    Dataset data = invented_dataset(), expected = invented_dataset();
    const Normaliser n = normalise(data, named);
    const Normaliser by_hand = normalise_by_hand(expected, named);
    REQUIRE(n.mean.size() == 4);
    for (std::size_t f = 0; f < 4; ++f) {
      CHECK(n.mean[f] == Approx(by_hand.mean[f]).epsilon(1e-13));
      CHECK(n.stddev[f] == Approx(by_hand.stddev[f]).epsilon(1e-13));
    }
    for (std::size_t i = 0; i < data.features.size(); ++i)
      CHECK(test::close(data.features[i], expected.features[i], 1e-6, 1e-6));
  }
  // A clip that is named twice counts twice.
  Dataset once = invented_dataset(), twice = invented_dataset();
  CHECK_FALSE(normalise(once, std::vector<int>{4, 9}) ==
              normalise(twice, std::vector<int>{4, 9, 9}));
}

TEST_CASE("A run's statistics are of the training speakers, or of all where that is asked for",
          "[train]") {
  const Corpus corpus = invented_dataset().corpus;
  const Split split = make_split(usual_protocol(corpus), corpus);
  std::vector<int> train_and_choose = split.train;
  train_and_choose.insert(train_and_choose.end(), split.choose.begin(), split.choose.end());
  const auto all = everything(invented_dataset());
  register_test_choosers();
  const auto fitted = [&](const std::string& protocol) {
    const TempFolder folder;
    RunOptions options;
    options.config = config_of_seven();
    options.config.epochs = 1;
    options.config.protocol = protocol;
    options.out = folder / "m";
    train_on(invented_dataset(), options);
    return load_model(options.out).normaliser;
  };
  const auto check_fit = [&](const Normaliser& n, const std::vector<int>& clips) {
    Dataset data = invented_dataset();
    const Normaliser by_hand = normalise_by_hand(data, clips);
    REQUIRE(n.mean.size() == 4);
    for (std::size_t f = 0; f < 4; ++f) {
      CHECK(n.mean[f] == Approx(by_hand.mean[f]).epsilon(1e-13));
      CHECK(n.stddev[f] == Approx(by_hand.stddev[f]).epsilon(1e-13));
    }
  };
  check_fit(fitted("usual"), split.train);
  check_fit(fitted("test"), split.train);
  check_fit(fitted("test-alone"), train_and_choose);
  check_fit(fitted("krasnoproshin2026"), all);
  check_fit(fitted("krasnoproshin2026-test-chooses-rest-trains"), all);
}

TEST_CASE("What is judged, saved and reported is the best epoch on the test speakers", "[train]") {
  register_test_choosers();
  for (const std::string protocol : {"usual", "test", "test-alone"}) {
    INFO(protocol);
    Dataset data = invented_dataset();
    const Split split = make_split(find_protocol(protocol), data.corpus);
    const TempFolder folder;
    RunOptions options;
    options.config = config_of_seven();
    options.config.epochs = 12;
    options.config.protocol = protocol;
    options.out = folder / "m";
    options.embeddings = folder / "e";
    const RunResult r = train_on(data, options);

    normalise(data, split.train);
    const HandRun expected = train_by_hand(data, split, options.config);
    check_same_epochs(r.epochs, expected);
    REQUIRE(expected.best_epoch < 12);  // or the last weights would do as well
    CHECK(r.best_epoch == expected.best_epoch);
    CHECK(r.best_choose_figure == Approx(expected.best_choose_figure).epsilon(1e-12));
    CHECK(r.weights_hash == weights_hash(*expected.best));
    CHECK(r.weights_hash != r.epochs.back().weights_hash);

    const Judgement test = judge_by_hand(*expected.best, data, split.test);
    CHECK(r.test.loss == Approx(test.loss).epsilon(1e-5));
    CHECK(r.test.metrics.uar == Approx(test.uar).epsilon(1e-12));
    CHECK(r.test.metrics.accuracy == Approx(test.accuracy).epsilon(1e-12));
    CHECK(r.test.metrics.count == 12);
    REQUIRE(r.test.predictions.size() == split.test.size());
    for (std::size_t n = 0; n < split.test.size(); ++n) {
      const Clip& clip = data.corpus.clips[static_cast<std::size_t>(split.test[n])];
      const FilePrediction& p = r.test.predictions[n];
      CHECK(p.file == clip.path.native());
      CHECK(p.label == clip.label);
      CHECK(p.predicted == test.predicted[n]);
      for (std::size_t c = 0; c < 3; ++c)
        CHECK(p.probabilities[c] == Approx(test.probabilities[n][c]).margin(1e-5));
    }

    const SpeechModel model = load_model(options.out);
    CHECK(weights_hash(*model.classifier) == r.weights_hash);
    const TrainingFacts facts = facts_from_json(model.facts, "model");
    CHECK(facts.best_epoch == expected.best_epoch);
    CHECK(facts.choose_figure == r.best_choose_figure);
    CHECK(facts.test_figure == r.test.metrics.uar);
    CHECK(facts.test_accuracy == r.test.metrics.accuracy);
    CHECK(facts.config == options.config);
    CHECK(model.sample_rate == 8000);
    const Embeddings e = load_embeddings(options.embeddings);
    CHECK(e.labels == labels_by_hand(data, split.test));
    const Embeddings best = compute_embeddings(*expected.best, data, split.test);
    CHECK(e.embedding == best.embedding);
    CHECK(e.feature_mean == best.feature_mean);
  }
}

TEST_CASE("The facts of a run count what was in each part", "[train]") {
  const TempFolder folder;
  RunOptions options;
  options.config = config_of_seven();
  options.config.epochs = 12;
  const Dataset data = invented_dataset();
  const auto start = std::chrono::steady_clock::now();
  const RunResult r = train_on(data, options);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::int64_t frames = 0;
  for (const auto& x : data.features) frames += x.dim(0);
  CHECK(r.data.frames == frames);
  CHECK(r.data.files == 36);
  CHECK(r.data.train.files == 18);
  CHECK(r.data.choose.files == 6);
  CHECK(r.data.test.files == 12);
  CHECK(r.data.train.speakers == std::vector<std::string>{"s3", "s4", "s5"});
  CHECK(r.data.choose.speakers == std::vector<std::string>{"s2"});
  CHECK(r.data.test.speakers == std::vector<std::string>{"s0", "s1"});
  // lstm1 4 -> 4, batch norm of 4, lstm2 4 -> 5, attention and batch norm of 5, 5 -> 3.
  CHECK(r.parameters ==
        4 * 4 * (4 + 4 + 2) + 2 * 4 + 4 * 5 * (4 + 5 + 2) + 5 + 2 * 5 + 3 * (5 + 1));
  double seconds = 0;
  for (const EpochRecord& e : r.epochs) {
    CHECK(e.seconds > 0);
    seconds += e.seconds;
  }
  CHECK(r.train_seconds == Approx(seconds));
  CHECK(r.train_seconds < took.count());  // no epoch counts what another took
  CHECK(r.test_seconds > 0);
  CHECK(r.load_seconds == 0);
}

TEST_CASE("An evaluation's figures are those of its predictions, whatever the batches", "[train]") {
  const Dataset data = normalised_dataset();
  const auto model = make_model<float>(
      test::NamedModel{.name = "reslstm-sa-h5", .input = 4, .classes = 3, .dropout = 0.5}, 3);
  const std::vector<int> clips = {7, 3, 30, 11, 2, 19, 28, 5, 6, 33, 12};
  model->eval();
  const Judgement expected = judge_by_hand(*model, data, clips);
  for (int batch_size : {1, 2, 4, 5, 10, 11, 64}) {
    INFO("batches of " << batch_size);
    const Evaluation e = evaluate(*model, data, clips, batch_size);
    CHECK(e.loss == Approx(expected.loss).epsilon(1e-5));
    CHECK(e.metrics.uar == Approx(expected.uar).epsilon(1e-12));
    CHECK(e.metrics.accuracy == Approx(expected.accuracy).epsilon(1e-12));
    CHECK(e.metrics.count == 11);
    REQUIRE(e.predictions.size() == clips.size());
    for (std::size_t n = 0; n < clips.size(); ++n) {
      CHECK(e.predictions[n].file ==
            data.corpus.clips[static_cast<std::size_t>(clips[n])].path.native());
      CHECK(e.predictions[n].predicted == expected.predicted[n]);
      for (std::size_t c = 0; c < 3; ++c)
        CHECK(e.predictions[n].probabilities[c] ==
              Approx(expected.probabilities[n][c]).margin(1e-5));
    }
  }
}
