#include <sonant/train/metrics.h>

#include <cmath>
#include <numeric>

#include <sonant/core/error.h>

namespace sonant {
namespace {

double ratio(double part, double whole) { return whole <= 0 ? 0 : part / whole; }

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

void ConfusionMatrix::add(const ConfusionMatrix& others) {
  if (classes_ == 0) *this = ConfusionMatrix(others.classes_);
  for (int label = 0; label < others.classes_; ++label)
    for (int c = 0; c < others.classes_; ++c) add(label, c, others(label, c));
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

void NumberPairs::add(double y, double x) {
  ++count;
  const double n = static_cast<double>(count), dy = y - mean_y, dx = x - mean_x;
  mean_y += dy / n;
  mean_x += dx / n;
  yy += dy * (y - mean_y);
  xx += dx * (x - mean_x);
  xy += dy * (x - mean_x);
  squares += (x - y) * (x - y);
  distances += std::abs(x - y);
}

void NumberPairs::add(const NumberPairs& others, std::int64_t times) {
  check(times >= 0, "NumberPairs", "expects a number of times >= 0, got ", times);
  if (others.count == 0 || times == 0) return;
  const auto t = static_cast<double>(times);
  const auto n = static_cast<double>(count), m = t * static_cast<double>(others.count);
  const double dy = others.mean_y - mean_y, dx = others.mean_x - mean_x, both = n * m / (n + m);
  count += times * others.count;
  yy += t * others.yy + dy * dy * both;
  xx += t * others.xx + dx * dx * both;
  xy += t * others.xy + dy * dx * both;
  mean_y += dy * m / (n + m);
  mean_x += dx * m / (n + m);
  squares += t * others.squares;
  distances += t * others.distances;
}

NumberMetrics compute_metrics(const NumberPairs& p) {
  NumberMetrics m;
  m.pairs = p;
  m.count = p.count;
  const auto n = static_cast<double>(p.count);
  const double apart = p.mean_x - p.mean_y;
  m.pearson = ratio(p.xy, std::sqrt(p.xx * p.yy));
  m.ccc = ratio(2 * p.xy, p.xx + p.yy + n * apart * apart);
  m.mse = ratio(p.squares, n);
  m.rmse = std::sqrt(m.mse);
  m.mae = ratio(p.distances, n);
  return m;
}

const char* figure_name(bool of_classes) { return of_classes ? "UAR" : "CCC"; }
std::string figure_key(bool of_classes) { return of_classes ? "uar" : "ccc"; }

}  // namespace sonant
