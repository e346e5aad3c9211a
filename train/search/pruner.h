// Which trials are given up before their end.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include <sonant/train/search/study.h>

namespace sonant {

enum class Pruner { none, median };  // after every fold
constexpr std::array<std::string_view, 2> words_of(Pruner) { return {"none", "median"}; }

struct MedianPrunerSettings {
  int startup_trials = 5;  // nothing is pruned before so many are complete
  int warmup_steps = 0;    // nor before this step
};

// Whether a trial with these intermediate values (by step) should be given up at its last step: if
// the best of them is worse than the median of what complete `trials` had at that step. NaN is
// worse than any. Optuna's MedianPruner (Golovin et al., "Google Vizier", KDD 2017, 3.1.2).
bool median_prunes(const std::map<int, double>& intermediate, std::span<const Trial> trials,
                   bool maximize, const MedianPrunerSettings& settings = {});

}  // namespace sonant
