// How far a figure could be off because these speakers were asked and not others: the bootstrap,
// with whole speakers drawn. Efron & Tibshirani, "An introduction to the bootstrap", 1993, chapters
// 8.4 and 13.3; clusters: Davison & Hinkley, "Bootstrap methods and their application", 1997, 3.8.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>

namespace sonant {

struct BootstrapOptions {
  int resamples =
      9999;  // R; (R + 1) (1 - level) / 2 is a whole number, so no percentile is guessed
  double level = 0.95;
  std::uint64_t seed = 1993;  // of the draws: the same figures give the same interval
};

struct Interval {
  double estimate = 0;
  // NaN with fewer than two speakers, who say nothing of others.
  double low = std::numeric_limits<double>::quiet_NaN(), high = low;
  double level = 0.95;
  int speakers = 0, resamples = 0;
  bool known() const { return speakers >= 2; }
};

// docs/statistics.md (4): draws `speakers` of them with replacement, R times, and takes the
// percentiles of the statistic. statistic(weights) is asked from any thread; speaker k was drawn
// weights[k] times. The estimate has each once. The same bits with any number of threads. Error if
// the statistic is not finite.
Interval bootstrap(int speakers, const std::function<double(std::span<const int>)>& statistic,
                   const BootstrapOptions& options = {});

// "95 % interval by percentile bootstrap, 9,999 resamples of 24 speakers".
std::string method(const Interval& interval);

}  // namespace sonant
