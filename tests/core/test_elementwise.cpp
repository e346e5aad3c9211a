#include <sonant/core/ops/elementwise.h>

#include <limits>

#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("elementwise: values and gradients are PyTorch's", "[core][ops]") {
  for (const std::string shape : {"", "_broadcast", "_row", "_scalar"}) {
    check_golden("add" + shape, [](auto&, const auto& x) { return x[0] + x[1]; });
    check_golden("sub" + shape, [](auto&, const auto& x) { return x[0] - x[1]; });
    check_golden("mul" + shape, [](auto&, const auto& x) { return x[0] * x[1]; });
    check_golden("div" + shape, [](auto&, const auto& x) { return x[0] / x[1]; });
  }
  check_golden("scalars",
               [](auto&, const auto& x) { return 2 - (3 * x[0] + 1) / 4 - 5 / (x[0] - 6); });
  check_golden("neg", [](auto&, const auto& x) { return -x[0]; });
  check_golden("exp", [](auto&, const auto& x) { return exp(x[0]); });
  check_golden("log", [](auto&, const auto& x) { return log(x[0]); });
  check_golden("sqrt", [](auto&, const auto& x) { return sqrt(x[0]); });
  check_golden("square", [](auto&, const auto& x) { return square(x[0]); });
  check_golden("pow", [](auto&, const auto& x) { return pow(x[0], 2.5); });
  check_golden("pow_negative", [](auto&, const auto& x) { return pow(x[0], -3); });
  check_golden("tanh", [](auto&, const auto& x) { return tanh(x[0]); });
  check_golden("sigmoid", [](auto&, const auto& x) { return sigmoid(x[0]); });
  check_golden("relu", [](auto&, const auto& x) { return relu(x[0]); });
  check_golden("softplus", [](auto&, const auto& x) { return softplus(x[0]); });
}

TEST_CASE("elementwise: derivatives equal finite differences", "[core][ops]") {
  const auto a = normal({3, 1, 4}, 2), b = uniform({2, 1}, 0.5, 2, 3);
  check_gradients([](auto&, const Vars& x) { return x[0] + x[1]; }, {a, b});
  check_gradients([](auto&, const Vars& x) { return x[0] - x[1]; }, {a, b});
  check_gradients([](auto&, const Vars& x) { return x[0] * x[1]; }, {a, b});
  check_gradients([](auto&, const Vars& x) { return x[0] / x[1]; }, {a, b});
  check_gradients([](auto&, const Vars& x) { return 3 * x[0] + 2 / (5 - x[0]) - x[0] / 7; },
                  {uniform({3, 2}, -1, 1)});
  check_gradients([](auto&, const Vars& x) { return exp(x[0]); }, {a});
  check_gradients([](auto&, const Vars& x) { return log(x[0]); }, {b});
  check_gradients([](auto&, const Vars& x) { return sqrt(x[0]); }, {b});
  check_gradients([](auto&, const Vars& x) { return square(-x[0]); }, {a});
  check_gradients([](auto&, const Vars& x) { return pow(x[0], 1.7); }, {b});
  check_gradients([](auto&, const Vars& x) { return tanh(x[0]); }, {a});
  check_gradients([](auto&, const Vars& x) { return sigmoid(x[0]); }, {a});
  check_gradients([](auto&, const Vars& x) { return softplus(x[0]); }, {a});
  // relu has a kink at 0: inputs on either side of it, further away than the steps taken.
  check_gradients([](auto&, const Vars& x) { return relu(x[0]); },
                  {Tensor<double>({4}, {-1, -0.1, 0.1, 2})});
}

TEST_CASE("elementwise: every pair of shapes that broadcasts, every element in its place",
          "[core][ops]") {
  const std::vector<Shape> shapes = {{},        {1},       {3},          {2, 3},
                                     {2, 1},    {1, 3},    {4, 1, 3},    {4, 2, 1},
                                     {4, 2, 3}, {1, 1, 1}, {5, 1, 2, 3}, {5, 4, 2, 1}};
  for (const Shape& sa : shapes) {
    for (const Shape& sb : shapes) {
      INFO(sa << " and " << sb);
      const auto a = normal(sa, 2), b = normal(sb, 3);
      Tape<double> tape;
      const auto y = tape.constant(a) - tape.constant(b);
      const Shape shape = broadcast(sa, sb, "test");
      REQUIRE(y.shape() == shape);
      // The same by index arithmetic: position of element i along each axis, from the last.
      const auto element = [&](const Tensor<double>& t, std::int64_t i) {
        std::int64_t at = 0, stride = 1;
        for (int axis = -1; axis >= -t.rank(); --axis) {
          at += (i % shape.dim(axis)) % t.dim(axis) * stride;
          stride *= t.dim(axis);
          i /= shape.dim(axis);
        }
        return t[at];
      };
      bool equal = true;
      for (std::int64_t i = 0; i < shape.size(); ++i)
        equal = equal && y.value()[i] == element(a, i) - element(b, i);
      CHECK(equal);
    }
  }
}

TEST_CASE("elementwise: an argument used twice, as both arguments of one op", "[core][ops]") {
  Tape<double> tape;
  const auto x = tape.variable(Tensor<double>({2}, {3, -5}));
  backward_with(x + x * x - x / x, Tensor<double>({2}, {1, 10}));
  CHECK(x.grad() == Tensor<double>({2}, {7, -90}));  // r (1 + 2 x)
}

TEST_CASE("elementwise: empty and scalar shapes", "[core][ops]") {
  Tape<double> tape;
  const auto none = tape.variable(Tensor<double>({0, 3})), row = tape.variable(normal({3}));
  CHECK((none + row).shape() == Shape({0, 3}));
  CHECK(exp(none).shape() == Shape({0, 3}));
  const auto one = tape.variable(Tensor<double>::scalar(2));
  CHECK((one * one).value().item() == 4);
  backward_with(none * row, Tensor<double>({0, 3}));
  CHECK(row.grad() == Tensor<double>({3}));
}

TEST_CASE("elementwise: special values", "[core][ops]") {
  constexpr float inf = std::numeric_limits<float>::infinity();
  Tape<float> tape;
  const auto x = tape.variable(Tensor<float>({4}, {-inf, -1e30f, 1e30f, inf}));
  CHECK(sigmoid(x).value() == Tensor<float>({4}, {0, 0, 1, 1}));
  CHECK(softplus(x).value() == Tensor<float>({4}, {0, 0, 1e30f, inf}));
  CHECK(tanh(x).value() == Tensor<float>({4}, {-1, -1, 1, 1}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(relu(tape.constant(Tensor<float>::scalar(nan))).value().item()));
  // x^0 is 1, with derivative 0, at 0 too.
  const auto zero = tape.variable(Tensor<float>::scalar(0));
  const auto y = pow(zero, 0);
  y.backward();
  CHECK(y.value().item() == 1);
  CHECK(zero.grad().item() == 0);
}

TEST_CASE("elementwise: shapes that do not broadcast are named", "[core][ops]") {
  Tape<float> tape;
  const auto a = tape.constant(Tensor<float>({2, 3})), b = tape.constant(Tensor<float>({3, 2}));
  CHECK_THROWS_WITH(a + b, "[add] shapes (2,3) and (3,2) do not broadcast");
  CHECK_THROWS_WITH(a - b, ContainsSubstring("[sub]"));
  CHECK_THROWS_WITH(a * b, ContainsSubstring("[mul]"));
  CHECK_THROWS_WITH(a / b, ContainsSubstring("[div]"));
}
