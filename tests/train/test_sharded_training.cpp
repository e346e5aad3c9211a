// Trainings whose batches are computed in shards, on threads and on ranks.
#include <sonant/core/parallel.h>
#include <sonant/core/usage.h>
#include <sonant/train/cluster/same_run.h>
#include <sonant/train/evaluate.h>

#include <cstdlib>

#include "support/catch.h"
#include "support/temp_folder.h"
#include "train/task_case.h"
#include "train/thread_ranks.h"

using namespace sonant;
using namespace sonant::test;

namespace {

// A dataset of which many clips have no value in one column or another, and its split.
struct Case {
  Dataset data = with_columns();
  Split split = make_split(usual_protocol(data.corpus), data.corpus);
};

const Case& the_case() {
  static const Case its;
  return its;
}

TrainConfig sharded(int shards = 4) {
  TrainConfig c = config_of("emotion, size concordance 0.5, some 0.3");
  c.epochs = 2;
  c.shards = shards;
  return c;
}

// What a training has come to: hashes after each epoch, and the figures that are shown.
std::vector<std::string> outcome_of(const Trainer& trainer) {
  std::vector<std::string> all = hashes_of(trainer);
  for (const EpochRecord& e : trainer.state().history)
    for (const double figure : {e.train_loss, e.train_figure, e.choose_loss, e.choose_figure})
      all.push_back(std::to_string(figure));
  return all;
}

// Of every rank, which must be the same: that of rank 0.
std::vector<std::string> outcome(const TrainConfig& config, int ranks, int threads = 1) {
  const int before = num_threads();
  set_num_threads(threads);
  std::vector<std::vector<std::string>> of(static_cast<std::size_t>(ranks));
  on_ranks(ranks, [&](Communicator& mine) {
    Trainer trainer = make_trainer(the_case().data, the_case().split, config, &mine);
    trainer.run();
    of[static_cast<std::size_t>(mine.rank())] = outcome_of(trainer);
  });
  set_num_threads(before);
  for (const auto& its : of) CHECK(its == of[0]);
  return of[0];
}

}  // namespace

TEST_CASE("A sharded training has the same bits on any number of ranks and threads", "[train]") {
  const auto of = [](auto change) {
    TrainConfig config = sharded();
    change(config);
    const auto one = outcome(config, 1);
    for (const int ranks : {1, 2, 3, 4})
      for (const int threads : {1, 2}) {
        CAPTURE(ranks, threads);
        CHECK(outcome(config, ranks, threads) == one);
      }
    return one;
  };
  const auto plain = of([](TrainConfig&) {});
  CHECK(of([](TrainConfig& c) {
          c.accumulate = 2;
          c.average = 0.9;
          c.clip = 0.5;
          c.l2 = 0.01;
          c.loss = "focal";
          c.class_weights = true;
          c.protocol = "krasnoproshin2026";
        }) != plain);
  CHECK(outcome(sharded(2), 1) != plain);  // how many shards is part of what the result is
  CHECK(outcome(sharded(1), 1) != plain);
}

TEST_CASE("Shards learn what the whole batch does, but for rounding", "[train]") {
  const auto losses = [](int shards) {
    TrainConfig config = sharded(shards);
    config.set("dropout", 0.0);
    config.optimizer = "sgd";
    Trainer trainer = make_trainer(the_case().data, the_case().split, config);
    trainer.run();
    std::vector<double> all;
    for (const EpochRecord& e : trainer.state().history)
      for (const double figure : {e.train_loss, e.train_figure, e.choose_loss})
        all.push_back(figure);
    return all;
  };
  const auto whole = losses(1), in_four = losses(4);
  for (std::size_t i = 0; i < whole.size(); ++i)
    CHECK(in_four[i] == Approx(whole[i]).epsilon(1e-4));
}

TEST_CASE("Ranks stop together, and go on as another number of ranks", "[train]") {
  const TempFolder folder;
  const auto all = outcome(sharded(), 1);
  on_ranks(3, [&](Communicator& mine) {
    Trainer trainer = make_trainer(the_case().data, the_case().split, sharded(), &mine);
    trainer.checkpoint_to(folder / "c");
    int steps = 0;  // rank 1 alone is asked to stop
    const bool done = trainer.run({.stop = [&] { return ++steps == 3 && mine.rank() == 1; }});
    if (done || steps != 3) throw std::logic_error("steps");
  });
  std::vector<std::string> resumed;
  on_ranks(2, [&](Communicator& mine) {
    Trainer trainer = make_trainer(the_case().data, the_case().split, sharded(), &mine);
    if (!trainer.resume(folder / "c").empty()) throw std::logic_error("resume");
    trainer.run();
    if (mine.rank() == 0) resumed = outcome_of(trainer);
  });
  CHECK(resumed == all);
}

TEST_CASE("Ranks that differ are told in what, before the first step", "[train]") {
  const auto differ = [](auto change) {
    on_ranks(3, [&](Communicator& mine) {
      TrainConfig config = sharded();
      Dataset data = the_case().data;
      if (mine.rank() == 2) change(config, data);
      Trainer trainer = make_trainer(data, the_case().split, config, &mine);
      trainer.run({.batch = [](const BatchProgress&) { throw std::logic_error("a step"); }});
    });
  };
  CHECK_THROWS_WITH(differ([](TrainConfig& c, Dataset&) { c.lr = 0.5; }),
                    ContainsSubstring("rank 2 on ") && ContainsSubstring("lr: 0.5 there"));
  CHECK_THROWS_WITH(differ([](TrainConfig&, Dataset& d) { d.fingerprint = "f00"; }),
                    ContainsSubstring("the sounds' features"));
}

TEST_CASE("Ranks whose weights drift apart are told after which epoch", "[train]") {
  const auto drift = [] {
    on_ranks(2, [](Communicator& mine) {
      check_same_weights(mine, mine.rank() == 0 ? "aa" : "bb", "after epoch 3");
    });
  };
  CHECK_THROWS_WITH(drift(), ContainsSubstring("after epoch 3 the weights of rank 1"));
}

TEST_CASE("Judging is shared out by ranks, to the same bits", "[train]") {
  const Case& c = the_case();
  Trainer trainer = make_trainer(c.data, c.split, sharded(1));
  trainer.run();
  const auto judged = [&](Communicator* ranks) {
    const auto model = trainer.best_model().clone();
    return to_json(
        evaluate(*model, c.data, c.split.test, 3, trainer.task(), trainer.targets(), ranks));
  };
  const std::string alone = judged(nullptr);
  for (const int ranks : {2, 9}) {  // and more ranks than batches
    std::vector<std::string> of(static_cast<std::size_t>(ranks));
    on_ranks(ranks, [&](Communicator& mine) {
      of[static_cast<std::size_t>(mine.rank())] = judged(&mine);
    });
    for (const std::string& its : of) CHECK(its == alone);
  }
}

TEST_CASE("Shards that cannot be are refused", "[train]") {
  const auto refused = [](int shards) {
    TrainConfig config = config_of("");  // batches of 7
    config.shards = shards;
    config.validate();
  };
  CHECK_THROWS_WITH(refused(3), ContainsSubstring("power of two"));
  CHECK_THROWS_WITH(refused(8), ContainsSubstring("batch_size of 7"));
  CHECK_NOTHROW(refused(4));
  CHECK_THROWS_AS(refused(0), UsageError);
  CHECK_THROWS_WITH(check_launch({0, 4, "mpirun"}, 1), ContainsSubstring("--shards 4, 8"));
  CHECK_THROWS_WITH(check_launch({0, 5, "mpirun"}, 4), ContainsSubstring("--shards 8, 16"));
  CHECK_NOTHROW(check_launch({0, 3, "mpirun"}, 4));
  CHECK_NOTHROW(check_launch({}, 1));
}

namespace {

// A variable of the environment while it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("What mpirun and srun say of ranks is read, and no more", "[train]") {
  CHECK(launch_of_environment().size == 1);
  {
    const Variable rank("OMPI_COMM_WORLD_RANK", "2"), size("OMPI_COMM_WORLD_SIZE", "3");
    CHECK(launch_of_environment().rank == 2);
    CHECK(launch_of_environment().size == 3);
  }
  {
    const Variable rank("PMI_RANK", "1"), size("PMI_SIZE", "2");
    CHECK(launch_of_environment().size == 2);
  }
  const Variable tasks("SLURM_STEP_NUM_TASKS", "4");
  CHECK(launch_of_environment().size == 1);  // of several processes, each alone
  CHECK_NOTHROW(check_launch({}, 1));
  CHECK_THROWS_WITH(check_launch({}, 4), ContainsSubstring("expected srun --mpi=pmix"));
  const Variable rank("PMIX_RANK", "3");
  CHECK(launch_of_environment().rank == 3);
  CHECK_NOTHROW(check_launch(launch_of_environment(), 4));
}

TEST_CASE("A program without MPI, or with another one than mpirun's, says so", "[train]") {
  CHECK(transport_name().empty());
  const Launch launch{0, 2, "mpirun"};
  CHECK_THROWS_WITH(join_ranks(launch), ContainsSubstring("built without MPI"));
  class Alone : public Communicator {
   public:
    int rank() const override { return 0; }
    int size() const override { return 1; }
    void gather(std::span<const double>, std::span<const int>, std::span<double>) override {}
    void swap(int, std::span<const float>, std::span<float>) override {}
    void deal(std::span<const float>, std::span<const int>, std::span<float>,
              std::span<const int>) override {}
    void collect(std::span<float>, std::span<const int>) override {}
    void abort(int status) override { std::exit(status); }
  };
  use_transport(
      {"MPI 9", []() -> std::unique_ptr<Communicator> { return std::make_unique<Alone>(); }});
  CHECK_THROWS_WITH(join_ranks(launch), ContainsSubstring("MPI 9") &&
                                            ContainsSubstring("finds 1; expected the mpirun of"));
}
