// What a recipe can add to plain training: accumulation, averages of weights, patience, losses.
#include <sonant/train/experiment/run.h>

#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/usage.h>
#include <sonant/train/batch.h>
#include <sonant/train/evaluate.h>

#include "support/catch.h"
#include "support/temp_folder.h"
#include "train/small_run.h"

using namespace sonant;
using namespace sonant::test;

namespace {

// Stops after so many batches, and goes on in another trainer from the checkpoint.
std::vector<std::string> stopped_hashes(const TrainConfig& config, int batches) {
  const SmallRun& run = small_run();
  const TempFolder folder;
  Trainer first = make_trainer(run.data, run.split, config);
  first.checkpoint_to(folder / "c");
  int seen = 0;
  REQUIRE_FALSE(first.run({.stop = [&] { return ++seen == batches; }}));
  Trainer second = make_trainer(run.data, run.split, config);
  second.checkpoint_to(folder / "c");
  REQUIRE(second.resume(folder / "c").empty());
  REQUIRE(second.run());
  return hashes_of(second);
}

}  // namespace

TEST_CASE("Each further setting of a recipe changes what is learnt", "[train]") {
  const auto plain = hashes(small_config());
  const auto differs = [&](auto change) {
    TrainConfig config = small_config();
    change(config);
    return hashes(config) != plain;
  };
  CHECK(differs([](auto& c) { c.beta1 = 0.8; }));
  CHECK(differs([](auto& c) { c.beta2 = 0.9; }));
  CHECK(differs([](auto& c) { c.epsilon = 1e-3; }));
  CHECK(differs([](auto& c) { c.groups = "fc.* 10 1, *bias* 1 0"; }));
  CHECK(differs([](auto& c) { c.warmup = 2; }));
  CHECK(differs([](auto& c) { c.schedule = "step", c.step_size = 1; }));
  CHECK(differs([](auto& c) { c.schedule = "plateau", c.plateau = 1; }));
  CHECK(differs([](auto& c) { c.loss = "focal"; }));
  CHECK(differs([](auto& c) { c.loss = "focal", c.gamma = 0.5; }));
  CHECK(differs([](auto& c) { c.accumulate = 2; }));
  CHECK(differs([](auto& c) { c.average = 0.9; }));
  CHECK_FALSE(differs([](auto& c) { c.patience = 100; }));
}

TEST_CASE("Impossible recipes are refused", "[train]") {
  const auto refused = [](auto change) {
    TrainConfig config;
    change(config);
    CHECK_THROWS_AS(config.validate(), UsageError);
  };
  refused([](auto& c) { c.loss = "mean-squared-error"; });
  refused([](auto& c) { c.groups = "fc.*"; });
  refused([](auto& c) { c.groups = "fc.* 1"; });
  refused([](auto& c) { c.groups = "fc.* 1 0 2"; });
  refused([](auto& c) { c.groups = "fc.* -1 0"; });
  refused([](auto& c) { c.accumulate = 0; });
  refused([](auto& c) { c.average = 1; });
  refused([](auto& c) { c.beta2 = 1; });
  TrainConfig nobody = small_config();
  nobody.groups = "no.such.* 1 0";
  CHECK_THROWS_AS(make_trainer(small_run().data, small_run().split, nobody), Error);
}

TEST_CASE("Accumulated batches are one step along the mean of all their utterances", "[train]") {
  const SmallRun& run = small_run();
  TrainConfig config = small_config();
  config.epochs = 1;
  config.batch_size = 20;  // the last batch is shorter
  config.accumulate = 100;
  config.optimizer = "sgd";
  config.weight_decay = 0;
  Trainer trainer = make_trainer(run.data, run.split, config);
  // By hand: the same batches, one tape each.
  const Trainer other = make_trainer(run.data, run.split, config);
  const TrainState& s = other.state();
  std::size_t all = 0;
  const auto batches = shuffled_batches(run.split.train, 20, config.seed, 0);
  REQUIRE(batches.size() > 1);
  for (const auto& clips : batches) all += clips.size();
  std::uint64_t step = 0;
  for (const auto& clips : batches) {
    Batch batch = make_batch(run.data, clips);
    Tape<float> tape(TapeMode::record, config.seed, step++);
    const auto output = (*s.model)({tape.constant(std::move(batch.data)), batch.layout});
    const float share =
        static_cast<float>(static_cast<double>(clips.size()) / static_cast<double>(all));
    mul(cross_entropy<float>(output.head(), batch.labels), share).backward();
  }
  s.optimizer->set_lr(config.lr);
  s.optimizer->step();
  trainer.run();
  CHECK(weights_hash(*s.model) == weights_hash(*trainer.state().model));
  CHECK(trainer.state().optimizer->steps() == 1);
}

TEST_CASE("The average of the weights is judged and kept", "[train]") {
  const SmallRun& run = small_run();
  TrainConfig config = small_config();
  config.average = 0.5;
  Trainer trainer = make_trainer(run.data, run.split, config);
  trainer.run();
  auto smooth = trainer.state().model->clone();
  trainer.state().average->copy_to(*smooth);
  CHECK(trainer.state().history.back().weights_hash == weights_hash(*smooth));
  CHECK(weights_hash(*trainer.state().model) != weights_hash(*smooth));
  CHECK(trainer.state().history.back().choose_figure ==
        evaluate(*smooth, run.data, run.split.choose, 8).metrics.uar);
}

TEST_CASE("Patience ends a training, and a resumed one at the same epoch", "[train]") {
  const SmallRun& run = small_run();
  const TempFolder folder;
  TrainConfig config = small_config();
  config.epochs = 50;
  config.lr = 0;  // nothing ever gets better
  config.patience = 3;
  Trainer trainer = make_trainer(run.data, run.split, config);
  trainer.checkpoint_to(folder / "c");
  CHECK(trainer.run());
  CHECK(trainer.state().epoch == 4);
  CHECK(trainer.state().best_epoch == 1);
  Trainer again = make_trainer(run.data, run.split, config);
  again.resume(folder / "c");
  CHECK(again.run());
  CHECK(again.state().epoch == 4);
}

TEST_CASE("A stopped run with all of it goes on to the same bits", "[train]") {
  TrainConfig config = small_config();
  config.epochs = 5;
  config.accumulate = 2;
  config.average = 0.9;
  config.schedule = "plateau";
  config.plateau = 1;
  config.warmup = 1;
  config.loss = "focal";
  const auto once = hashes(config);
  for (const int batches : {1, 2, 4, 7}) CHECK(stopped_hashes(config, batches) == once);
}
