// A run of milliseconds for the tests of the training loop.
#pragma once

#include <sonant/train/experiment/run.h>

#include <string>
#include <vector>

#include "train/tones.h"

namespace sonant::test {

struct SmallRun {
  Dataset data;  // normalised
  Split split;   // 48 clips to train, 12 to validate, 12 to test
};

inline const SmallRun& small_run() {
  static const SmallRun run = [] {
    SmallRun r;
    r.data = tone_dataset();
    r.split = make_split(usual_protocol(r.data.corpus), r.data.corpus);
    normalise(r.data, r.split.train);
    return r;
  }();
  return run;
}

// Three epochs of six batches.
inline TrainConfig small_config() {
  TrainConfig config;
  config.model = "reslstm-sa-h5";
  config.epochs = 3;
  config.batch_size = 8;
  config.lr = 0.01;
  config.t0 = 4;
  return config;
}

inline std::vector<std::string> hashes_of(const Trainer& trainer) {
  std::vector<std::string> all;
  for (const EpochRecord& e : trainer.state().history) all.push_back(e.weights_hash);
  return all;
}

// Of the weights after every epoch.
inline std::vector<std::string> hashes(const TrainConfig& config,
                                       const SmallRun& run = small_run()) {
  Trainer trainer = make_trainer(run.data, run.split, config);
  trainer.run();
  return hashes_of(trainer);
}

}  // namespace sonant::test
