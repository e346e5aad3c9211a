// What a training run is asked to do. The same config on the same data gives the same bits.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/settings.h>
#include <sonant/nn/models/family.h>
#include <sonant/train/optimizer.h>
#include <sonant/train/protocol.h>
#include <sonant/train/schedule.h>
#include <sonant/train/task.h>

namespace sonant {

enum class Keep {
  best,  // of the highest figure on the part that chooses, the first of equals
  last,  // nobody chooses
};
constexpr std::array<std::string_view, 2> words_of(Keep) { return {"best", "last"}; }

struct TrainConfig {
  std::string model = "reslstm-sa-h64";  // nn/models/family.h
  int fold = 0;                          // which of the protocol's splits, from 0
  int epochs = 100;
  int batch_size = 16;     // utterances, at least 2
  int accumulate = 1;      // batches whose gradients make one step
  int window = 0;          // shards of a feature store that are shuffled together; 0: all
  std::string heads = "";  // what is learnt, parse_task(); "": as the family has it
  // Classes of the corpus, or a label set of it: audio/corpora/label_map.h; "": all, as they are.
  std::string labels = "";
  std::string watch = "";              // the head whose figure picks the epoch; "": the first
  std::string loss = "cross-entropy";  // nn/losses/loss.h, of heads that name none
  double gamma = 2;                    // focal
  std::string optimizer = "adam";      // known_optimizers()
  double lr = 1e-3;                    // highest learning rate
  double weight_decay = 1.6e-3;
  double beta1 = 0.9, beta2 = 0.999;  // adam, adamw, adam-keras
  double epsilon = 1e-8;              // adam, adamw, adam-keras
  std::string groups = "";  // "*bias* 1 0, fc.* 10 1": pattern, factors of lr and weight decay
  double momentum = 0;      // sgd
  bool nesterov = false;    // sgd
  std::string schedule = "cosine";  // known_schedules()
  int warmup = 0;                   // epochs in which the rate rises in a line, before all else
  int t0 = 10;                      // cosine: epochs of the first cycle
  int cycles = 0;                   // cosine: t0 = epochs / cycles, at least 1; 0: t0 as given
  int t_mult = 1;                   // cosine: growth of the cycles
  double eta_min_ratio = 0.01;      // cosine, plateau: lowest rate as a share of lr
  double factor = 0.1;              // step, plateau: what the rate is multiplied by
  int step_size = 30;               // step: epochs of the same rate
  int plateau = 10;                 // plateau: epochs without a better figure before each step
  int patience = 0;                 // epochs without a better figure that end the training; 0: none
  double min_delta = 0;             // what is better by less is not better
  double average = 0;      // decay of the weights' moving average, which is judged; 0: none
  Keep keep = Keep::best;  // which epoch's weights
  // Copies of the utterances that are 1 - speed_change and 1 + speed_change times as fast stand for
  // them with this probability, and up to so many adjacent frames and features are set to their
  // mean: train/augment.h.
  double speed_share = 0, speed_change = 0.1;
  int mask_frames = 0, mask_features = 0;
  bool standardise = true;  // features to mean 0, deviation 1; false: as the front end has them
  double label_smoothing = 0;
  bool class_weights = false;      // weigh classes by 1 / frequency in the training part
  double l2 = 0;                   // factor of the sum of squares that is part of the loss; 0: none
  std::string l2_on = "*weight*";  // of which parameters: a pattern, as in groups
  double clip = 0;                 // largest gradient norm; 0: no clipping
  std::uint64_t seed = 1;          // of initial weights, shuffling and dropout
  std::string protocol = "usual";  // train/protocol.h
  int folds = 0;                   // how many to make of the corpus; 0: as the protocol says
  std::uint64_t fold_seed = 1;     // of a protocol that deals at random
  bool check_finite = true;        // stop at the first NaN or infinity
  int shards = 1;                  // parts that a batch is computed in: docs/ranks.md
  // Settings that the rows named above have of their own, as a model's dropout; none: the defaults,
  // and what the model's name says.
  AnySettings model_own = {}, loss_own = {}, optimizer_own = {}, schedule_own = {};

  // All settings are the same; a row's defaults are, whether or not they are filled in.
  bool operator==(const TrainConfig& other) const;

  // Any setting by its name, those that rows have of their own too: set("dropout", 0.2). Error for
  // another name or another kind of value.
  TrainConfig& set(std::string_view name, const Json& value);
  // UsageError, naming the field, if a value is out of its range.
  void validate() const;
  // What the settings say to each part.
  ModelSpec model_spec(int input, std::vector<Head> heads) const;
  OptimizerSettings optimizer_settings() const;
  Task task() const;  // heads and watch
  Schedule learning_rate() const;
  ProtocolSettings protocol_settings() const;
};

SettingTable settings_of(const TrainConfig&);  // all but what rows have of their own

// Of these as well, in one table (config_settings.h). Reading takes them in any order.
Json to_json(const TrainConfig& config);
void from_json(TrainConfig& config, const Json& json);
std::string first_difference(const TrainConfig& there, const TrainConfig& here,
                             const std::vector<std::string_view>& ignored = {});

// Whether the head that is watched is of classes, and its figure a UAR; else it is a CCC.
inline bool watches_classes(const TrainConfig& config) {
  return config.task().watched_one().of_classes();
}

// What version 0.1 wrote in place of `protocol`.
inline constexpr std::array<std::string_view, 3> former_rules{"padding", "normalise", "choose_by"};
// The keys of a file with the protocol in place of those rules. If none has them, they are its
// name.
Json with_protocol(Json keys);

}  // namespace sonant
