// What a training learns: heads of the model, each with a column of the corpus to be like, a loss
// and a weight. docs/tasks.md.
//
//   const Task task = parse_task("emotion, gender 0.3, valence concordance 0.5");
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/audio/corpora/target.h>
#include <sonant/nn/losses/loss.h>
#include <sonant/nn/models/model.h>
#include <sonant/nn/speech/answer.h>

namespace sonant {

struct Objective {
  std::string head = "emotion";
  std::string column = {};  // of the corpus; "": the labels of its clips
  LossSettings loss = {};   // which says whether the column is of classes or of numbers
  double weight = 1;        // in the sum of all; 0: the head is judged, and not learnt
  bool balanced = false;    // classes weigh 1 / frequency in the training part

  bool of_classes() const { return find_loss(loss.name).target == LossTarget::class_index; }
};

struct Task {
  std::vector<Objective> objectives = {Objective{}};
  std::size_t watched = 0;  // whose figure picks the epoch: UAR of classes, CCC of numbers

  const Objective& watched_one() const { return objectives.at(watched); }
  std::vector<std::string> columns() const;  // that are named
  // UsageError, naming the head, for a name twice, an impossible loss or weight, or if nothing is
  // learnt.
  void validate() const;
};

// HEAD[:COLUMN] [LOSS] [WEIGHT], with commas between: columns are named as their heads if nothing
// is said, but `emotion` is the label, however the corpus calls that; a loss that is not named is
// `usual`, a weight 1. "": the head `emotion`. watch: a head; "": the first. UsageError.
Task parse_task(std::string_view heads, std::string_view watch = "", const LossSettings& usual = {},
                bool balanced = false);

// What each head should say of each clip: label -1, or NaN, where the corpus has no value. Error
// for a column that is not there, has one value only, or is no number where one is expected.
std::vector<Target> targets_of(const Task& task, const Corpus& corpus);
// The heads that a model needs for them: an output a class, or one for a number.
std::vector<Head> heads_of(const Task& task, std::span<const Target> targets);

// What a trained model is judged by, its main head first: objectives of the task that it was
// trained to, or, of heads that are not in it, the columns named as they are.
Task task_of(const std::vector<HeadLabels>& labels, const Task& trained);

// The sum of weight times loss over the objectives, of one batch. Clips without a value are left
// out of their head's mean; an objective of which no clip of the batch has one (or too few to have
// the loss, LossRow::at_least) is left out of the sum.
class TaskLoss {
 public:
  // Balanced classes are counted in `train`. Targets are copied.
  TaskLoss(const Task& task, std::vector<Target> targets, std::span<const int> train);

  // Row b of the output is clip clips[b]. Empty if no objective has a part in it. each
  // [objectives]: its loss, unweighted; NaN if it has none.
  template <Real T>
  Var<T> operator()(const ModelOutput<T>& output, std::span<const int> clips,
                    std::span<double> each) const;

  const std::vector<Target>& targets() const { return targets_; }

 private:
  struct Part {
    std::string head;
    double weight;
    int at_least;
    Loss loss;
  };
  std::vector<Part> parts_;  // [objectives]
  std::vector<Target> targets_;
};

}  // namespace sonant
