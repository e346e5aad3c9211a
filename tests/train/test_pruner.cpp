#include <sonant/train/search/pruner.h>

#include <cmath>

#include "support/catch.h"

using namespace sonant;

namespace {

std::vector<Trial> trials_with(const std::vector<double>& at_zero, double at_one = 0.5) {
  std::vector<Trial> trials;
  for (double value : at_zero) {
    Trial t;
    t.state = TrialState::complete;
    t.intermediate = {{0, value}, {1, at_one}};
    trials.push_back(t);
  }
  return trials;
}

}  // namespace

TEST_CASE("what is below the median is given up, what equals it is not", "[train]") {
  const auto odd = trials_with({0.1, 0.5, 0.3, 0.2, 0.4});
  CHECK(median_prunes({{0, 0.29}}, odd, true));
  CHECK_FALSE(median_prunes({{0, 0.3}}, odd, true));
  CHECK(median_prunes({{0, 0.31}}, odd, false));
  CHECK_FALSE(median_prunes({{0, 0.3}}, odd, false));
  const auto even = trials_with({0.1, 0.5, 0.3, 0.2, 0.4, 0.6});  // median 0.35
  CHECK(median_prunes({{0, 0.34}}, even, true));
  CHECK_FALSE(median_prunes({{0, 0.36}}, even, true));
}

TEST_CASE("the best value so far counts, against the median at the last step", "[train]") {
  const auto trials = trials_with({0.1, 0.2, 0.3, 0.4, 0.5}, 0.6);
  CHECK_FALSE(median_prunes({{0, 0.7}, {1, 0.1}}, trials, true));
  CHECK(median_prunes({{0, 0.59}, {1, 0.1}}, trials, true));
}

TEST_CASE("nothing is pruned too early, or without anything to compare with", "[train]") {
  auto trials = trials_with({0.5, 0.5, 0.5, 0.5});
  CHECK_FALSE(median_prunes({{0, 0.1}}, trials, true));  // four
  trials.push_back(trials.front());
  CHECK(median_prunes({{0, 0.1}}, trials, true));
  CHECK_FALSE(median_prunes({{0, 0.1}}, trials, true, {.startup_trials = 6}));
  CHECK_FALSE(median_prunes({{0, 0.1}}, trials, true, {.warmup_steps = 1}));
  CHECK_FALSE(median_prunes({}, trials, true));
  CHECK_FALSE(median_prunes({{7, 0.1}}, trials, true));  // nobody was there
  trials.back().state = TrialState::pruned;
  CHECK_FALSE(median_prunes({{0, 0.1}}, trials, true));
}

TEST_CASE("NaN is worse than any value", "[train]") {
  auto trials = trials_with({0.1, 0.2, 0.3, 0.4, std::nan("")});  // median of four: 0.25
  CHECK(median_prunes({{0, std::nan("")}}, trials, true));
  CHECK(median_prunes({{0, 0.24}}, trials, true));
  CHECK_FALSE(median_prunes({{0, 0.26}}, trials, true));
  CHECK_FALSE(median_prunes({{0, 0.9}, {1, std::nan("")}}, trials, true));
}
