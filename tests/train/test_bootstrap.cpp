// The bootstrap by speaker beside full enumeration, a closed form, and worlds whose truth is known.
#include <sonant/core/parallel.h>
#include <sonant/core/usage.h>
#include <sonant/train/experiment/comparison.h>

#include <cmath>
#include <map>
#include <vector>

#include "support/catch.h"
#include "train/made_judgements.h"

using namespace sonant;
using namespace sonant::test;

namespace {

using Statistic = std::function<double(std::span<const int>)>;

// Value -> its probability, from all n^n draws of n speakers.
std::map<double, double> all_draws(int n, const Statistic& statistic) {
  std::map<double, double> chances;
  const auto total = static_cast<std::int64_t>(std::llround(std::pow(n, n)));
  for (std::int64_t draw = 0; draw < total; ++draw) {
    std::vector<int> weights(static_cast<std::size_t>(n));
    for (std::int64_t i = 0, rest = draw; i < n; ++i, rest /= n)
      ++weights[static_cast<std::size_t>(rest % n)];
    chances[statistic(weights)] += 1 / static_cast<double>(total);
  }
  return chances;
}

// The least value up to which there is at least this much of the distribution. `room`: how far its
// steps are from there.
double quantile(const std::map<double, double>& chances, double share, double& room) {
  double below = 0;
  for (const auto& [value, chance] : chances) {
    room = std::min(share - below, below + chance - share);
    if ((below += chance) >= share) return value;
  }
  return chances.rbegin()->first;
}

Statistic weighted_mean(const std::vector<double>& values) {
  return [values](std::span<const int> weights) {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      sum += weights[i] * values[i], count += weights[i];
    return sum / count;
  };
}

struct Threads {
  int before = num_threads();
  explicit Threads(int n) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
};

}  // namespace

TEST_CASE("The interval of few speakers is that of all draws there are", "[train][statistics]") {
  int compared = 0;
  for (int n : {2, 3, 4, 5}) {
    World world{.speakers = n, .classes = 3, .files = 2};
    const Judgements j = made_judgements(world, 3, static_cast<std::uint64_t>(n));
    for (const Measure measure : {Measure::uar, Measure::accuracy, Measure::macro_f1}) {
      const PooledMeasure statistic(j, measure);
      const auto chances =
          all_draws(n, [&](std::span<const int> weights) { return statistic(weights); });
      for (double level : {0.3, 0.5, 0.8, 0.9, 0.95}) {
        const Interval i = interval_of(j, measure, {.level = level});
        CHECK(i.estimate == statistic());
        double below = 0, above = 0;
        const double low = quantile(chances, (1 - level) / 2, below);
        const double high = quantile(chances, (1 + level) / 2, above);
        // With 9,999 draws a share is known to 0.005 and three deviations are 0.015.
        if (std::min(below, above) < 0.015) continue;
        INFO(n << " speakers, level " << level);
        CHECK(i.low == low);
        CHECK(i.high == high);
        ++compared;
      }
    }
  }
  CHECK(compared > 20);
}

TEST_CASE("The interval of a mean is that of the normal distribution", "[train][statistics]") {
  constexpr int n = 400;
  std::vector<double> values;
  double mean = 0, variance = 0;
  for (std::uint64_t i = 0; i < n; ++i) values.push_back(Random(8).normal(i));
  for (double v : values) mean += v / n;
  for (double v : values) variance += (v - mean) * (v - mean) / n;
  const Interval i = bootstrap(n, weighted_mean(values));
  const double half = 1.959964 * std::sqrt(variance / n);
  CHECK(i.estimate == Approx(mean));
  CHECK(i.low == Approx(mean - half).margin(0.05 * half));
  CHECK(i.high == Approx(mean + half).margin(0.05 * half));
  CHECK(method(i) == "95 % interval by percentile bootstrap, 9,999 resamples of 400 speakers");
}

TEST_CASE("The interval has the same bits with any number of threads", "[train][statistics]") {
  const Judgements j = made_judgements({.seeds = 3}, 1, 2);
  const auto with = [&](int threads) {
    const Threads set(threads);
    return interval_of(j, Measure::macro_f1);
  };
  const Interval one = with(1), four = with(4);
  CHECK(one.low == four.low);
  CHECK(one.high == four.high);
  CHECK(one.low < one.estimate);
  CHECK(one.estimate < one.high);
  CHECK(interval_of(j, Measure::macro_f1, {.seed = 5}).low != one.low);
}

TEST_CASE("Of 24 speakers nine tenths of the intervals and more hold the truth",
          "[train][statistics]") {
  const World world;
  int held = 0, held_of_utterances = 0;
  constexpr int worlds = 500;
  for (std::uint64_t w = 0; w < worlds; ++w) {
    const Judgements j = made_judgements(world, 100 + w, 900 + w);
    const Interval i = interval_of(j, Measure::uar, {.resamples = 999});
    held += i.low <= world.skill && world.skill <= i.high;
    // As if every utterance were asked of somebody else: what the speakers' differences would cost.
    const double n = world.speakers * world.classes * world.files;
    const double half = 1.96 * std::sqrt(i.estimate * (1 - i.estimate) / n);
    held_of_utterances += std::abs(i.estimate - world.skill) <= half;
  }
  INFO(held << " and " << held_of_utterances);
  CHECK(held > 0.91 * worlds);
  CHECK(held < 0.97 * worlds);
  CHECK(held_of_utterances < held);
}

TEST_CASE("A class that a resample lacks does not count in it", "[train][statistics]") {
  // The second class is spoken by speaker b alone.
  Judgements j{"made", "strict", "1 split", {"x", "y"}, {"a", "b"}, {1}, {}};
  j.counts.assign(2, ConfusionMatrix(2));
  j.counts[0].add(0, 0, 3);
  j.counts[0].add(0, 1, 1);
  j.counts[1].add(0, 0, 1);
  j.counts[1].add(1, 1, 1);
  j.counts[1].add(1, 0, 1);
  const PooledMeasure uar(j, Measure::uar);
  CHECK(uar(std::vector{2, 0}) == 0.75);
  CHECK(uar(std::vector{0, 2}) == 0.75);
  CHECK(uar(std::vector{1, 1}) == Approx((0.8 + 0.5) / 2));
  CHECK_THROWS_WITH(uar(std::vector{1}), ContainsSubstring("each of 2 speakers"));
}

TEST_CASE("Measures are those of compute_metrics, mean over the seeds", "[train][statistics]") {
  const Judgements j = made_judgements({.speakers = 7, .seeds = 3}, 4, 5);
  const std::vector<int> weights{2, 0, 1, 3, 0, 1, 0};
  double uar = 0, accuracy = 0, f1 = 0;
  for (std::size_t s = 0; s < 3; ++s) {
    ConfusionMatrix pooled(4);
    for (std::size_t k = 0; k < 7; ++k)
      for (int a = 0; a < 4; ++a)
        for (int b = 0; b < 4; ++b) pooled.add(a, b, weights[k] * j.counts[s * 7 + k](a, b));
    const Metrics m = compute_metrics(pooled);
    uar += m.uar / 3, accuracy += m.accuracy / 3, f1 += m.macro_f1 / 3;
  }
  CHECK(PooledMeasure(j, Measure::uar)(weights) == Approx(uar).epsilon(1e-14));
  CHECK(PooledMeasure(j, Measure::accuracy)(weights) == Approx(accuracy).epsilon(1e-14));
  CHECK(PooledMeasure(j, Measure::macro_f1)(weights) == Approx(f1).epsilon(1e-14));
}

TEST_CASE("What cannot be drawn from is refused, or has no interval", "[train][statistics]") {
  const Interval one = bootstrap(1, [](std::span<const int>) { return 0.5; });
  CHECK(one.estimate == 0.5);
  CHECK_FALSE(one.known());
  CHECK(std::isnan(one.low));
  CHECK(std::isnan(one.high));
  const auto half = [](std::span<const int>) { return 0.5; };
  CHECK_THROWS_WITH(bootstrap(0, half), ContainsSubstring("at least 1 speaker"));
  CHECK_THROWS_WITH(bootstrap(3, half, {.resamples = 38}), ContainsSubstring("at least 39"));
  CHECK(bootstrap(3, half, {.resamples = 39}).low == 0.5);
  CHECK_THROWS_AS(bootstrap(3, half, {.level = 1}), UsageError);
  CHECK_THROWS_WITH(bootstrap(3, [](std::span<const int> w) { return w[0] > 1 ? NAN : 0.5; }),
                    ContainsSubstring("finite statistic, got nan"));
}
