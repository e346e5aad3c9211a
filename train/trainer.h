// The training loop: docs/training.md. What is trained, to what, on whose clips and by which rule
// is all given; run.h's make_trainer() puts together what a recipe names.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <sonant/train/checkpoint.h>
#include <sonant/train/cluster/sharded_step.h>
#include <sonant/train/dataset.h>
#include <sonant/train/evaluate.h>
#include <sonant/train/l2_penalty.h>
#include <sonant/train/progress.h>
#include <sonant/train/protocol.h>
#include <sonant/train/task.h>

namespace sonant {

class Trainer {
 public:
  // The model has a head for each objective; the optimizer moves its parameters. `data` must be a
  // view that is normalised, of a dataset that outlives the trainer. Of `config` the loop's
  // settings count here, and in a checkpoint all: epochs, batch_size, accumulate, shards, the
  // schedule, patience, min_delta, average, l2, clip, seed, check_finite. ranks: who train
  // together, with the same arguments, and outlive the trainer; null: this process alone. Error for
  // impossible settings, and for parts that do not fit together.
  Trainer(std::unique_ptr<Model<float>> model, const Task& task, DataView data, Split split,
          std::unique_ptr<Optimizer<float>> optimizer, const TrainConfig& config,
          Communicator* ranks = nullptr);

  // Where checkpoints go, by rank 0: on a stop, at the end, and whenever one is `seconds` old.
  void checkpoint_to(std::filesystem::path path, double seconds = 10);
  // Goes on from a checkpoint: load_checkpoint().
  std::string resume(const std::filesystem::path& path) { return load_checkpoint(state_, path); }

  // Trains to the last epoch: true; or until stop(), of any rank: false, after the step under way
  // and with a checkpoint written. Error that names epoch and step at the first loss or gradient
  // that is not finite, if the config asks to check; and if ranks differ in what their results
  // depend on (cluster/same_run.h), before the first step and after every epoch.
  bool run(const Callbacks& callbacks = {});

  // The weights after the epoch with the highest figure of the watched head on split.choose, the
  // first of equals, or after the last one (TrainConfig::keep). Error before the first epoch.
  Model<float>& best_model() const;

  const TrainState& state() const { return state_; }
  const DataView& view() const { return view_; }
  const Task& task() const { return task_; }
  const std::vector<Target>& targets() const { return loss_.targets(); }

 private:
  double train_step(std::span<const std::vector<int>> batches, double lr,
                    const Callbacks& callbacks);
  double add_gradients(std::span<const int> clips, double share);
  double pass(Model<float>& model, std::span<const int> clips, double share, Exchange* others,
              std::span<double> each, bool first);
  void tally(const ModelOutput<float>& output, std::span<const int> clips);
  std::vector<double> figures() const;
  bool out_of_patience() const;
  void check_gradients(double loss) const;
  EpochRecord record_of(const Evaluation& chosen, double lr) const;
  Evaluation judged_by_chooser(Model<float>& model) const;
  void finish_epoch(double lr, double seconds);
  void save() const;
  bool stops(const Callbacks& callbacks) const;

  DataView view_;
  Split split_;
  Task task_;
  TaskLoss loss_;
  L2Penalty penalty_ = {};
  TrainState state_;
  Communicator* ranks_;                   // null: there is one
  std::unique_ptr<ShardedStep> sharded_;  // of batches in shards
  std::vector<double> each_;              // [objectives], the losses of a batch
  std::filesystem::path checkpoint_;
  double checkpoint_seconds_ = 10;
};

}  // namespace sonant
