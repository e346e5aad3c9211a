// The state of a training run, whole: what is in it is enough to go on to the same bits as if
// nothing had stopped. docs/training.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sonant/audio/features.h>
#include <sonant/nn/models/model.h>
#include <sonant/train/config.h>
#include <sonant/train/environment.h>
#include <sonant/train/epoch_record.h>
#include <sonant/train/metrics.h>
#include <sonant/train/optimizer.h>
#include <sonant/train/weight_average.h>

namespace sonant {

// What a head has answered in the epoch that is under way.
struct HeadTally {
  HeadTally() = default;
  explicit HeadTally(int of_classes) : classes(of_classes) {}

  ConfusionMatrix classes = {};  // or, of no classes,
  NumberPairs numbers = {};
  double loss_sum = 0;  // over the clips of batches in which the head had a loss
  std::int64_t clips = 0;

  double figure() const {
    return classes.classes() > 0 ? compute_metrics(classes).uar : compute_metrics(numbers).ccc;
  }
};

// Random numbers need no state: they depend on the seed, the epoch and the step alone.
struct TrainState {
  // What the run is; a checkpoint that differs in it is refused.
  TrainConfig config;
  FeatureSettings features;
  std::string data_fingerprint;

  std::unique_ptr<Model<float>> model;  // after `step` steps
  std::unique_ptr<Optimizer<float>> optimizer;
  std::optional<WeightAverage<float>> average;  // if the config asks for it
  std::unique_ptr<Model<float>> best;           // after the best epoch; null before the first
  int best_epoch = 0;
  double best_choose_figure = 0;  // of the head that is watched: its CCC, if it is of numbers
  std::vector<EpochRecord> history;

  // Where it is.
  int epoch = 0;                 // completed
  int batch = 0;                 // done in the epoch that is under way
  std::int64_t step = 0;         // batches in all
  double loss_sum = 0;           // of that epoch, over its utterances so far
  std::int64_t clips = 0;        // how many these are
  std::vector<HeadTally> heads;  // [objectives]
  double epoch_seconds = 0;
};

// Epoch 0 of a model. heads: of the objectives; more outputs than one are classes.
TrainState start_training(std::unique_ptr<Model<float>> model,
                          std::unique_ptr<Optimizer<float>> optimizer, std::span<const Head> heads,
                          const TrainConfig& config, const FeatureSettings& features,
                          const std::string& data_fingerprint);

// One safetensors file, written whole or not at all.
void save_checkpoint(const TrainState& state, const std::filesystem::path& path);

// Puts `state`, fresh from start_training(), where the checkpoint was. The number of epochs may
// differ where that changes nothing in those that are begun: a finished run can be made longer, but
// not with `cycles`, which follow from the number, and not shorter than what is done. Error, with
// the state unchanged, if the file is missing or damaged, no checkpoint, or of other settings or
// data (the message names the first difference). Returns a remark if it was made with another
// instruction set, BLAS core or version, so that the last bits may differ from here on; else "".
std::string load_checkpoint(TrainState& state, const std::filesystem::path& path);

// "has 12 of 100 epochs of a training", or that it is no checkpoint.
std::string describe_checkpoint(const std::filesystem::path& path);

// Fingerprint of all parameters and buffers, names included: equal means the same model, bit for
// bit.
std::string weights_hash(Module<float>& model);

}  // namespace sonant
