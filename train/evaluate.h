// Judging a model on utterances of a dataset.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <sonant/nn/models/model.h>
#include <sonant/train/cluster/communicator.h>
#include <sonant/train/dataset.h>
#include <sonant/train/metrics.h>
#include <sonant/train/task.h>

namespace sonant {

struct FilePrediction {
  std::string file;
  int label = 0, predicted = 0;
  std::vector<double> probabilities = {};  // [C]
  double truth = 0, number = 0;            // of a head of numbers, which has no classes
};

// Of the head that is watched, and of the others.
struct Evaluation {
  std::string head = {};
  bool of_classes = true;
  std::vector<std::string> class_names = {};
  Metrics metrics = {};        // of classes
  NumberMetrics numbers = {};  // or of numbers
  double loss = 0;             // classes: mean cross-entropy, without smoothing or class weights
  std::vector<FilePrediction> predictions = {};  // of the clips that have a value
  std::vector<Evaluation> others = {};

  double figure() const { return of_classes ? metrics.uar : numbers.ccc; }
  std::vector<const Evaluation*> all() const;  // this one first
};
// Evaluation mode while it lives.
class EvalMode {
 public:
  explicit EvalMode(Module<float>& model) : model_(model), was_training_(model.training()) {
    model_.eval();
  }
  EvalMode(const EvalMode&) = delete;
  EvalMode& operator=(const EvalMode&) = delete;
  ~EvalMode() { model_.train(was_training_); }

 private:
  Module<float>& model_;
  bool was_training_;
};

// Runs the model in evaluation mode over the clips, `batch_size` at a time (which only the paper's
// padding can tell), and leaves it in the mode it was in. Predictions are in the order of `clips`;
// a head's loss is the mean cross-entropy of classes, and of numbers the objective's loss of all
// clips at once. The features must be normalised as the model's were. targets: targets_of() if
// none are given. ranks: who share the batches out, to the same bits; all have the same model.
Evaluation evaluate(Model<float>& model, const DataView& view, std::span<const int> clips,
                    int batch_size, const Task& task = {}, std::span<const Target> targets = {},
                    Communicator* ranks = nullptr);

// The losses of an evaluation, in the weights of the task.
double weighted_loss(const Evaluation& evaluation, const Task& task);

// What it would be if these classes alone, at least two of those of every label, could be the
// answer: the probabilities among them, and classes numbered by their places in `classes`.
Evaluation among(const Evaluation& evaluation, std::span<const int> classes);

std::string to_json(const Evaluation& evaluation);

}  // namespace sonant
