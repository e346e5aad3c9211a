// The sign-flip test beside all patterns counted one by one, and its error rate; Holm's correction
// beside its definition.
#include <sonant/core/parallel.h>
#include <sonant/train/experiment/comparison.h>

#include <cmath>
#include <vector>

#include "support/catch.h"
#include "train/made_judgements.h"

using namespace sonant;
using namespace sonant::test;

namespace {

// Whole numbers, so that sums are exact and equal ones are equal.
double p_by_hand(const std::vector<int>& d) {
  int seen = 0, count = 0;
  for (int x : d) seen += x;
  const int patterns = 1 << d.size();
  for (int pattern = 0; pattern < patterns; ++pattern) {
    int sum = 0;
    for (std::size_t i = 0; i < d.size(); ++i) sum += pattern >> i & 1 ? d[i] : -d[i];
    count += std::abs(sum) >= std::abs(seen);
  }
  return count / static_cast<double>(patterns);
}

std::vector<double> as_double(const std::vector<int>& d, double scale) {
  std::vector<double> values;
  for (int x : d) values.push_back(x * scale);
  return values;
}

struct Threads {
  int before = num_threads();
  explicit Threads(int n) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
};

}  // namespace

TEST_CASE("p is the share of all sign patterns, counted one by one", "[train][statistics]") {
  const Random random(6);
  std::uint64_t drawn = 0;
  for (int n = 1; n <= 12; ++n) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::vector<int> d;
      for (int i = 0; i < n; ++i)
        d.push_back(static_cast<int>(std::floor(13 * random.uniform(drawn++))) - 5);
      // 1/3 is no double: ties are found although sums are rounded.
      for (double scale : {1.0, 1.0 / 3, 1e-7})
        CHECK(sign_flip_test(as_double(d, scale)).p == p_by_hand(d));
    }
  }
}

TEST_CASE("The p of speakers who all agree is known", "[train][statistics]") {
  for (int n : {1, 2, 5, 24, 40}) {
    const SignFlipTest test = sign_flip_test(std::vector<double>(static_cast<std::size_t>(n), 0.1));
    CHECK(test.exact);
    CHECK(test.p == std::ldexp(2.0, -n));
    CHECK(test.patterns == std::uint64_t{1} << n);
  }
  CHECK(sign_flip_test(std::vector<double>{}).p == 1);
  CHECK(sign_flip_test(std::vector<double>(5, 0.0)).p == 1);
  CHECK(sign_flip_test(std::vector{0.3, -0.3}).p == 1);
  CHECK_THROWS_WITH(sign_flip_test(std::vector{0.3, double(NAN)}),
                    ContainsSubstring("finite differences, got nan"));
  CHECK(method(sign_flip_test(std::vector<double>(24, 1.0))) ==
        "paired sign-flip permutation test over 24 speakers, two-sided, exact");
}

TEST_CASE("Drawn patterns give the exact p but for chance", "[train][statistics]") {
  std::vector<double> d;
  for (std::uint64_t i = 0; i < 40; ++i) d.push_back(Random(2).normal(i) + 0.25);
  const SignFlipTest exact = sign_flip_test(d);
  d.push_back(0);  // changes nothing but the number
  const SignFlipTest drawn = sign_flip_test(d);
  CHECK(exact.exact);
  CHECK_FALSE(drawn.exact);
  CHECK(exact.p > 0.01);
  CHECK(exact.p < 0.5);
  const double deviation = std::sqrt(exact.p * (1 - exact.p) / 99999);
  CHECK(std::abs(drawn.p - exact.p) < 4 * deviation);
  CHECK_THAT(method(drawn), ContainsSubstring("41 speakers, two-sided, 99,999 random patterns"));
  const Threads one(1);
  CHECK(sign_flip_test(d).p == drawn.p);
  // Never 0: the pattern that was seen is one of them.
  CHECK(sign_flip_test(std::vector<double>(60, 1.0)).p == 1e-5);
}

TEST_CASE("Where there is no difference, one test in twenty finds one", "[train][statistics]") {
  constexpr int worlds = 600;
  int found = 0, found_better = 0, held = 0;
  World world{.speakers = 20, .seeds = 2}, better = world;
  better.skill += 0.1;
  for (std::uint64_t w = 0; w < worlds; ++w) {
    const Judgements a = made_judgements(world, w, 2000 + w),
                     b = made_judgements(world, w, 5000 + w);
    const Comparison c = compare(b, a, {.resamples = 199});
    found += c.test.p <= 0.05;
    held += c.difference.low <= 0 && 0 <= c.difference.high;
    found_better +=
        compare(made_judgements(better, w, 8000 + w), a, {.resamples = 39}).test.p <= 0.05;
  }
  INFO(found << ", " << found_better << ", " << held);
  CHECK(found > 0.03 * worlds);
  CHECK(found < 0.07 * worlds);
  CHECK(held > 0.89 * worlds);
  CHECK(held < 0.97 * worlds);
  CHECK(found_better > 0.9 * worlds);
}

TEST_CASE("A test on contributions is a test on exchanged systems", "[train][statistics]") {
  // The UARs of all exchanges of two systems at some speakers, by compute_metrics.
  const World world{.speakers = 8, .seeds = 2, .classes = 3, .files = 3};
  Judgements a = made_judgements(world, 1, 2), b = made_judgements(world, 1, 3);
  const auto difference = [&](unsigned exchanged) {
    double sum = 0;
    for (std::size_t s = 0; s < 2; ++s) {
      ConfusionMatrix ours(3), theirs(3);
      for (std::size_t k = 0; k < 8; ++k)
        for (int i = 0; i < 3; ++i)
          for (int j = 0; j < 3; ++j) {
            const bool swap = exchanged >> k & 1;
            ours.add(i, j, (swap ? b : a).counts[s * 8 + k](i, j));
            theirs.add(i, j, (swap ? a : b).counts[s * 8 + k](i, j));
          }
      sum += (compute_metrics(ours).uar - compute_metrics(theirs).uar) / 2;
    }
    return sum;
  };
  int count = 0;
  for (unsigned e = 0; e < 256; ++e)
    count += std::abs(difference(e)) >= std::abs(difference(0)) - 1e-12;
  const Comparison c = compare(a, b);
  CHECK(c.test.p == count / 256.0);
  CHECK(c.difference.estimate == Approx(difference(0)).epsilon(1e-12));
  double sum = 0;
  for (double d : speaker_contributions(a, b)) sum += d;
  CHECK(sum == Approx(difference(0)).epsilon(1e-12));
}

TEST_CASE("Holm's correction is his definition", "[train][statistics]") {
  CHECK(holm(std::vector{0.01}) == std::vector{0.01});
  const std::vector<double> p{0.04, 0.01, 0.03, 0.005}, adjusted = holm(p);
  const double expected[] = {0.06, 0.03, 0.06, 0.02};  // R: p.adjust(p, "holm")
  for (std::size_t i = 0; i < 4; ++i) CHECK(adjusted[i] == Approx(expected[i]));
  CHECK(holm(std::vector{0.9, 0.8}) == std::vector{1.0, 1.0});
  CHECK(holm(std::vector<double>{}).empty());
}
