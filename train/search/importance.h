// Which hyperparameters mattered in a study. PED-ANOVA: Watanabe, Bansal & Hutter, "PED-ANOVA:
// efficiently quantifying hyperparameter importance in arbitrary subspaces", IJCAI 2023. No model
// is fitted: a parameter matters if its good trials lie elsewhere than all trials do.
#pragma once

#include <map>
#include <string>

#include <sonant/train/search/study.h>

namespace sonant {

// The share of each parameter in telling the best trials, a part `quantile` of the complete ones,
// from all of them; the shares add up to 1. With p the distribution of the parameter among the best
// and q among all (docs/tuning.md), a parameter's share grows with their Pearson divergence
//     sum_x q(x) (p(x) / q(x) - 1)^2.
// Parameters that are not in every complete trial, or have a single value, are left out; a study
// without any gives an empty map. Error if fewer than four trials are complete, or if `quantile` is
// not in (0,1).
std::map<std::string, double> importance(const Study& study, double quantile = 0.1);

}  // namespace sonant
