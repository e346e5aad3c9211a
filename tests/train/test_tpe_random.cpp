// The random numbers of a search: how many trials are drawn without looking at the others, from
// which distribution, and that no parameter of a trial tells another.
#include <sonant/core/random.h>
#include <sonant/train/search/parzen.h>
#include <sonant/train/search/tpe.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "optuna/functions.h"
#include "support/catch.h"

using namespace sonant;

namespace {

// What a trial draws from: docs/tuning.md. A stream for each name, by FNV-1a.
Random stream_by_hand(std::uint64_t seed, int number, const std::string& name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char c : name) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return Random(seed).split(static_cast<std::uint64_t>(number)).split(hash);
}

// `good` of them the best, in turn small and large values of x.
std::vector<Trial> observed(int count, TrialState state = TrialState::complete) {
  std::vector<Trial> trials;
  for (int n = 0; n < count; ++n) {
    Trial t;
    t.number = n;
    t.state = state;
    t.parameters = {{"x", (n * 7 % 10) / 10.0 + 0.05}, {"y", (n * 7 % 10) / 10.0 + 0.05}};
    t.value = t.parameters.at("x") * t.parameters.at("x");
    if (state == TrialState::pruned) t.intermediate = {{0, *t.value}};
    trials.push_back(t);
  }
  return trials;
}

// The most promising of 24 candidates; the smallest value is the best.
double suggestion_by_hand(const std::vector<Trial>& trials, const Distribution& d,
                          const Random& random, int candidates = 24) {
  std::vector<std::size_t> order(trials.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return *trials[a].value < *trials[b].value;
  });
  std::size_t good_count = 0;
  while (static_cast<double>(good_count) < 0.1 * static_cast<double>(trials.size())) ++good_count;
  std::vector<double> good, others;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const auto place = std::find(order.begin(), order.end(), i) - order.begin();
    (static_cast<std::size_t>(place) < good_count ? good : others)
        .push_back(trials[i].parameters.at("x"));
  }
  const ParzenEstimator l(good, d), g(others, d);
  double best = 0, best_score = -std::numeric_limits<double>::infinity();
  for (int c = 0; c < candidates; ++c) {
    const auto k = static_cast<std::uint64_t>(2 * c);
    const double value = l.sample(random.uniform(k), random.uniform(k + 1));
    const double score = l.log_score(value) - g.log_score(value);
    if (score > best_score) best = value, best_score = score;
  }
  return best;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) ma += a[i] / n, mb += b[i] / n;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

double chi_square(const std::vector<int>& counts) {
  double all = 0, sum = 0;
  for (int n : counts) all += n;
  const double expected = all / static_cast<double>(counts.size());
  for (int n : counts) sum += (n - expected) * (n - expected) / expected;
  return sum;
}

struct Searched {
  std::string name;
  Distribution distribution;
};

// The published search's kinds: logarithmic and plain numbers, whole ones, choices.
std::vector<Searched> space() {
  Distribution whole = test::real(1, 8);
  whole.kind = Distribution::Kind::integer;
  whole.step = 1;
  const Distribution choice =
      test::among({std::int64_t{4}, std::int64_t{8}, std::int64_t{16}, std::int64_t{32}});
  return {{"lr", test::real(1e-5, 3e-2, true)},
          {"weight_decay", test::real(2e-5, 4e-2, true)},
          {"dropout", test::real(0, 0.5)},
          {"label_smoothing", test::real(0, 0.5)},
          {"t0", whole},
          {"batch_size", choice}};
}

// Uniform between 0 and 1, if the value is drawn as it should be.
double share(const Distribution& d, double value) {
  if (d.kind == Distribution::Kind::categorical)
    return (value + 0.5) / static_cast<double>(d.choices.size());
  if (d.kind == Distribution::Kind::integer) return (value - d.low + 0.5) / (d.high - d.low + 1);
  if (d.log) return std::log(value / d.low) / std::log(d.high / d.low);
  return (value - d.low) / (d.high - d.low);
}

}  // namespace

TEST_CASE("ten trials are random, the eleventh looks at them", "[train]") {
  const Distribution d = test::real(0, 1);
  for (int seen = 0; seen <= 12; ++seen) {
    CAPTURE(seen);
    const std::vector<Trial> trials = observed(seen);
    const Random random = stream_by_hand(4, seen, "x");
    const double got = suggest("x", d, trials, false, 4, seen);
    const double drawn = random.uniform(0), chosen = suggestion_by_hand(trials, d, random);
    REQUIRE(drawn != chosen);
    CHECK(got == (seen < 10 ? drawn : chosen));
  }
  for (int startup : {0, 1, 3, 20})
    for (int seen : {startup - 1, startup, startup + 1}) {
      if (seen < 1) continue;
      CAPTURE(startup, seen);
      const std::vector<Trial> trials = observed(seen);
      const Random random = stream_by_hand(4, 50, "x");
      const double got =
          suggest("x", d, trials, false, 4, 50, {.startup_trials = startup, .candidates = 5});
      CHECK(got == (seen < startup ? random.uniform(0) : suggestion_by_hand(trials, d, random, 5)));
    }
}

TEST_CASE("pruned trials count among the first ten, failed and running ones do not", "[train]") {
  const Distribution d = test::real(0, 1);
  const double drawn = stream_by_hand(4, 30, "x").uniform(0);
  for (const auto& [state, counts] : {std::pair{TrialState::complete, true},
                                      {TrialState::pruned, true},
                                      {TrialState::fail, false},
                                      {TrialState::running, false},
                                      {TrialState::waiting, false}}) {
    std::vector<Trial> trials = observed(9);
    CHECK(suggest("x", d, trials, false, 4, 30) == drawn);
    trials.push_back(observed(1, state).front());
    CHECK((suggest("x", d, trials, false, 4, 30) != drawn) == counts);
  }
}

TEST_CASE("random trials are uniform, and their parameters do not tell each other", "[train]") {
  constexpr int n = 4000;
  const auto space_now = space();
  // The trials of one search, and the first trials of many.
  for (bool one_search : {true, false}) {
    std::vector<std::vector<double>> drawn;
    for (const Searched& p : space_now) {
      auto& values = drawn.emplace_back();
      std::vector<int> counts(8, 0);
      for (int k = 0; k < n; ++k) {
        const auto seed = one_search ? 3 : static_cast<std::uint64_t>(k);
        const double value = suggest(p.name, p.distribution, {}, true, seed, one_search ? k : 0);
        REQUIRE(p.distribution.contains(value));
        values.push_back(share(p.distribution, value));
        ++counts[static_cast<std::size_t>(8 * values.back())];
      }
      INFO(p.name << (one_search ? " of one search" : " of many"));
      if (p.distribution.kind == Distribution::Kind::categorical)
        counts = {counts[1], counts[3], counts[5], counts[7]};
      CHECK(chi_square(counts) < 24.3);  // 7 degrees of freedom: 99.9 % lie below
      // Neighbours, too, are strangers.
      const std::vector<double> before(values.begin(), values.end() - 1);
      const std::vector<double> after(values.begin() + 1, values.end());
      CHECK(std::abs(correlation(before, after)) < 4 / std::sqrt(double(n)));
    }
    for (std::size_t a = 0; a < drawn.size(); ++a)
      for (std::size_t b = 0; b < a; ++b) {
        INFO(space_now[a].name << " and " << space_now[b].name);
        CHECK(std::abs(correlation(drawn[a], drawn[b])) < 4 / std::sqrt(double(n)));
      }
  }
}

TEST_CASE("suggestions for two parameters with the same history are independent", "[train]") {
  const std::vector<Trial> trials = observed(30);
  const Distribution d = test::real(0, 1);
  std::vector<double> x, y, of_seed;
  for (int k = 0; k < 1500; ++k) {
    x.push_back(suggest("x", d, trials, false, 8, 30 + k));
    y.push_back(suggest("y", d, trials, false, 8, 30 + k));
    of_seed.push_back(suggest("x", d, trials, false, 9, 30 + k));
  }
  CHECK(std::abs(correlation(x, y)) < 4 / std::sqrt(1500.0));
  CHECK(std::abs(correlation(x, of_seed)) < 4 / std::sqrt(1500.0));
}
