#include <sonant/core/ops/elementwise.h>
#include <sonant/core/ops/reduce.h>
#include <sonant/core/ops/regression_losses.h>

#include <cmath>

#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

namespace {

const std::vector<double> targets = {1, 3, 2, 4};

// 1 - CCC of its definition in basic ops, whose derivatives are checked on their own.
Var<double> composed_concordance(Tape<double>& tape, Var<double> x) {
  const auto y = tape.constant(Tensor<double>({4}, targets));
  const auto mx = mean(x), my = mean(y);
  const auto dx = x - mx, dy = y - my;
  return 1 - 2 * mean(dx * dy) / (mean(square(dx)) + mean(square(dy)) + square(mx - my));
}

}  // namespace

TEMPLATE_TEST_CASE("regression losses: values by hand", "[core][ops]", float, double) {
  using T = TestType;
  for (const Shape& shape : {Shape{4}, Shape{4, 1}}) {
    Tape<T> tape;
    const auto x = tape.variable(Tensor<T>(shape, {1, 2, 3, 5}));
    // Differences 0, -1, 1, 1.
    CHECK(mean_squared_error(x, targets).item() == T(0.75));
    // Means 11/4 and 10/4; variances 35/16 and 20/16, covariance 22/16; so D = 56/16 and
    // CCC = 2 * 22/56 = 11/14.
    const auto loss = concordance_loss(x, targets);
    CHECK(loss.item() == Approx(3.0 / 14).epsilon(1e-6));
    loss.backward();
    // -2 / (4 * 3.5) (y - 2.5 - 11/14 (x - 2.5))
    for (int b = 0; b < 4; ++b) {
      const double x_b = b == 3 ? 5 : b + 1, y_b = targets[static_cast<std::size_t>(b)];
      CHECK(x.grad()[b] == Approx(-(y_b - 2.5 - 11.0 / 14 * (x_b - 2.5)) / 7).epsilon(1e-5));
    }
  }
}

TEST_CASE("regression losses: derivatives equal finite differences", "[core][ops]") {
  check_gradients([](auto&, const Vars& x) { return mean_squared_error(x[0], targets); },
                  {normal({4})});
  check_gradients([](auto&, const Vars& x) { return concordance_loss(x[0], targets); },
                  {normal({4, 1})});
  const std::vector<double> two = {-1, 2}, one = {3};
  check_gradients([&](auto&, const Vars& x) { return concordance_loss(x[0], two); }, {normal({2})});
  check_gradients([&](auto&, const Vars& x) { return mean_squared_error(x[0], one); },
                  {normal({1})});
}

TEST_CASE("concordance_loss: the fused op equals its parts", "[core][ops]") {
  Tape<double> fused, composed;
  const auto x = fused.variable(normal({4})), z = composed.variable(normal({4}));
  const auto a = concordance_loss(x, targets), b = composed_concordance(composed, z);
  a.backward(), b.backward();
  CHECK(close(a.value(), b.value(), 1e-14));
  CHECK(close(x.grad(), z.grad(), 1e-12, 1e-15));
}

TEST_CASE("concordance_loss: agreement, disagreement, and none to be had", "[core][ops]") {
  const auto run = [](std::initializer_list<double> values, std::vector<double> y) {
    Tape<double> tape;
    const auto x =
        tape.variable(Tensor<double>(Shape{static_cast<std::int64_t>(values.size())}, values));
    const auto loss = concordance_loss(x, y);
    loss.backward();
    return std::pair(loss.item(), x.grad());
  };
  CHECK(run({1, 3, 2, 4}, targets).first == Approx(0).margin(1e-15));
  CHECK(run({4, 2, 3, 1}, targets).first == Approx(2));
  // The same line beside it or steeper is no agreement: 2 * 1.25 / (2.5 + 9) and
  // 2 * 2.5 / (1.25 + 5 + 6.25).
  CHECK(run({4, 6, 5, 7}, targets).first == Approx(1 - 2.5 / 11.5));
  CHECK(run({2, 6, 4, 8}, targets).first == Approx(1 - 5 / 12.5));
  CHECK(run({3, 3, 3, 3}, targets).first == 1);
  const auto [constant, flat] = run({2, 2}, {2, 2});
  CHECK(constant == 1);
  CHECK(flat == Tensor<double>({2}));
}

TEST_CASE("regression losses: wrong arguments are named", "[core][ops]") {
  Tape<float> tape;
  const auto x = [&](Shape shape) { return tape.constant(Tensor<float>(shape)); };
  CHECK_THROWS_WITH(mean_squared_error(x({4, 2}), targets),
                    "[mean_squared_error] expects at least 1 predictions (B) or (B,1), got (4,2)");
  CHECK_THROWS_WITH(mean_squared_error(x({0}), {}), ContainsSubstring("got (0)"));
  CHECK_THROWS_WITH(mean_squared_error(x({}), std::vector{1.0}), ContainsSubstring("got ()"));
  CHECK_THROWS_WITH(mean_squared_error(x({3}), targets),
                    "[mean_squared_error] expects 3 targets for predictions (3), got 4");
  CHECK_THROWS_WITH(mean_squared_error(x({2}), std::vector{1.0, std::nan("")}),
                    ContainsSubstring("targets that are finite, got nan"));
  CHECK_THROWS_WITH(concordance_loss(x({1}), std::vector{1.0}),
                    "[concordance_loss] expects at least 2 predictions (B) or (B,1), got (1)");
  CHECK_THROWS_WITH(concordance_loss(x({3, 1}), targets), ContainsSubstring("expects 3 targets"));
}
