// The Parzen estimator of TPE: a density over one hyperparameter, a mixture with a kernel at every
// value that was tried and a broad one, the prior, over the whole range. docs/tuning.md has the
// equations. After Bergstra, Bardenet, Bengio & Kegl, "Algorithms for hyper-parameter
// optimization", NIPS 2011, with the bandwidths and weights that Optuna 3.1 uses by default.
#pragma once

#include <span>
#include <vector>

#include <sonant/train/search/distribution.h>

namespace sonant {

class ParzenEstimator {
 public:
  // `values`: what was tried, oldest first. Kernel k < n sits at value k, kernel n is the prior.
  ParzenEstimator(std::span<const double> values, const Distribution& distribution);

  // A value drawn from the mixture: `which` in [0,1) chooses the kernel, `where` in [0,1) the place
  // under it. On the grid of the distribution, within its limits.
  double sample(double which, double where) const;

  // How likely a value is, in logarithms: docs/tuning.md (2). For categories, integers and grids it
  // is the probability of the value or its cell; for real numbers the height of the kernels counts
  // without their 1/s_k, as in Optuna 3.1.
  double log_score(double value) const;

  // Of the kernels, in the scale of the estimator (the logarithm of a logarithmic range). Means and
  // deviations are empty for categories, where kernel k has a probability for each of C choices.
  std::span<const double> weights() const { return weights_; }
  std::span<const double> means() const { return means_; }
  std::span<const double> deviations() const { return deviations_; }
  std::span<const double> probabilities() const { return probabilities_; }  // (n+1, C)

 private:
  void place_kernels(std::span<const double> values);
  void count_choices(std::span<const double> values);
  double inner(double value) const;  // from a value to the estimator's scale

  Distribution distribution_;
  double low_ = 0, high_ = 0;  // in the estimator's scale, with the outer halves of grid cells
  std::vector<double> weights_, means_, deviations_, probabilities_;
};

// Weights of n values, oldest first, before they are normalised: 1, but with more than 25 the older
// ones rise linearly from 1/n.
std::vector<double> parzen_weights(int n);

}  // namespace sonant
