// Where a trained model comes from: what its file says besides what running it needs.
#pragma once

#include <string>
#include <string_view>

#include <sonant/train/experiment/result.h>

namespace sonant {

// Nothing is computed from it.
struct TrainingFacts {
  DataFacts data;
  TrainConfig config;
  int best_epoch = 0;
  double choose_figure = 0, test_figure = 0;  // of the watched head: CCCs, if it is of numbers
  double test_accuracy = 0;
  Environment environment;
  // All heads, where there is not one of classes alone: how they did in the test.
  struct HeadFigure {
    std::string head;
    bool of_classes;
    double test;
  };
  std::vector<HeadFigure> heads = {};
};

// As SpeechModel::facts has it, one line of JSON. Error for a best epoch behind the last.
std::string to_json(const TrainingFacts& facts);

// What to_json() wrote; defaults for "", that of a model of which nobody says where it comes from.
// Error, with `where` in front, for anything else.
TrainingFacts facts_from_json(std::string_view json, const std::string& where);

}  // namespace sonant
