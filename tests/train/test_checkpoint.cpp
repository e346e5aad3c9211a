#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sonant/core/file.h>
#include <sonant/nn/safetensors.h>
#include <sonant/train/checkpoint.h>

#include <cstdlib>

#include "support/catch.h"
#include "support/models.h"
#include "support/text.h"
#include "train/small_run.h"

using namespace sonant;
using namespace sonant::test;
namespace fs = std::filesystem;

namespace {

TrainConfig config_with_everything() {
  TrainConfig config = small_config();
  config.epochs = 5;
  config.set("dropout", 0.4);
  config.clip = 0.5;
  config.label_smoothing = 0.05;
  return config;
}

// Stops after `steps` steps of this process.
Callbacks stop_after(int steps) {
  return {.stop = [steps, done = 0]() mutable { return ++done >= steps; }};
}

constexpr const char* kPathVariable = "SONANT_TEST_CHECKPOINT";

}  // namespace

TEST_CASE("A run stopped after any step and resumed gives the bits of one that was not",
          "[train]") {
  const SmallRun& run = small_run();
  for (const char* optimizer : {"adam", "sgd"}) {
    TrainConfig config = config_with_everything();
    config.optimizer = optimizer;
    if (config.optimizer == "sgd") config.momentum = 0.9;
    Trainer straight = make_trainer(run.data, run.split, config);
    straight.run();
    for (int steps : {1, 5, 6, 7, 13, 29}) {  // 6 is the last step of the first epoch
      const TempFolder folder;
      Trainer first = make_trainer(run.data, run.split, config);
      first.checkpoint_to(folder / "run.checkpoint");
      CHECK_FALSE(first.run(stop_after(steps)));
      CHECK(first.state().step == steps);
      Trainer second = make_trainer(run.data, run.split, config);
      CHECK(second.resume(folder / "run.checkpoint").empty());
      CHECK(second.run());
      INFO(optimizer << ", stopped after step " << steps);
      CHECK(hashes_of(second) == hashes_of(straight));
      CHECK(weights_hash(second.best_model()) == weights_hash(straight.best_model()));
      for (std::size_t e = 0; e < second.state().history.size(); ++e) {
        CHECK(second.state().history[e].train_loss == straight.state().history[e].train_loss);
        CHECK(second.state().history[e].train_figure == straight.state().history[e].train_figure);
        CHECK(second.state().history[e].choose_loss == straight.state().history[e].choose_loss);
      }
    }
  }
}

TEST_CASE("A finished run can be made longer", "[train]") {
  const SmallRun& run = small_run();
  TrainConfig config = config_with_everything();
  const auto five = hashes(config);
  const TempFolder folder;
  config.epochs = 2;
  Trainer two = make_trainer(run.data, run.split, config);
  two.checkpoint_to(folder / "c");
  two.run();
  Trainer again = make_trainer(run.data, run.split, config);
  again.resume(folder / "c");
  CHECK(again.run());  // nothing is left to do
  CHECK(hashes_of(again) == hashes_of(two));
  config.epochs = 5;
  Trainer longer = make_trainer(run.data, run.split, config);
  longer.resume(folder / "c");
  longer.run();
  CHECK(hashes_of(longer) == five);
}

TEST_CASE("The number of epochs may not change what is done already", "[train]") {
  const SmallRun& run = small_run();
  const TempFolder folder;
  const auto trained = [&](TrainConfig config, int epochs, int cycles, int steps = 1000) {
    config.epochs = epochs, config.cycles = cycles;
    Trainer trainer = make_trainer(run.data, run.split, config);
    trainer.checkpoint_to(folder / "c");
    trainer.run(stop_after(steps));
  };
  const auto resumed = [&](TrainConfig config, int epochs, int cycles) {
    config.epochs = epochs, config.cycles = cycles;
    Trainer trainer = make_trainer(run.data, run.split, config);
    return refusal([&] { trainer.resume(folder / "c"); });
  };
  const TrainConfig config = small_config();
  trained(config, 4, 0);
  CHECK_THAT(resumed(config, 3, 0), ContainsSubstring("epochs: 4 there, 3 here, and 4 are done"));
  CHECK(resumed(config, 4, 0) == "");
  CHECK(resumed(config, 9, 0) == "");
  trained(config, 4, 1);
  CHECK_THAT(resumed(config, 5, 1), ContainsSubstring("cycles 1 is another learning rate"));
  TrainConfig constant = config;
  constant.schedule = "constant";
  trained(constant, 4, 1);
  CHECK(resumed(constant, 5, 1) == "");
  // What is not begun may become another: one epoch has the highest rate in any cycle.
  trained(config, 4, 1, 6);
  CHECK(resumed(config, 8, 1) == "");
  CHECK(resumed(config, 1, 1) == "");
  trained(config, 4, 1, 7);  // the second is under way
  CHECK_THAT(resumed(config, 8, 1), ContainsSubstring("learning rate in epoch 2"));
}

// The other side of the next test: trains with a checkpoint after every step, until it is killed.
TEST_CASE("Train until killed", "[.child]") {
  const char* path = std::getenv(kPathVariable);
  REQUIRE(path != nullptr);
  const SmallRun& run = small_run();
  Trainer trainer = make_trainer(run.data, run.split, config_with_everything());
  trainer.checkpoint_to(path, 0);
  if (fs::exists(path)) trainer.resume(path);
  CHECK(trainer.run({.batch = [](const BatchProgress&) { ::usleep(3000); }}));
}

TEST_CASE("A run killed at any moment, again and again, ends with the same bits", "[train]") {
  const SmallRun& run = small_run();
  const auto straight = hashes(config_with_everything());
  const TempFolder folder;
  const fs::path path = folder / "run.checkpoint";
  int killed = 0;
  // Each attempt lives longer, so that a slow machine gets there, too.
  for (double patience_ms = 60; patience_ms < 60000; patience_ms *= 1.25) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {  // exec: the threads of our pool do not exist on this side of the fork
      ::setenv(kPathVariable, path.c_str(), 1);
      ::execl("/proc/self/exe", "test_train", "[.child]", "--out", "/dev/null", nullptr);
      ::_exit(127);
    }
    int status = 0;
    bool over = false;
    for (int ms = 0; ms < patience_ms && !over; ++ms) {
      ::usleep(1000);
      over = ::waitpid(child, &status, WNOHANG) == child;
    }
    if (!over) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
    }
    if (WIFEXITED(status)) {
      CHECK(WEXITSTATUS(status) == 0);
      break;
    }
    ++killed;
  }
  CHECK(killed >= 1);  // how often depends on how fast the machine is
  Trainer resumed = make_trainer(run.data, run.split, config_with_everything());
  resumed.resume(path);
  CHECK(resumed.run());
  CHECK(hashes_of(resumed) == straight);
}

TEST_CASE("A checkpoint of another run is refused with the first difference", "[train]") {
  const SmallRun& run = small_run();
  const TempFolder folder;
  const fs::path path = folder / "c";
  Trainer trainer = make_trainer(run.data, run.split, small_config());
  trainer.checkpoint_to(path);
  trainer.run();
  const auto refusal = [&](const Dataset& data, const Split& split, const TrainConfig& config) {
    Trainer other = make_trainer(data, split, config);
    const std::string before = weights_hash(*other.state().model);
    const std::string text = test::refusal([&] { other.resume(path); });
    CHECK(weights_hash(*other.state().model) == before);
    CHECK(other.state().epoch == 0);
    return text;
  };
  TrainConfig config = small_config();
  config.lr = 0.02;
  CHECK_THAT(refusal(run.data, run.split, config), ContainsSubstring("lr: 0.01 there, 0.02 here"));
  CHECK_THAT(refusal(run.data, run.split, config), ContainsSubstring(path.native()));
  config = small_config();
  config.model = "lstm-sa-h5";
  CHECK_THAT(refusal(run.data, run.split, config), ContainsSubstring("model: "));

  Dataset data = run.data;
  data.fingerprint[0] = data.fingerprint[0] == '0' ? '1' : '0';
  CHECK_THAT(refusal(data, run.split, small_config()), ContainsSubstring("data: fingerprint"));
  data = run.data;
  data.settings = test::tone_features("top_db", 60.0);
  CHECK_THAT(refusal(data, run.split, small_config()), ContainsSubstring("top_db: 80.0 there, 60"));
  Split split = run.split;
  std::swap(split.choose, split.test);
  CHECK_THAT(refusal(run.data, split, small_config()), ContainsSubstring("data: fingerprint"));
  split = run.split;  // the same clips in the same order, one in another part
  split.test.insert(split.test.begin(), split.choose.back());
  split.choose.pop_back();
  CHECK_THAT(refusal(run.data, split, small_config()), ContainsSubstring("data: fingerprint"));
}

TEST_CASE("What is no checkpoint, or a damaged one, is refused by name", "[train]") {
  const SmallRun& run = small_run();
  const TempFolder folder;
  const fs::path path = folder / "run.checkpoint";
  Trainer trainer = make_trainer(run.data, run.split, small_config());
  trainer.checkpoint_to(path);
  trainer.run();
  const auto bytes = read_file(path, "test");
  const auto resume = [&] {
    return refusal([&] { make_trainer(run.data, run.split, small_config()).resume(path); });
  };
  CHECK(resume() == "");

  Safetensors plain;
  plain.add("x", Tensor<float>(Shape{2}));
  plain.write(path);
  CHECK_THAT(resume(), ContainsSubstring("expected a checkpoint"));
  for (std::size_t keep :
       {std::size_t{0}, std::size_t{7}, std::size_t{300}, bytes.size() / 2, bytes.size() - 1}) {
    write_file(path, std::span(bytes).first(keep), "test");
    CHECK_THAT(resume(), ContainsSubstring(path.native()));
  }
  const auto edited = [&](const std::function<void(std::string&)>& edit) {
    write_file(path, bytes, "test");
    Safetensors file = Safetensors::read(path);
    edit(file.metadata["sonant_checkpoint"]);
    file.write(path);
    return resume();
  };
  CHECK_THAT(edited([](auto& text) { text = "{}"; }), ContainsSubstring("damaged"));
  CHECK_THAT(edited([](auto& text) { text.resize(text.size() / 2); }),
             ContainsSubstring("damaged"));
  CHECK_THAT(edited([](auto& text) { text.replace(text.find("\"epoch\":3"), 9, "\"epoch\":9"); }),
             ContainsSubstring("do not fit together"));
  fs::remove(path);
  CHECK_THAT(resume(), ContainsSubstring("No such file"));
}

TEST_CASE("The hash of the weights sees every number and name", "[train]") {
  const auto model =
      make_model<float>(test::NamedModel{.name = "lstm-sa-h3", .input = 4, .classes = 2}, 1);
  const std::string hash = weights_hash(*model);
  CHECK(hash == weights_hash(*model->clone()));
  for (const auto& [name, parameter] : model->named_parameters()) {
    float& last = parameter->value[parameter->value.size() - 1];
    const float old = last;
    last += 1;
    CHECK(weights_hash(*model) != hash);
    last = old;
  }
  for (const auto& [name, buffer] : model->named_buffers()) {
    const float old = (*buffer)[0];
    (*buffer)[0] += 1;
    CHECK(weights_hash(*model) != hash);
    (*buffer)[0] = old;
  }
  CHECK(weights_hash(*model) == hash);
}
