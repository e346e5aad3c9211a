#include <sonant/core/error.h>
#include <sonant/core/random.h>
#include <sonant/train/search/importance.h>

#include <cmath>
#include <functional>

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
