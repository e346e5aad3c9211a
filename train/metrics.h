// How good a head's answers are: of classes, and of numbers. docs/training.md, docs/tasks.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sonant {

// Counts of (true class, predicted class).
class ConfusionMatrix {
 public:
  ConfusionMatrix() = default;
  explicit ConfusionMatrix(int classes);
  void add(int label, int predicted, std::int64_t count = 1);
  void add(const ConfusionMatrix& others);  // of as many classes; of none, it becomes the others

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

// Pairs of a true number y and the number x that was predicted, as means and sums that pairs are
// added to (Welford 1962) and that can be joined (Chan, Golub & LeVeque 1983).
struct NumberPairs {
  std::int64_t count = 0;
  double mean_y = 0, mean_x = 0;
  double yy = 0, xx = 0, xy = 0;      // sums of (y - mean_y)^2, (x - mean_x)^2, and of the product
  double squares = 0, distances = 0;  // sums of (x - y)^2 and |x - y|

  void add(double y, double x);
  void add(const NumberPairs& others, std::int64_t times = 1);  // as if each were there so often

  friend bool operator==(const NumberPairs&, const NumberPairs&) = default;
};

// With means m and (co)variances s, divided by the count:
//   pearson = s_xy / sqrt(s_xx s_yy)                       (Pearson 1895)
//   ccc     = 2 s_xy / (s_xx + s_yy + (m_x - m_y)^2)       (Lin 1989)
// Both count as 0 where they would be 0 / 0: numbers that are all the same tell nothing.
struct NumberMetrics {
  std::int64_t count = 0;  // utterances judged
  double ccc = 0;          // concordance correlation coefficient
  double pearson = 0;
  double mse = 0, rmse = 0, mae = 0;  // mean squared error, its root, mean absolute error
  NumberPairs pairs;
};

// All zero for no pairs.
NumberMetrics compute_metrics(const NumberPairs& pairs);

// What a head is judged by.
const char* figure_name(bool of_classes);  // "UAR", "CCC"
std::string figure_key(bool of_classes);   // the same in files: "uar", "ccc"

}  // namespace sonant
