#include <sonant/core/error.h>
#include <sonant/core/random.h>
#include <sonant/train/search/importance.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "optuna/functions.h"
#include "support/catch.h"

using namespace sonant;

namespace {

const std::map<std::string, Distribution>& space() {
  static const std::map<std::string, Distribution> d{
      {"rate", test::real(1e-5, 1e-1, true)},
      {"x", test::real(-1, 1)},
      {"choice", test::among({std::int64_t{1}, std::int64_t{2}, std::int64_t{4}, std::int64_t{8}})},
      {"none", test::real(0, 1)}};
  return d;
}

Study study_of(const std::function<double(const ParameterValues&)>& f, int trials, bool maximize) {
  Study study;
  study.maximize = maximize;
  const Random random(9);
  for (int n = 0; n < trials; ++n) {
    Trial t;
    t.number = n;
    t.state = TrialState::complete;
    const auto i = static_cast<std::uint64_t>(4 * n);
    t.parameters = {{"rate", std::pow(10.0, -5 + 4 * random.uniform(i))},
                    {"x", 2 * random.uniform(i + 1) - 1},
                    {"choice", std::floor(4 * random.uniform(i + 2))},
                    {"none", random.uniform(i + 3)}};
    t.distributions = space();
    t.value = f(t.parameters);
    study.trials.push_back(t);
  }
  return study;
}

double sum_of(const std::map<std::string, double>& shares) {
  double sum = 0;
  for (const auto& [name, share] : shares) sum += share;
  return sum;
}

std::size_t good_by_hand(std::size_t n, double quantile) {
  std::size_t good = 2;
  while (static_cast<double>(good) < quantile * static_cast<double>(n)) ++good;
  return good;
}

// docs/tuning.md: probability of each cell, a kernel at each value and one spread evenly.
std::vector<double> cells_by_hand(const std::vector<int>& values, int cells, bool ordered) {
  const double n = static_cast<double>(values.size());
  std::vector<double> sum(static_cast<std::size_t>(cells), 1.0 / cells);
  double total = 0, squares = 0;
  for (int v : values) total += v, squares += v * v;
  std::vector<int> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const double deviation = std::sqrt(std::max(0.0, squares / n - total / n * total / n));
  const double quartiles = sorted[sorted.size() * 3 / 4] - sorted[sorted.size() / 4];
  const double spread = quartiles > 0 ? std::min(deviation, quartiles / 1.34) : deviation;
  const double width = std::max(1.059 * spread / std::pow(n, 0.2), 0.5 / 1.64);
  for (int v : values) {
    if (!ordered) {
      sum[static_cast<std::size_t>(v)] += 1;
      continue;
    }
    std::vector<double> kernel;
    double whole = 0;
    for (int cell = 0; cell < cells; ++cell) {
      const auto below = [&](double border) {
        return std::erf((border - v) / (width * std::sqrt(2.0)));
      };
      whole += kernel.emplace_back(below(cell + 0.5) - below(cell - 0.5));
    }
    for (std::size_t cell = 0; cell < kernel.size(); ++cell) sum[cell] += kernel[cell] / whole;
  }
  for (double& cell : sum) cell /= n + 1;
  return sum;
}

std::map<std::string, double> shares_by_hand(const Study& study, double quantile) {
  std::vector<const Trial*> best_first;
  for (const Trial& t : study.trials) best_first.push_back(&t);
  std::stable_sort(best_first.begin(), best_first.end(), [&](const Trial* a, const Trial* b) {
    return study.maximize ? *a->value > *b->value : *a->value < *b->value;
  });
  const std::size_t good = good_by_hand(best_first.size(), quantile);
  std::map<std::string, double> shares;
  double whole = 0;
  for (const auto& [name, d] : study.trials.front().distributions) {
    const bool ordered = d.kind != Distribution::Kind::categorical;
    const int cells = ordered ? 50 : static_cast<int>(d.choices.size());
    double low = d.low, high = d.high;
    if (d.log) low = std::log(low), high = std::log(high);
    std::vector<int> values;
    for (const Trial* t : best_first) {
      const double value = t->parameters.at(name), inner = d.log ? std::log(value) : value;
      values.push_back(ordered ? std::min(49, static_cast<int>(50 * (inner - low) / (high - low)))
                               : static_cast<int>(value));
    }
    const auto p =
        cells_by_hand({values.begin(), values.begin() + std::ptrdiff_t(good)}, cells, ordered);
    const auto q = cells_by_hand(values, cells, ordered);
    double sum = 0;
    for (std::size_t x = 0; x < p.size(); ++x) sum += q[x] * (p[x] / q[x] - 1) * (p[x] / q[x] - 1);
    whole += shares[name] = sum;
  }
  for (auto& [name, share] : shares) share /= whole;
  return shares;
}

}  // namespace

TEST_CASE("what alone decides has nearly all importance", "[train]") {
  for (const char* name : {"x", "choice"}) {
    const auto shares =
        importance(study_of([&](const ParameterValues& p) { return p.at(name); }, 1000, true));
    INFO(name);
    CHECK(shares.size() == 4);
    CHECK(sum_of(shares) == Approx(1));
    CHECK(shares.at(name) > 0.9);
  }
  const auto shares = importance(
      study_of([](const ParameterValues& p) { return std::abs(std::log10(p.at("rate")) + 3); },
               1000, false));
  CHECK(shares.at("rate") > 0.9);
}

TEST_CASE("the divergence of categories by hand", "[train]") {
  // 100 trials, 10 good ones, all with the last choice, which a quarter has: with the prior
  // p = (1/4 + 10 [last]) / 11, q = (1/4 + 25) / 101 = 1/4, so the divergence is
  // 3 (1/44 - 1/4)^2 4 + (41/44 - 1/4)^2 4.
  Study study;
  for (int n = 0; n < 100; ++n) {
    Trial t;
    t.number = n;
    t.state = TrialState::complete;
    t.parameters = {{"choice", n % 4}, {"again", n % 4}};
    t.distributions = {{"choice", space().at("choice")}, {"again", space().at("choice")}};
    t.value = n % 4 + 0.001 * n;
    study.trials.push_back(t);
  }
  auto shares = importance(study);
  CHECK(shares.at("choice") == Approx(0.5));
  for (Trial& t : study.trials) t.parameters["again"] = t.number % 8 / 4 + t.number % 2 * 2;
  // Of the ten best (99, 95, 91, ... 63) five have 2 and five 3.
  shares = importance(study);
  const double low = std::pow(1.0 / 44 - 0.25, 2) * 4;
  const double all = 3 * low + std::pow(41.0 / 44 - 0.25, 2) * 4;
  const double half = 2 * low + 2 * std::pow(21.0 / 44 - 0.25, 2) * 4;
  CHECK(shares.at("choice") == Approx(all / (all + half)).epsilon(0.02));
}

TEST_CASE("shares of numbers and categories, from the formula of the page", "[train]") {
  for (int trials : {7, 20, 21, 64, 300})
    for (double quantile : {0.1, 0.34})
      for (bool maximize : {true, false}) {
        CAPTURE(trials, quantile, maximize);
        const Study study = study_of(
            [](const ParameterValues& p) {
              return std::abs(std::log10(p.at("rate")) + 3) + 0.4 * p.at("x") -
                     0.3 * (p.at("choice") == 2);
            },
            trials, maximize);
        const auto expected = shares_by_hand(study, quantile);
        const auto got = importance(study, quantile);
        REQUIRE(got.size() == expected.size());
        for (const auto& [name, share] : expected) {
          INFO(name);
          CHECK(got.at(name) == Approx(share).epsilon(1e-9));
        }
      }
}

TEST_CASE("the best tenth is a tenth rounded up, and at least two", "[train]") {
  // One category of the best `good` trials, another of all others: the divergence tells how many
  // there were. For n trials of which g are good, p = (g + 1/2) / (g + 1) and q = (g + 1/2) / (n +
  // 1) where the border is that of importance(), and less where it is not.
  for (const auto& [trials, good] :
       {std::pair{4, 2}, {10, 2}, {20, 2}, {21, 3}, {30, 3}, {31, 4}, {100, 10}, {101, 11}}) {
    CAPTURE(trials);
    const auto share_with_border_at = [&, n = trials](int border) {
      Study study;
      for (int t = 0; t < n; ++t) {
        Trial trial;
        trial.number = t;
        trial.state = TrialState::complete;
        trial.parameters = {{"two", t < border ? 1 : 0}, {"fixed", t % 2}};
        trial.distributions = {{"two", test::among({std::int64_t{0}, std::int64_t{1}})},
                               {"fixed", test::among({std::int64_t{0}, std::int64_t{1}})}};
        trial.value = -t;
        study.trials.push_back(trial);
      }
      const auto expected = shares_by_hand(study, 0.1);
      const auto got = importance(study);
      CHECK(got.at("two") == Approx(expected.at("two")).epsilon(1e-12));
    };
    for (int border : {good - 1, good, good + 1}) share_with_border_at(border);
    CHECK(good_by_hand(static_cast<std::size_t>(trials), 0.1) == static_cast<std::size_t>(good));
  }
}

TEST_CASE("trials that are not complete have no part in the importance", "[train]") {
  Study study = study_of([](const ParameterValues& p) { return p.at("x"); }, 40, true);
  const auto before = importance(study);
  Study more = study_of([](const ParameterValues& p) { return -p.at("x"); }, 60, true);
  for (std::size_t n = 40; n < 60; ++n) {
    Trial t = more.trials[n];
    t.value = 100;
    t.state = n % 3 == 0 ? TrialState::pruned : n % 3 == 1 ? TrialState::fail : TrialState::running;
    study.trials.push_back(t);
  }
  CHECK(importance(study) == before);
}

TEST_CASE("parameters come in the order of what they do", "[train]") {
  const auto shares = importance(study_of(
      [](const ParameterValues& p) {
        const double rate = std::log10(p.at("rate")) + 3;
        return -rate * rate - 0.3 * p.at("x") * p.at("x") - 0.2 * (p.at("choice") == 0);
      },
      600, true));
  CHECK(shares.at("rate") > shares.at("x"));
  CHECK(shares.at("rate") > shares.at("choice"));
  CHECK(shares.at("x") > shares.at("none"));
  CHECK(shares.at("choice") > shares.at("none"));
}

TEST_CASE("what cannot be compared is left out or refused", "[train]") {
  Study study = study_of([](const ParameterValues& p) { return p.at("x"); }, 20, true);
  study.trials[3].distributions.erase("none");
  study.trials[3].parameters.erase("none");
  CHECK(importance(study).size() == 3);
  study.trials[4].parameters["x"] = 5;  // beyond the limits, as Optuna lets it be
  CHECK(sum_of(importance(study)) == Approx(1));
  CHECK_THROWS_AS(importance(study, 0), Error);
  CHECK_THROWS_AS(importance(study, 1), Error);
  study.trials.resize(3);
  CHECK_THROWS_WITH(importance(study), ContainsSubstring("at least 4"));
}
