#include <sonant/core/ops/focal_loss.h>

#include <cmath>
#include <limits>

#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

namespace {

const std::vector<int> labels = {2, 0, 2, 1};
const PoolVector<double> alpha = {0.5, 2.0, 1.25};

template <Real T>
Tensor<T> scores() {
  return Tensor<T>::rows({{T(0.3), T(-1.2), T(2.5)},
                          {T(-0.7), T(0.1), T(0.4)},
                          {T(4), T(-3), T(1.5)},
                          {T(-20), T(25), T(3)}});
}

}  // namespace

// Python, decimal with 60 digits: sum(a[y] * -(1 - p[y])**gamma * ln(p[y])), p =
// exp(z)/sum(exp(z)).
TEMPLATE_TEST_CASE("focal_loss: values are those of 60 digits", "[core][ops]", float, double) {
  using T = TestType;
  struct Case {
    double gamma, plain, weighted;  // sums
  };
  const Case cases[] = {{0, 4.5361579643132259, 4.298200485429815},
                        {0.5, 4.2000375374586039, 3.9929810950112841},
                        {1, 3.9350554045445567, 3.767056877705762},
                        {2, 3.4944779925238665, 3.401217385115527},
                        {5, 2.5021533741292972, 2.555684073911733}};
  for (const Case& c : cases) {
    INFO("gamma " << c.gamma);
    Tape<T> tape;
    const auto z = tape.constant(scores<T>());
    const double precision = sizeof(T) == 4 ? 1e-6 : 1e-14;
    const auto value = [&](const FocalOptions& options) {
      return static_cast<double>(focal_loss(z, labels, options).item());
    };
    CHECK(value({c.gamma, {}, Reduction::sum}) == Approx(c.plain).epsilon(precision));
    CHECK(value({c.gamma, alpha, Reduction::sum}) == Approx(c.weighted).epsilon(precision));
    CHECK(value({c.gamma, {}}) == Approx(c.plain / 4).epsilon(precision));
    CHECK(value({c.gamma, alpha}) ==
          Approx(c.weighted / (1.25 + 0.5 + 1.25 + 2)).epsilon(precision));
  }
}

TEST_CASE("focal_loss: two classes by hand", "[core][ops]") {
  // z = (0, log 3), so p = (1/4, 3/4); gamma = 2.
  for (const int label : {0, 1}) {
    Tape<double> tape;
    const auto z = tape.variable(Tensor<double>::rows({{0, std::log(3.0)}}));
    const double p = label == 1 ? 0.75 : 0.25;
    const auto loss = focal_loss<double>(z, std::vector{label});
    CHECK(loss.item() == Approx(-(1 - p) * (1 - p) * std::log(p)).epsilon(1e-15));
    loss.backward();
    const double k = 2 * p * (1 - p) * std::log(p) - (1 - p) * (1 - p);
    CHECK(z.grad()[label] == Approx(k * (1 - p)).epsilon(1e-14));
    CHECK(z.grad()[1 - label] == Approx(-k * (1 - p)).epsilon(1e-14));
  }
}

TEST_CASE("focal_loss: with gamma 0 it is the weighted cross-entropy", "[core][ops]") {
  for (auto reduction : {Reduction::mean, Reduction::sum})
    for (const auto& weights : {PoolVector<double>(), alpha}) {
      Tape<double> tape, other;
      const auto z = tape.variable(scores<double>()), y = other.variable(scores<double>());
      const auto focal = focal_loss(z, labels, {0, weights, reduction});
      const auto plain = cross_entropy(y, labels, {weights, 0, reduction});
      CHECK(focal.item() == Approx(plain.item()).epsilon(1e-14));
      focal.backward(), plain.backward();
      CHECK(close(z.grad(), y.grad(), 1e-12, 1e-15));
    }
}

TEST_CASE("focal_loss: derivatives equal finite differences", "[core][ops]") {
  for (double gamma : {0.0, 0.5, 1.0, 2.0, 5.0})
    for (const auto& weights : {PoolVector<double>(), alpha})
      for (auto reduction : {Reduction::mean, Reduction::sum})
        check_gradients(
            [=](auto&, const Vars& z) {
              return focal_loss(z[0], labels, {gamma, weights, reduction});
            },
            {normal({4, 3}, 2)});
}

TEST_CASE("focal_loss: certain, impossible and broken scores", "[core][ops]") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  const auto run = [](double other, double gamma) {
    Tape<double> tape;
    const auto z = tape.variable(Tensor<double>::rows({{2, other}}));
    const auto loss = focal_loss<double>(z, std::vector{0}, {.gamma = gamma});
    loss.backward();
    return std::pair(loss.item(), z.grad());
  };
  for (double gamma : {0.0, 0.5, 2.0}) {
    INFO("gamma " << gamma);
    const auto [certain, flat] = run(-inf, gamma);  // p = 1
    CHECK(certain == 0);
    CHECK(flat == Tensor<double>({1, 2}));
    const auto [wrong, slope] = run(1e4, gamma);  // p = exp(-9998), which is 0
    CHECK(wrong == Approx(9998));
    CHECK(slope == Tensor<double>::rows({{-1, 1}}));
    CHECK(std::isnan(run(std::nan(""), gamma).first));
  }
  // Told so well that 1 - p is 0 as a difference: (1 - p)^1.5 (to first order), still exact.
  CHECK(run(2 - 50, 0.5).first == Approx(std::exp(-50 * 1.5)).epsilon(1e-12));
  Tape<double> single;  // one class is certain
  CHECK(focal_loss<double>(single.constant(Tensor<double>({1, 1}, 3.0)), std::vector{0}).item() ==
        0);
}

TEST_CASE("focal_loss: wrong arguments are named", "[core][ops]") {
  Tape<float> tape;
  const auto z = tape.constant(Tensor<float>({4, 3}));
  CHECK_THROWS_WITH(focal_loss(tape.constant(Tensor<float>({0, 3})), {}),
                    "[focal_loss] expects logits (B,C) that are not empty, got (0,3)");
  CHECK_THROWS_WITH(focal_loss<float>(z, std::vector{0, 1, 2}),
                    "[focal_loss] expects 4 labels for logits (4,3), got 3");
  CHECK_THROWS_WITH(focal_loss<float>(z, std::vector{0, 1, 3, 0}),
                    "[focal_loss] expects labels from 0 to 2, got 3");
  CHECK_THROWS_WITH(focal_loss(z, labels, {.gamma = -1}),
                    "[focal_loss] expects gamma >= 0, got -1");
  CHECK_THROWS_WITH(focal_loss(z, labels, {.gamma = HUGE_VAL}), ContainsSubstring("gamma >= 0"));
  CHECK_THROWS_WITH(focal_loss(z, labels, {.alpha = {1, 2}}),
                    ContainsSubstring("expects 3 class weights"));
  CHECK_THROWS_WITH(focal_loss(z, labels, {.alpha = {0, 0, 0}}),
                    ContainsSubstring("weights of all labels in the batch are zero"));
}
