// The training loop: docs/training.md.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <sonant/train/checkpoint.h>
#include <sonant/train/dataset.h>
#include <sonant/train/folds.h>

namespace sonant {

struct BatchProgress {
  int epoch = 0, epochs = 0;   // from 1
  int batch = 0, batches = 0;  // from 1, of this epoch
  double loss = 0;             // of this batch
  double seconds = 0;          // since run() began
  double seconds_left = 0;     // estimated
};

struct TrainCallbacks {
  std::function<void(const BatchProgress&)> batch = {};
  std::function<void(const EpochRecord&)> epoch = {};  // after validation
  std::function<bool()> stop = {};                     // asked after every step
};

class Trainer {
 public:
  // `data` must be a view that is normalised, of a dataset that outlives the trainer. Error for
  // impossible settings.
  Trainer(DataView data, Split split, const TrainConfig& config);

  // Where checkpoints go: on a stop, at the end, and whenever one is `seconds` old.
  void checkpoint_to(std::filesystem::path path, double seconds = 10);
  // Goes on from a checkpoint: load_checkpoint().
  std::string resume(const std::filesystem::path& path) { return load_checkpoint(state_, path); }

  // Trains to the last epoch: true; or until stop(): false, after the step under way and with a
  // checkpoint written. Error that names epoch and step at the first loss or gradient that is not
  // finite, if the config asks to check.
  bool run(const TrainCallbacks& callbacks = {});

  // The weights after the epoch with the highest UAR on split.choose, the first of equals.
  // Error before the first epoch.
  Model<float>& best_model() const;

  const TrainState& state() const { return state_; }

 private:
  double train_step(std::span<const std::vector<int>> batches, double lr);
  double add_gradients(std::span<const int> clips, double share);
  std::vector<double> figures() const;
  bool out_of_patience() const;
  void check_gradients(double loss) const;
  void finish_epoch(double lr, double seconds);
  void save() const;

  DataView view_;
  Split split_;
  Loss loss_;
  TrainState state_;
  std::filesystem::path checkpoint_;
  double checkpoint_seconds_ = 10;
};

}  // namespace sonant
