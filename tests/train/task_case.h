// Clips with columns to learn beside the class, and what a recipe says of them.
#pragma once

#include <sonant/train/experiment/run.h>

#include <string>
#include <vector>

#include "train/by_hand.h"

namespace sonant::test {

// Beside the three classes of the invented clips, who speaks (of two kinds), how many frames there
// are, and a column in which every third cell is empty.
inline Dataset with_columns() {
  Dataset data = invented_dataset();
  normalise(data, make_split(usual_protocol(data.corpus), data.corpus).train);
  for (std::size_t i = 0; i < data.features.size(); ++i) {
    auto& columns = data.corpus.clips[i].columns;
    columns["kind"] = i % 5 < 2 ? "loud" : "soft";
    columns["size"] = std::to_string(static_cast<double>(data.features[i].dim(0)) / 20);
    if (i % 3 != 0) columns["some"] = i % 3 == 1 ? "here" : "there";
    if (i % 4 != 0) columns["pull"] = std::to_string(static_cast<double>(i % 7) - 3);
  }
  return data;
}

inline TrainConfig config_of(const std::string& heads) {
  TrainConfig c;
  c.model = "reslstm-sa-h5";
  c.epochs = 3;
  c.batch_size = 7;
  c.lr = 0.02;
  c.set("dropout", 0.4);
  c.heads = heads;
  return c;
}

inline std::vector<std::string> hashes_of(const Trainer& trainer) {
  std::vector<std::string> all;
  for (const EpochRecord& e : trainer.state().history) all.push_back(e.weights_hash);
  return all;
}

inline std::vector<std::string> hashes(const Dataset& data, const TrainConfig& config) {
  Trainer trainer =
      make_trainer(data, make_split(usual_protocol(data.corpus), data.corpus), config);
  trainer.run();
  return hashes_of(trainer);
}

}  // namespace sonant::test
