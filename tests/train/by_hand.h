// A training run written out: what the pages say a run does, step by step, with nothing of the
// trainer, the schedule, the metrics or the evaluation. And features without sounds to run it on.
#pragma once

#include <sonant/train/config.h>
#include <sonant/train/dataset.h>
#include <sonant/train/experiment/result.h>
#include <sonant/train/protocol.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sonant/nn/models/model.h>

namespace sonant::test {

// 36 clips of 6 speakers and 3 classes, of lengths that all differ, with 4 features a frame that
// say little about the class. By the column `split` speakers 0 and 1 test, 2 validates, 3, 4 and 5
// train, and they take turns: no part is the first clips, or the last. Classes are not equally
// frequent. Features are far from normalised, and otherwise so for every speaker.
Dataset invented_dataset();

// Softmax, mistakes and UAR of single clips, counted one by one.
struct Judgement {
  double loss = 0, uar = 0, accuracy = 0;
  std::vector<int> predicted;
  std::vector<std::vector<double>> probabilities;
};
// Each clip alone through the model, which must not be training.
Judgement judge_by_hand(Model<float>& model, const Dataset& data, const std::vector<int>& clips);
// Unweighted average recall of (label, predicted) pairs.
double uar_by_hand(const std::vector<int>& labels, const std::vector<int>& predicted);

std::vector<int> labels_by_hand(const Dataset& data, const std::vector<int>& clips);

struct HandRun {
  std::vector<EpochRecord> epochs;  // seconds are 0
  std::vector<double> losses;       // of every step
  int best_epoch = 0;
  double best_choose_figure = 0;
  std::unique_ptr<Model<float>> best;
};
// `data` is normalised.
HandRun train_by_hand(const Dataset& data, const Split& split, const TrainConfig& config);

// (x - mean) / deviation of every clip, mean and deviation over the frames of `fit_on`.
Normaliser normalise_by_hand(Dataset& data, const std::vector<int>& fit_on);

// Registers two protocols, once: "test" and "test-alone", with those who would choose among those
// who train. Those who judge choose, and all else is as usual.
void register_test_choosers();

}  // namespace sonant::test
