#include <sonant/core/kernels/lstm.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/parallel.h>
#include <sonant/train/evaluate.h>
#include <sonant/train/experiment/run.h>

#include <algorithm>
#include <limits>

#include "support/catch.h"
#include "support/text.h"
#include "train/small_run.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("A model learns to tell tones apart on a speaker it never heard", "[train]") {
  const SmallRun& run = small_run();
  TrainConfig config = small_config();
  config.epochs = 25;
  Trainer trainer = make_trainer(run.data, run.split, config);
  int batches = 0, epochs = 0;
  double left = -1;
  CHECK(trainer.run({.batch =
                         [&](const BatchProgress& p) {
                           CHECK(p.epoch == epochs + 1);
                           CHECK(p.batch == batches % p.batches + 1);
                           ++batches;
                           left = p.seconds_left;
                         },
                     .epoch = [&](const EpochRecord& e) { CHECK(e.epoch == ++epochs); }}));
  CHECK(epochs == 25);
  CHECK(batches == 25 * 6);
  CHECK(left == 0);
  const auto& history = trainer.state().history;
  REQUIRE(history.size() == 25);
  CHECK(history.back().train_loss < 0.5 * history.front().train_loss);
  CHECK(evaluate(trainer.best_model(), run.data, run.split.test, 4).metrics.uar > 0.9);
}

TEST_CASE("The best epoch is the first with the highest choose UAR", "[train]") {
  const SmallRun& run = small_run();
  TrainConfig config = small_config();
  config.epochs = 12;
  Trainer trainer = make_trainer(run.data, run.split, config);
  CHECK_THROWS_AS(trainer.best_model(), Error);
  trainer.run();
  const auto& history = trainer.state().history;
  const auto best = std::max_element(
      history.begin(), history.end(),
      [](const auto& a, const auto& b) { return a.choose_figure < b.choose_figure; });
  CHECK(trainer.state().best_epoch == best->epoch);
  CHECK(trainer.state().best_choose_figure == best->choose_figure);
  CHECK(weights_hash(trainer.best_model()) == best->weights_hash);
  const Evaluation again =
      evaluate(trainer.best_model(), run.data, run.split.choose, config.batch_size);
  CHECK(again.metrics.uar == best->choose_figure);
  CHECK(again.loss == best->choose_loss);
}

TEST_CASE("The same seed gives the same bits with one thread and with more", "[train]") {
  const int threads = num_threads();
  for (const std::string& kernel : kernels::lstm_kernel_names()) {
    for (const char* protocol : {"usual", "krasnoproshin2026"}) {
      TrainConfig config = small_config();
      config.protocol = protocol;
      set_default_lstm_kernel(kernel);
      set_num_threads(1);
      const auto one = hashes(config);
      set_num_threads(2);
      const auto two = hashes(config);
      set_num_threads(5);
      const auto five = hashes(config);
      set_num_threads(threads);
      set_default_lstm_kernel("auto");
      INFO(kernel << ", " << protocol);
      CHECK(one == two);
      CHECK(one == five);
      CHECK(one.size() == 3);
    }
  }
}

TEST_CASE("The kernel of a run is settled when it starts, and recorded", "[train]") {
  const SmallRun& run = small_run();
  const auto kernel = [&] {
    const Trainer trainer = make_trainer(run.data, run.split, small_config());
    CHECK(trainer.state().model->spec().kernel == this_environment().kernel);
    return this_environment().kernel;
  };
  const auto set_environment = [](const char* name) {
    setenv("SONANT_KERNEL", name, 1);
    set_default_lstm_kernel("auto");  // which reads it
  };
  CHECK(kernel() == default_lstm_kernel());
  set_default_lstm_kernel("reference");
  CHECK(kernel() == "reference");
  set_environment("blas");
  CHECK(kernel() == "blas");
  set_environment("nonsense");
  CHECK_THROWS_WITH(kernel(), ContainsSubstring("SONANT_KERNEL"));
  set_environment("");
  set_isa_cap("scalar");
  CHECK(kernel() == "blas");
  set_isa_cap("");
}

TEST_CASE("Every setting that should matter does", "[train]") {
  const auto plain = hashes(small_config());
  const auto differs = [&](auto change) {
    TrainConfig config = small_config();
    change(config);
    return hashes(config) != plain;
  };
  CHECK_FALSE(differs([](auto&) {}));
  CHECK(differs([](auto& c) { c.seed = 2; }));
  CHECK(differs([](auto& c) { c.lr = 0.011; }));
  CHECK(differs([](auto& c) { c.t0 = 2; }));
  CHECK(differs([](auto& c) { c.schedule = "constant"; }));
  CHECK(differs([](auto& c) { c.weight_decay = 0; }));
  CHECK(differs([](auto& c) { c.set("dropout", 0.4); }));
  CHECK(differs([](auto& c) { c.batch_size = 7; }));
  CHECK(differs([](auto& c) { c.label_smoothing = 0.1; }));
  CHECK(differs([](auto& c) { c.clip = 0.1; }));
  CHECK(differs([](auto& c) { c.optimizer = "adamw"; }));
  CHECK(differs([](auto& c) { c.optimizer = "sgd"; }));
  CHECK(differs([](auto& c) { c.protocol = "krasnoproshin2026"; }));
  CHECK_FALSE(differs([](auto& c) { c.class_weights = true; }));  // the classes are balanced
  CHECK_FALSE(differs([](auto& c) { c.check_finite = false; }));
}

TEST_CASE("Class weights count when a class is rare", "[train]") {
  SmallRun run = small_run();
  std::erase_if(run.split.train, [&](int clip) {
    return run.data.corpus.clips[static_cast<std::size_t>(clip)].label == 0 && clip % 2 == 0;
  });
  TrainConfig config = small_config();
  const auto plain = hashes(config, run);
  config.class_weights = true;
  CHECK(hashes(config, run) != plain);
}

TEST_CASE("A number that is not finite stops the run and is named", "[train]") {
  SmallRun run = small_run();
  const auto clip = static_cast<std::size_t>(run.split.train[3]);
  run.data.features[clip][0] = std::numeric_limits<float>::quiet_NaN();
  Trainer trainer = make_trainer(run.data, run.split, small_config());
  const std::string text = test::refusal([&] { trainer.run(); });
  const auto step = trainer.state().step;  // steps that are done, of six
  CHECK(step < 6);
  const std::string place = std::to_string(step + 1);
  CHECK_THAT(text, ContainsSubstring("the loss is not finite in epoch 1, batch " + place +
                                     " (step " + place + ", learning rate 0.01)"));

  TrainConfig careless = small_config();
  careless.check_finite = false;
  CHECK(make_trainer(run.data, run.split, careless).run());
}

TEST_CASE("Evaluation does not disturb training, nor depend on the batch size", "[train]") {
  const SmallRun& run = small_run();
  Trainer trainer = make_trainer(run.data, run.split, small_config());
  trainer.run();
  Model<float>& model = trainer.best_model();
  model.train();
  const std::string before = weights_hash(model);
  const Evaluation one = evaluate(model, run.data, run.split.test, 1);
  const Evaluation all = evaluate(model, run.data, run.split.test, 100);
  CHECK(model.training());
  CHECK(weights_hash(model) == before);
  REQUIRE(one.predictions.size() == run.split.test.size());
  for (std::size_t i = 0; i < one.predictions.size(); ++i) {
    const auto clip = static_cast<std::size_t>(run.split.test[i]);
    CHECK(one.predictions[i].file == run.data.corpus.clips[clip].path.native());
    CHECK(one.predictions[i].label == run.data.corpus.clips[clip].label);
    CHECK(one.predictions[i].predicted == all.predictions[i].predicted);
    double sum = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(one.predictions[i].probabilities[c] ==
            Approx(all.predictions[i].probabilities[c]).epsilon(1e-5));
      sum += one.predictions[i].probabilities[c];
    }
    CHECK(sum == Approx(1));
  }
  CHECK(evaluate(model, run.data, {}, 4).metrics.count == 0);
}
