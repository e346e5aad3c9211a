// Tree-structured Parzen Estimator: which hyperparameters to try next. Bergstra et al., NIPS 2011,
// each parameter on its own, with the defaults of Optuna 3.1. docs/tuning.md (1) to (6).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>

#include <sonant/train/search/distribution.h>
#include <sonant/train/search/study.h>

namespace sonant {

struct TpeSettings {
  int startup_trials = 10;  // so many are drawn at random first
  int candidates = 24;      // drawn from the density of the good, the most promising is taken
};

// How many of n trials count as good: a tenth, rounded up, at most 25.
int tpe_good_count(int n);

// Indices into `trials`, ascending: the good ones, then the others. Complete trials by value,
// before pruned ones by how far they came, then by their last intermediate value; equals in their
// order. Trials in another state are in neither.
struct TpeSplit {
  std::vector<std::size_t> good, others;
};
TpeSplit split_trials(std::span<const Trial> trials, bool maximize);

// The value of one parameter for trial `number`, seen what `trials` found. It depends on these, the
// seed, the number and the name, and on nothing else. Trials without the parameter are passed over.
double suggest(std::string_view name, const Distribution& distribution,
               std::span<const Trial> trials, bool maximize, std::uint64_t seed, int number,
               const TpeSettings& settings = {});

}  // namespace sonant
