// How good a classifier is: docs/training.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sonant {

// Counts of (true class, predicted class).
class ConfusionMatrix {
 public:
  ConfusionMatrix() = default;
  explicit ConfusionMatrix(int classes);
  void add(int label, int predicted, std::int64_t count = 1);

  int classes() const { return classes_; }
  std::int64_t operator()(int label, int predicted) const {
    return counts_[index(label, predicted)];
  }
  std::int64_t labelled(int label) const;       // row sum: the class's support
  std::int64_t predicted(int predicted) const;  // column sum
  std::int64_t total() const;
  std::span<const std::int64_t> counts() const { return counts_; }  // (C,C) row-major, rows true

  friend bool operator==(const ConfusionMatrix&, const ConfusionMatrix&) = default;

 private:
  std::size_t index(int label, int predicted) const;
  int classes_ = 0;
  std::vector<std::int64_t> counts_;
};

struct ClassMetrics {
  std::int64_t support = 0;  // utterances of the class
  double recall = 0;         // 0 if there is none
  double precision = 0;      // 0 if the class is never predicted
  double f1 = 0;             // 2 recall precision / (recall + precision)
};

struct Metrics {
  std::int64_t count = 0;  // utterances judged
  double uar = 0;          // unweighted average recall: mean recall of the classes that occur
  double accuracy = 0;     // share judged right, also called WA
  double macro_f1 = 0;     // mean F1 of the classes that occur or are predicted
  std::vector<ClassMetrics> per_class;
  ConfusionMatrix confusion;
};

// All zero for an empty matrix.
Metrics compute_metrics(const ConfusionMatrix& confusion);

}  // namespace sonant
