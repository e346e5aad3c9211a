#include <sonant/train/metrics.h>

#include <numeric>

#include <sonant/core/error.h>

namespace sonant {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

}  // namespace

ConfusionMatrix::ConfusionMatrix(int classes) : classes_(classes) {
  check(classes >= 0, "ConfusionMatrix", "expects a number of classes >= 0, got ", classes);
  counts_.resize(static_cast<std::size_t>(classes) * static_cast<std::size_t>(classes));
}

std::size_t ConfusionMatrix::index(int label, int predicted) const {
  check(label >= 0 && label < classes_ && predicted >= 0 && predicted < classes_, "ConfusionMatrix",
        "expects classes in 0..", classes_ - 1, ", got label ", label, " predicted ", predicted);
  return static_cast<std::size_t>(label) * static_cast<std::size_t>(classes_) +
         static_cast<std::size_t>(predicted);
}

void ConfusionMatrix::add(int label, int predicted, std::int64_t count) {
  counts_[index(label, predicted)] += count;
}

std::int64_t ConfusionMatrix::labelled(int label) const {
  std::int64_t sum = 0;
  for (int c = 0; c < classes_; ++c) sum += (*this)(label, c);
  return sum;
}

std::int64_t ConfusionMatrix::predicted(int predicted) const {
  std::int64_t sum = 0;
  for (int c = 0; c < classes_; ++c) sum += (*this)(c, predicted);
  return sum;
}

std::int64_t ConfusionMatrix::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

Metrics compute_metrics(const ConfusionMatrix& confusion) {
  Metrics m;
  m.confusion = confusion;
  m.count = confusion.total();
  double right = 0, recalls = 0, f1s = 0;
  int occurring = 0, involved = 0;
  for (int c = 0; c < confusion.classes(); ++c) {
    const auto hits = static_cast<double>(confusion(c, c));
    const auto support = static_cast<double>(confusion.labelled(c));
    const auto claimed = static_cast<double>(confusion.predicted(c));
    const ClassMetrics k{confusion.labelled(c), ratio(hits, support), ratio(hits, claimed),
                         ratio(2 * hits, support + claimed)};
    right += hits;
    recalls += k.recall;
    f1s += k.f1;
    occurring += support > 0;
    involved += support > 0 || claimed > 0;
    m.per_class.push_back(k);
  }
  m.uar = ratio(recalls, occurring);
  m.accuracy = ratio(right, static_cast<double>(m.count));
  m.macro_f1 = ratio(f1s, involved);
  return m;
}

}  // namespace sonant
