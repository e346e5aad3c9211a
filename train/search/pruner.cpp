#include <sonant/train/search/pruner.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace sonant {

bool median_prunes(const std::map<int, double>& intermediate, std::span<const Trial> trials,
                   bool maximize, const MedianPrunerSettings& settings) {
  if (intermediate.empty() || intermediate.rbegin()->first < settings.warmup_steps) return false;
  const int step = intermediate.rbegin()->first;
  const double sign = maximize ? 1 : -1;

  int complete = 0;
  std::vector<double> at_step;
  for (const Trial& trial : trials) {
    if (trial.state != TrialState::complete) continue;
    ++complete;
    const auto found = trial.intermediate.find(step);
    if (found != trial.intermediate.end() && !std::isnan(found->second))
      at_step.push_back(sign * found->second);
  }
  if (complete == 0 || complete < settings.startup_trials) return false;

  double best = std::nan("");
  for (const auto& [s, value] : intermediate) best = std::fmax(best, sign * value);
  if (std::isnan(best)) return true;
  if (at_step.empty()) return false;
  std::sort(at_step.begin(), at_step.end());
  const std::size_t n = at_step.size();
  return best < (at_step[(n - 1) / 2] + at_step[n / 2]) / 2;
}

}  // namespace sonant
