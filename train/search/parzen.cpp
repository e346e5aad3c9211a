#include <sonant/train/search/parzen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <sonant/train/search/truncated_normal.h>

namespace sonant {
namespace {

using Kind = Distribution::Kind;

constexpr double kPriorWeight = 1;
constexpr int kFlat = 25;  // so many of the latest values have full weight

// First index whose running sum passes `share` of the total; the last one if rounding leaves none.
template <class Weights>
std::size_t pick(const Weights& weights, double share) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
    sum += weights[i];
    if (share < sum) return i;
  }
  return weights.size() - 1;
}

double log_sum_exp(std::span<const double> logs) {
  const double largest = *std::max_element(logs.begin(), logs.end());
  if (!std::isfinite(largest)) return largest;
  double sum = 0;
  for (double l : logs) sum += std::exp(l - largest);
  return largest + std::log(sum);
}

}  // namespace

std::vector<double> parzen_weights(int n) {
  std::vector<double> weights(static_cast<std::size_t>(n), 1.0);
  const int rising = n - kFlat;
  for (int i = 0; i < rising; ++i) {
    const double first = 1.0 / n;
    const double share = rising > 1 ? static_cast<double>(i) / (rising - 1) : 0.0;
    weights[static_cast<std::size_t>(i)] = first + share * (1 - first);
  }
  return weights;
}

ParzenEstimator::ParzenEstimator(std::span<const double> values, const Distribution& distribution)
    : distribution_(distribution), weights_(parzen_weights(static_cast<int>(values.size()))) {
  weights_.push_back(kPriorWeight);
  const double sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  for (double& w : weights_) w /= sum;
  if (distribution_.kind == Kind::categorical)
    count_choices(values);
  else
    place_kernels(values);
}

double ParzenEstimator::inner(double value) const {
  return distribution_.log ? std::log(value) : value;
}

void ParzenEstimator::place_kernels(std::span<const double> values) {
  // Every grid point has a cell of its own width around it, the outer ones, too.
  const double half = distribution_.step / 2;
  low_ = inner(distribution_.low - half);
  high_ = inner(distribution_.high + half);
  const double range = high_ - low_;
  const std::size_t n = values.size();
  for (double value : values) means_.push_back(inner(value));
  means_.push_back(low_ + range / 2);

  std::vector<std::size_t> order(n + 1);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return means_[a] < means_[b]; });
  const double narrowest = range / std::min(100.0, 2.0 + static_cast<double>(n));
  deviations_.resize(n + 1);
  for (std::size_t i = 0; i <= n; ++i) {
    // The limits of the range count as neighbours only of a kernel that is alone.
    const double mean = means_[order[i]];
    double left = i > 0 ? mean - means_[order[i - 1]] : 0;
    double right = i < n ? means_[order[i + 1]] - mean : 0;
    if (n == 0) left = mean - low_, right = high_ - mean;
    deviations_[order[i]] = std::clamp(std::max(left, right), narrowest, range);
  }
  deviations_[n] = range;
}

void ParzenEstimator::count_choices(std::span<const double> values) {
  const std::size_t n = values.size(), classes = distribution_.choices.size();
  const double prior = kPriorWeight / static_cast<double>(n + 1);
  const double sum = prior * static_cast<double>(classes);
  probabilities_.assign((n + 1) * classes, prior);
  for (std::size_t k = 0; k <= n; ++k) {
    const auto row = std::span(probabilities_).subspan(k * classes, classes);
    if (k < n) row[static_cast<std::size_t>(values[k])] += 1;
    for (double& p : row) p /= k < n ? sum + 1 : sum;
  }
}

double ParzenEstimator::sample(double which, double where) const {
  const std::size_t k = pick(weights_, which);
  if (distribution_.kind == Kind::categorical) {
    const std::size_t classes = distribution_.choices.size();
    return static_cast<double>(
        pick(std::span(probabilities_).subspan(k * classes, classes), where));
  }
  const double mean = means_[k], deviation = deviations_[k];
  const double x = mean + deviation * truncated_quantile(where, (low_ - mean) / deviation,
                                                         (high_ - mean) / deviation);
  return distribution_.nearest(distribution_.log ? std::exp(x) : x);
}

double ParzenEstimator::log_score(double value) const {
  if (distribution_.kind == Kind::categorical) {
    const std::size_t classes = distribution_.choices.size();
    double sum = 0;
    for (std::size_t k = 0; k < weights_.size(); ++k)
      sum += weights_[k] * probabilities_[k * classes + static_cast<std::size_t>(value)];
    return std::log(sum);
  }
  std::vector<double> logs(weights_.size());
  const double x = inner(value), half = distribution_.step / 2;
  const double from = std::max(inner(value - half), low_),
               to = std::min(inner(value + half), high_);
  for (std::size_t k = 0; k < logs.size(); ++k) {
    const double mean = means_[k], deviation = deviations_[k];
    const double a = (low_ - mean) / deviation, b = (high_ - mean) / deviation;
    const double log_kernel =
        half > 0 ? log_normal_mass((from - mean) / deviation, (to - mean) / deviation) -
                       log_normal_mass(a, b)
                 : log_truncated_pdf((x - mean) / deviation, a, b);
    logs[k] = std::log(weights_[k]) + log_kernel;
  }
  return log_sum_exp(logs);
}

}  // namespace sonant
