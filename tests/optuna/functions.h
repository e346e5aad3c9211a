// Three functions to minimise, each with what TPE meets: numbers, logarithms, categories.
// compare.py has the same.
#pragma once

#include <sonant/train/search/search_space.h>
#include <sonant/train/search/tpe.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

namespace sonant::test {

struct TestFunction {
  std::string name;
  SearchSpace space;
  std::function<double(const ParameterValues&)> value;
};

inline Distribution real(double low, double high, bool log = false) {
  Distribution d;
  d.low = low;
  d.high = high;
  d.log = log;
  return d;
}

inline Distribution among(std::vector<Choice> choices) {
  Distribution d;
  d.kind = Distribution::Kind::categorical;
  d.choices = std::move(choices);
  return d;
}

// Branin: three minima of 0.397887.
inline double branin(const ParameterValues& p) {
  constexpr double pi = std::numbers::pi;
  const double x = p.at("x"), y = p.at("y");
  const double a = y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6;
  return a * a + 10 * (1 - 1 / (8 * pi)) * std::cos(x) + 10;
}

// A narrow valley in the logarithms of two rates.
inline double rates(const ParameterValues& p) {
  const double lr = std::log10(p.at("lr")) + 2.3, decay = std::log10(p.at("decay")) + 2.8;
  return lr * lr + 0.5 * (decay - 0.6 * lr) * (decay - 0.6 * lr);
}

// Five categories with a cost each, a pair that only helps together, and a number.
inline double mixed(const ParameterValues& p) {
  constexpr double cost[3][5] = {{3, 1.5, 0, 0.7, 2}, {0.9, 0, 1.1, 2.5, 4}, {0.6, 2, 1.2, 0, 0.8}};
  double sum = 0;
  sum += cost[0][static_cast<int>(p.at("a"))];
  sum += cost[1][static_cast<int>(p.at("b"))];
  sum += cost[2][static_cast<int>(p.at("c"))];
  if (p.at("d") == 2 && p.at("e") == 1) sum -= 1;
  return sum + (p.at("x") - 0.3) * (p.at("x") - 0.3);
}

inline std::vector<TestFunction> test_functions() {
  const Distribution five =
      among({std::int64_t{0}, std::int64_t{1}, std::int64_t{2}, std::int64_t{3}, std::int64_t{4}});
  return {{"continuous", {{"x", real(-5, 10)}, {"y", real(0, 15)}}, branin},
          {"log", {{"decay", real(2e-5, 4e-2, true)}, {"lr", real(1e-5, 3e-2, true)}}, rates},
          {"categorical",
           {{"a", five}, {"b", five}, {"c", five}, {"d", five}, {"e", five}, {"x", real(0, 1)}},
           mixed}};
}

// `trials` suggestions, one after the other, each seeing all before it.
inline std::vector<Trial> run_trials(const TestFunction& f, int trials, std::uint64_t seed) {
  std::vector<Trial> done;
  for (int n = 0; n < trials; ++n) {
    Trial t;
    t.number = n;
    for (const Hyperparameter& p : f.space)
      t.parameters[p.name] = suggest(p.name, p.distribution, done, false, seed, n);
    t.state = TrialState::complete;
    t.value = f.value(t.parameters);
    done.push_back(t);
  }
  return done;
}

}  // namespace sonant::test
