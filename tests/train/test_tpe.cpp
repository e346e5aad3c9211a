#include <sonant/train/search/tpe.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "optuna/functions.h"
#include "support/catch.h"

using namespace sonant;

namespace {

Trial trial_with(TrialState state, double value, std::map<int, double> intermediate = {}) {
  Trial t;
  t.state = state;
  t.value = value;
  t.intermediate = std::move(intermediate);
  return t;
}

}  // namespace

TEST_CASE("a tenth counts as good, at most 25", "[train]") {
  CHECK(tpe_good_count(0) == 0);
  CHECK(tpe_good_count(1) == 1);
  CHECK(tpe_good_count(10) == 1);
  CHECK(tpe_good_count(11) == 2);
  CHECK(tpe_good_count(30) == 3);
  CHECK(tpe_good_count(250) == 25);
  CHECK(tpe_good_count(1000) == 25);
}

TEST_CASE("complete trials come before pruned ones, these by how far they came", "[train]") {
  using enum TrialState;
  const double nan = std::nan("");
  std::vector<Trial> trials;
  trials.push_back(trial_with(pruned, 0.9, {{0, 0.9}}));            // 0: third of the pruned
  trials.push_back(trial_with(complete, 0.2));                      // 1: third
  trials.push_back(trial_with(running, 0));                         // 2: not there
  trials.push_back(trial_with(complete, 0.5));                      // 3: first
  trials.push_back(trial_with(pruned, 0.3, {{0, 0.8}, {1, 0.3}}));  // 4: second of the pruned
  trials.push_back(trial_with(pruned, 0.4, {{1, 0.4}}));            // 5: first of the pruned
  trials.push_back(trial_with(complete, 0.5));                      // 6: equal to 3, later
  trials.push_back(trial_with(fail, 0));                            // 7: not there
  trials.push_back(trial_with(pruned, nan, {{0, nan}}));            // 8: fourth of the pruned
  trials.push_back(trial_with(pruned, 0));                          // 9: without a value, last
  const TpeSplit split = split_trials(trials, true);
  CHECK(split.good == std::vector<std::size_t>{3});
  CHECK(split.others == std::vector<std::size_t>{0, 1, 4, 5, 6, 8, 9});

  // 11 trials: two are good. With seven that are below everything, the order shows pair by pair.
  for (int i = 0; i < 3; ++i) trials.push_back(trial_with(pruned, 0));
  CHECK(split_trials(trials, true).good == std::vector<std::size_t>{3, 6});
  CHECK(split_trials(trials, false).good == std::vector<std::size_t>{1, 3});
  trials[3].state = trials[6].state = fail;
  trials.push_back(trial_with(pruned, 0));
  trials.push_back(trial_with(pruned, 0));
  CHECK(split_trials(trials, true).good == std::vector<std::size_t>{1, 5});
  trials[1].state = trials[5].state = fail;
  trials.push_back(trial_with(pruned, 0));
  trials.push_back(trial_with(pruned, 0));
  CHECK(split_trials(trials, true).good == std::vector<std::size_t>{0, 4});
}

TEST_CASE("the first ten trials are random, all over the range", "[train]") {
  const Distribution lr = test::real(1e-5, 3e-2, true);
  double sum = 0;
  for (int n = 0; n < 1000; ++n) {
    const double value = suggest("lr", lr, {}, true, 5, n);
    REQUIRE(lr.contains(value));
    sum += std::log(value);
  }
  const double middle = (std::log(1e-5) + std::log(3e-2)) / 2;
  const double deviation = std::log(3e3) / std::sqrt(12.0) / std::sqrt(1000.0);
  CHECK(sum / 1000 == Approx(middle).margin(4 * deviation));

  const Distribution batch = test::among({std::int64_t{4}, std::int64_t{8}, std::int64_t{16}});
  std::map<double, int> counts;
  for (int n = 0; n < 999; ++n) ++counts[suggest("batch_size", batch, {}, true, 5, n)];
  REQUIRE(counts.size() == 3);
  for (const auto& [choice, count] : counts) CHECK(std::abs(count - 333) < 80);

  Distribution integer = test::real(1, 7);
  integer.kind = Distribution::Kind::integer;
  integer.step = 3;
  std::set<double> seen;
  for (int n = 0; n < 100; ++n) seen.insert(suggest("t_mult", integer, {}, true, 5, n));
  CHECK(seen == std::set<double>{1, 4, 7});

  CHECK(suggest("lr", test::real(0.5, 0.5), {}, true, 5, 0) == 0.5);
}

TEST_CASE("a suggestion depends on seed, number, name and what was seen", "[train]") {
  const auto f = test::test_functions().front();
  const std::vector<Trial> done = test::run_trials(f, 20, 1);
  const Distribution& d = f.space.front().distribution;
  const double value = suggest("x", d, done, false, 1, 20);
  CHECK(suggest("x", d, done, false, 1, 20) == value);
  CHECK(suggest("x", d, done, false, 2, 20) != value);
  CHECK(suggest("x", d, done, false, 1, 21) != value);
  CHECK(suggest("y", d, done, false, 1, 20) != value);
  CHECK(suggest("x", d, std::span(done).first(19), false, 1, 20) != value);
  CHECK(suggest("x", d, done, true, 1, 20) != value);
}

TEST_CASE("the search finds minima that a random one misses", "[train]") {
  for (const test::TestFunction& f : test::test_functions()) {
    INFO(f.name);
    std::vector<double> ours, random;
    for (std::uint64_t seed = 1; seed <= 11; ++seed) {
      double best = std::numeric_limits<double>::infinity(), drawn = best;
      for (const Trial& t : test::run_trials(f, 100, seed)) best = std::min(best, *t.value);
      for (int n = 0; n < 100; ++n) {
        ParameterValues values;
        for (const Hyperparameter& p : f.space)
          values[p.name] = suggest(p.name, p.distribution, {}, false, seed + 100, n);
        drawn = std::min(drawn, f.value(values));
      }
      ours.push_back(best);
      random.push_back(drawn);
    }
    std::sort(ours.begin(), ours.end());
    std::sort(random.begin(), random.end());
    CHECK(ours[5] < random[5]);
  }
}
