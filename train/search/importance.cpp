#include <sonant/train/search/importance.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <sonant/core/error.h>

namespace sonant {
namespace {

using Kind = Distribution::Kind;

constexpr int kCells = 50;  // of the range of a number

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// The values of one parameter as cells 0..cells-1: the choices, or equal parts of its range.
struct Cells {
  int cells = 0;
  bool ordered = false;  // neighbours are alike
  std::vector<int> of_trial;
};

// No cells, if there is nothing to compare.
Cells cells_of(const std::string& name, const std::vector<const Trial*>& trials) {
  Distribution d;
  for (const Trial* t : trials) {
    const auto found = t->distributions.find(name);
    if (found == t->distributions.end()) return {};
    if (t == trials.front()) d = found->second;
    if (found->second.kind != d.kind || found->second.choices != d.choices) return {};
    // Optuna lets limits move within a study.
    d.low = std::min({d.low, found->second.low, t->parameters.at(name)});
    d.high = std::max({d.high, found->second.high, t->parameters.at(name)});
  }
  if (d.single()) return {};
  Cells cells;
  cells.ordered = d.kind != Kind::categorical;
  cells.cells = cells.ordered ? kCells : static_cast<int>(d.choices.size());
  const auto scale = [&](double x) { return d.log ? std::log(x) : x; };
  for (const Trial* t : trials) {
    double cell = t->parameters.at(name);
    if (cells.ordered)
      cell = std::floor(kCells * (scale(cell) - scale(d.low)) / (scale(d.high) - scale(d.low)));
    cells.of_trial.push_back(std::clamp(static_cast<int>(cell), 0, cells.cells - 1));
  }
  return cells;
}

// Scott's rule, robust to outliers, but never so narrow that a value stays within its cell.
double bandwidth(std::vector<int> values) {
  const auto n = static_cast<double>(values.size());
  double mean = 0, square = 0;
  for (int v : values) mean += v / n;
  for (int v : values) square += (v - mean) * (v - mean) / n;
  std::sort(values.begin(), values.end());
  const double quartiles = values[values.size() * 3 / 4] - values[values.size() / 4];
  double spread = std::sqrt(square);
  if (quartiles > 0) spread = std::min(spread, quartiles / 1.34);
  return std::max(1.059 * spread * std::pow(n, -0.2), 0.5 / 1.64);
}

// Probability of every cell: a kernel at each value, and one that is spread over all cells evenly.
std::vector<double> probabilities(const Cells& cells, const std::vector<int>& values) {
  std::vector<double> p(static_cast<std::size_t>(cells.cells), 1.0 / cells.cells);
  const double h = cells.ordered ? bandwidth(values) : 0;
  for (int v : values) {
    if (!cells.ordered) {
      p[static_cast<std::size_t>(v)] += 1;
      continue;
    }
    const double whole = normal_cdf((cells.cells - 0.5 - v) / h) - normal_cdf((-0.5 - v) / h);
    for (int x = 0; x < cells.cells; ++x)
      p[static_cast<std::size_t>(x)] +=
          (normal_cdf((x + 0.5 - v) / h) - normal_cdf((x - 0.5 - v) / h)) / whole;
  }
  for (double& cell : p) cell /= static_cast<double>(values.size() + 1);
  return p;
}

double divergence(const Cells& cells, std::size_t good) {
  const auto middle = cells.of_trial.begin() + static_cast<std::ptrdiff_t>(good);
  const auto p = probabilities(cells, {cells.of_trial.begin(), middle});
  const auto q = probabilities(cells, cells.of_trial);
  double sum = 0;
  for (std::size_t x = 0; x < q.size(); ++x) sum += (p[x] - q[x]) * (p[x] - q[x]) / q[x];
  return sum;
}

}  // namespace

std::map<std::string, double> importance(const Study& study, double quantile) {
  check(quantile > 0 && quantile < 1, "importance", "expects a quantile in (0, 1), got ", quantile);
  std::vector<const Trial*> trials;
  for (const Trial& t : study.trials)
    if (t.state == TrialState::complete) trials.push_back(&t);
  check(trials.size() >= 4, "importance", study.name, ": expects at least 4 complete trials, got ",
        trials.size());
  std::stable_sort(trials.begin(), trials.end(), [&](const Trial* a, const Trial* b) {
    return study.maximize ? *a->value > *b->value : *a->value < *b->value;
  });
  const auto n = static_cast<double>(trials.size());
  const auto good = static_cast<std::size_t>(std::max(2.0, std::ceil(quantile * n)));

  std::map<std::string, double> shares;
  double sum = 0;
  for (const auto& [name, value] : trials.front()->parameters) {
    const Cells cells = cells_of(name, trials);
    if (cells.cells == 0) continue;
    sum += shares[name] = divergence(cells, good);
  }
  for (auto& [name, share] : shares)
    share = sum > 0 ? share / sum : 1 / static_cast<double>(shares.size());
  return shares;
}

}  // namespace sonant
