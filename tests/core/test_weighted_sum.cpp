#include <sonant/core/ops/elementwise.h>
#include <sonant/core/ops/reduce.h>
#include <sonant/core/ops/weighted_sum.h>

#include <cmath>

#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("weighted_sum: value and derivatives", "[core][ops]") {
  Tape<double> tape;
  const auto a = tape.variable(Tensor<double>::scalar(3)),
             b = tape.variable(Tensor<double>::scalar(5));
  const auto y = weighted_sum<double>(std::vector{a, b, a}, std::vector{2.0, -0.5, 0.25});
  CHECK(y.item() == 2 * 3 - 0.5 * 5 + 0.25 * 3);
  y.backward();
  CHECK(a.grad().item() == 2.25);
  CHECK(b.grad().item() == -0.5);
  check_gradients(
      [](auto&, const Vars& x) {
        return weighted_sum<double>(std::vector{sum(square(x[0])), sum(exp(x[1]))},
                                    std::vector{0.3, 1.7});
      },
      {normal({3}), normal({2}, 2)});
}

TEST_CASE("weighted_sum: what weighs nothing does no harm", "[core][ops]") {
  Tape<double> tape;
  const auto a = tape.variable(Tensor<double>::scalar(3));
  const auto x = tape.variable(Tensor<double>::scalar(-1));
  const auto y = weighted_sum<double>(std::vector{a, sqrt(x)}, std::vector{1.0, 0.0});
  CHECK(y.item() == 3);
  y.backward();
  CHECK(a.grad().item() == 1);
  CHECK(x.grad().item() == 0);
}

TEST_CASE("weighted_sum: wrong arguments are named", "[core][ops]") {
  Tape<double> tape;
  const auto a = tape.constant(Tensor<double>::scalar(3));
  const auto pair = tape.constant(Tensor<double>({2}));
  CHECK_THROWS_WITH(weighted_sum<double>({}, {}),
                    "[weighted_sum] expects at least one value and as many weights, got 0 and 0");
  CHECK_THROWS_WITH(weighted_sum<double>(std::vector{a}, std::vector{1.0, 2.0}),
                    ContainsSubstring("got 1 and 2"));
  CHECK_THROWS_WITH(weighted_sum<double>(std::vector{a, pair}, std::vector{1.0, 2.0}),
                    ContainsSubstring("expects single numbers (), got (2)"));
  CHECK_THROWS_WITH(weighted_sum<double>(std::vector{a}, std::vector{std::nan("")}),
                    ContainsSubstring("weights that are finite, got nan"));
}
