#include <sonant/train/search/parzen.h>

#include <cmath>
#include <limits>

#include "support/catch.h"

using namespace sonant;

namespace {

using Numbers = std::vector<double>;

Distribution real(double low, double high, double step = 0, bool log = false) {
  Distribution d;
  d.low = low;
  d.high = high;
  d.step = step;
  d.log = log;
  return d;
}

void check_close(std::span<const double> got, const Numbers& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("element " << i);
    CHECK(got[i] == Approx(expected[i]).epsilon(1e-12));
  }
}

void check_scores(const ParzenEstimator& p, const Numbers& at, const Numbers& expected) {
  Numbers got;
  for (double x : at) got.push_back(p.log_score(x));
  check_close(got, expected);
}

}  // namespace

TEST_CASE("old values weigh less, from the 26th on", "[train]") {
  CHECK(parzen_weights(0).empty());
  CHECK(parzen_weights(25) == Numbers(25, 1.0));
  const Numbers w26 = parzen_weights(26);
  CHECK(w26.front() == 1.0 / 26);
  CHECK(w26[1] == 1);
  const Numbers w30 = parzen_weights(30);  // five rise from 1/30 to 1
  check_close(std::span(w30).first(6), {1.0 / 30, 1.0 / 30 + 29.0 / 120, 1.0 / 30 + 58.0 / 120,
                                        1.0 / 30 + 87.0 / 120, 1, 1});
}

// Weights, means and deviations by hand from docs/tuning.md; all of it, and the scores, equal to
// those of Optuna 3.1.0's _ParzenEstimator.
TEST_CASE("kernels of numbers", "[train]") {
  const ParzenEstimator p(Numbers{3.1, -2, 9.5, 2.2, 2.25, 7}, real(-5, 10));
  check_close(p.weights(), Numbers(7, 1.0 / 7));
  check_close(p.means(), {3.1, -2, 9.5, 2.2, 2.25, 7, 2.5});
  // The narrowest is 15/8; the limits are no neighbours of -2 and 9.5.
  check_close(p.deviations(), {3.9, 4.2, 2.5, 4.2, 1.875, 3.9, 15});
  check_scores(p, {-4.9, 0, 2.2, 6, 9.99},
               {-1.54314098705605, -1.03864206582278, -0.897848276785226, -1.02349027708263,
                -1.17924081224605});
}

TEST_CASE("kernels of a logarithmic range", "[train]") {
  const ParzenEstimator p(Numbers{1e-3, 2e-3, 1e-2}, real(1e-5, 1e-1, 0, true));
  const double range = std::log(1e4);
  check_close(p.means(), {std::log(1e-3), std::log(2e-3), std::log(1e-2), std::log(1e-3)});
  check_close(p.deviations(), {range / 5, range / 5, range / 5, range});
  check_scores(p, {1e-5, 1.5e-3, 0.1}, {-1.44386959512837, -0.644695121528922, -1.21735814517682});
}

TEST_CASE("kernels on a grid give the probability of a cell", "[train]") {
  Distribution integer = real(1, 10, 1);
  integer.kind = Distribution::Kind::integer;
  const ParzenEstimator p(Numbers{3, 3, 7}, integer);
  check_close(p.means(), {3, 3, 7, 5.5});
  check_close(p.deviations(), {2, 2.5, 2, 10});
  check_scores(p, {1, 3, 10}, {-2.38183539711072, -2.00355253842499, -3.17619458485573});
  double sum = 0;
  for (int i = 1; i <= 10; ++i) sum += std::exp(p.log_score(i));
  CHECK(sum == Approx(1));

  const ParzenEstimator steps(Numbers{0.25, 0.75}, real(0, 1, 0.25));
  check_close(steps.deviations(), {0.3125, 0.3125, 1.25});
  check_scores(steps, {0, 0.5, 1}, {-1.84291133911116, -1.41575697509241, -1.84291133911116});

  Distribution log_integer = integer;
  log_integer.log = true;
  const ParzenEstimator logs(Numbers{2, 3}, log_integer);
  sum = 0;
  for (int i = 1; i <= 10; ++i) sum += std::exp(logs.log_score(i));
  CHECK(sum == Approx(1));
}

TEST_CASE("kernels of categories", "[train]") {
  Distribution d;
  d.kind = Distribution::Kind::categorical;
  d.choices = {std::int64_t{4}, std::int64_t{8}, std::int64_t{16}};
  const ParzenEstimator p(Numbers{0, 2, 2}, d);
  const double hit = 5.0 / 7, miss = 1.0 / 7, third = 1.0 / 3;  // (1 + 1/4) / (1 + 3/4)
  check_close(p.probabilities(),
              {hit, miss, miss, miss, miss, hit, miss, miss, hit, third, third, third});
  check_scores(p, {0, 1, 2}, {-1.09861228866811, -1.65822807660353, -0.741937344729377});
}

TEST_CASE("without values there is the prior alone", "[train]") {
  const ParzenEstimator none(Numbers{}, real(-5, 10));
  check_close(none.means(), {2.5});
  check_close(none.deviations(), {15});
  check_scores(none, {0}, {0.0270889116020607});
  const ParzenEstimator one(Numbers{0.9}, real(0, 1));
  check_close(one.deviations(), {0.4, 1});
  check_scores(one, {0.5}, {-0.318547514931464});
}

TEST_CASE("samples lie where the kernels are", "[train]") {
  const ParzenEstimator p(Numbers{3.1, -2}, real(-5, 10));
  CHECK(p.sample(0.0, 0.5) == Approx(3.1).margin(1));   // the first kernel's middle
  CHECK(p.sample(0.5, 0.5) == Approx(-2).margin(1.5));  // cut at -5: a little to the right
  for (double u : {0.0, 0.3, 0.999999})
    for (double v : {0.0, 0.5, 0.999999}) CHECK((p.sample(u, v) >= -5 && p.sample(u, v) <= 10));
  // Share of samples below 0 is the mixture's probability of it, which the samples' own kernels
  // give by midpoints.
  Distribution grid = real(0, 4, 1);
  grid.kind = Distribution::Kind::integer;
  const ParzenEstimator q(Numbers{1, 1, 3}, grid);
  int counts[5] = {};
  constexpr int n = 400;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) ++counts[static_cast<int>(q.sample((i + 0.5) / n, (j + 0.5) / n))];
  for (int x = 0; x < 5; ++x) {
    INFO("x = " << x);
    CHECK(counts[x] / static_cast<double>(n * n) == Approx(std::exp(q.log_score(x))).margin(0.003));
  }
}
