#include <sonant/train/search/tpe.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <sonant/core/random.h>
#include <sonant/train/search/parzen.h>

namespace sonant {
namespace {

// A stream for each name: FNV-1a, which will mean the same in every version.
std::uint64_t stream_of(std::string_view name) {
  std::uint64_t hash = 14695981039346656037ull;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash;
}

bool is_observation(const Trial& trial) {
  return trial.state == TrialState::complete || trial.state == TrialState::pruned;
}

// Smaller is better: first how far the trial did not come, then how bad its value was.
std::pair<double, double> rank_of(const Trial& trial, bool maximize) {
  const double sign = maximize ? -1 : 1;
  if (trial.state == TrialState::complete)
    return {-std::numeric_limits<double>::infinity(), sign * trial.value.value_or(0)};
  if (trial.intermediate.empty()) return {1, 0};
  const auto& [step, value] = *trial.intermediate.rbegin();
  return {-step, std::isnan(value) ? std::numeric_limits<double>::infinity() : sign * value};
}

double random_value(const Distribution& d, double u) {
  if (d.kind == Distribution::Kind::categorical)
    return std::floor(u * static_cast<double>(d.choices.size()));
  const double low = d.low - d.step / 2, high = d.high + d.step / 2;
  if (!d.log) return d.nearest(low + u * (high - low));
  return d.nearest(std::exp(std::log(low) + u * (std::log(high) - std::log(low))));
}

std::vector<double> values_of(std::string_view name, std::span<const Trial> trials,
                              std::span<const std::size_t> indices) {
  std::vector<double> values;
  for (const std::size_t i : indices) {
    const auto found = trials[i].parameters.find(std::string(name));
    if (found != trials[i].parameters.end()) values.push_back(found->second);
  }
  return values;
}

}  // namespace

int tpe_good_count(int n) { return std::min(static_cast<int>(std::ceil(0.1 * n)), 25); }

TpeSplit split_trials(std::span<const Trial> trials, bool maximize) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < trials.size(); ++i)
    if (is_observation(trials[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return rank_of(trials[a], maximize) < rank_of(trials[b], maximize);
  });
  const auto border = order.begin() + tpe_good_count(static_cast<int>(order.size()));
  TpeSplit split{{order.begin(), border}, {border, order.end()}};
  // Back in the order of time, by which the estimators weigh them.
  std::sort(split.good.begin(), split.good.end());
  std::sort(split.others.begin(), split.others.end());
  return split;
}

double suggest(std::string_view name, const Distribution& distribution,
               std::span<const Trial> trials, bool maximize, std::uint64_t seed, int number,
               const TpeSettings& settings) {
  if (distribution.single())
    return distribution.kind == Distribution::Kind::categorical ? 0.0 : distribution.low;
  const Random random =
      Random(seed).split(static_cast<std::uint64_t>(number)).split(stream_of(name));
  const TpeSplit split = split_trials(trials, maximize);
  const auto observed = static_cast<int>(split.good.size() + split.others.size());
  if (observed < settings.startup_trials) return random_value(distribution, random.uniform(0));

  const ParzenEstimator good(values_of(name, trials, split.good), distribution);
  const ParzenEstimator others(values_of(name, trials, split.others), distribution);
  double best = 0, best_score = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < settings.candidates; ++i) {
    const auto index = 2 * static_cast<std::uint64_t>(i);
    const double value = good.sample(random.uniform(index), random.uniform(index + 1));
    const double score = good.log_score(value) - others.log_score(value);  // docs/tuning.md (5)
    if (i == 0 || score > best_score) best = value, best_score = score;
  }
  return best;
}

}  // namespace sonant
