// What a training run found out, complete enough to be judged and repeated. As JSON it is what
// `sonant train --result` writes; docs/training.md has the schema.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/audio/features.h>
#include <sonant/train/config.h>
#include <sonant/train/environment.h>
#include <sonant/train/epoch_record.h>
#include <sonant/train/evaluate.h>
#include <sonant/train/experiment/data_facts.h>

namespace sonant {

struct RunResult {
  std::string command;  // as typed, if it was
  TrainConfig config;
  FeatureSettings features;
  std::int64_t parameters = 0;
  DataFacts data;
  std::vector<EpochRecord> epochs;
  int best_epoch = 0;             // 0: none
  double best_choose_figure = 0;  // of the watched head: its CCC, if it is of numbers
  std::string weights_hash;       // of the best weights: those of the model file
  Evaluation test;                // of the best weights, on the test speakers
  double load_seconds = 0, train_seconds = 0, test_seconds = 0;
  Environment environment;
  bool interrupted = false;  // then `test` is empty
};

std::string to_json(const RunResult& result);

// What to_json() wrote. Error, with `where` in front, for anything else.
RunResult result_from_json(std::string_view json, const std::string& where);

}  // namespace sonant
