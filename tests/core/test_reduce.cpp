#include <sonant/core/ops/reduce.h>

#include <limits>

#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("reduce: values and gradients are PyTorch's", "[core][ops]") {
  check_golden("sum_all", [](auto&, const auto& x) { return sum(x[0]); });
  check_golden("mean_all", [](auto&, const auto& x) { return mean(x[0]); });
  check_golden("max_all", [](auto&, const auto& x) { return max(x[0]); });
  const std::vector<std::pair<std::string, std::vector<int>>> cases = {
      {"1", {1}}, {"last", {-1}}, {"02", {2, 0}}, {"01_keep", {0, 1}}};
  for (const auto& [name, axes] : cases) {
    const auto keep = name == "last" || name == "01_keep" ? KeepDim::yes : KeepDim::no;
    const auto a = axes;
    check_golden("sum_" + name, [=](auto&, const auto& x) { return sum(x[0], a, keep); });
    check_golden("mean_" + name, [=](auto&, const auto& x) { return mean(x[0], a, keep); });
    check_golden("max_" + name, [=](auto&, const auto& x) { return max(x[0], a, keep); });
  }
}

TEST_CASE("reduce: derivatives equal finite differences", "[core][ops]") {
  const auto x = normal({3, 2, 4}, 2);
  const std::vector<std::vector<int>> all = {{}, {0}, {1}, {-1}, {0, 2}, {1, 2}, {0, 1, 2}};
  for (const auto& axes : all) {
    for (KeepDim keep : {KeepDim::no, KeepDim::yes}) {
      check_gradients([=](auto&, const Vars& v) { return sum(v[0], axes, keep); }, {x});
      check_gradients([=](auto&, const Vars& v) { return mean(v[0], axes, keep); }, {x});
      check_gradients([=](auto&, const Vars& v) { return max(v[0], axes, keep); }, {x});
    }
  }
}

TEST_CASE("reduce: no axes at all is the identity, a scalar has none", "[core][ops]") {
  Tape<double> tape;
  const auto x = tape.constant(normal({2, 3}));
  CHECK(sum(x, {}).value() == x.value());
  CHECK(max(x, {}).value() == x.value());
  CHECK(sum(tape.constant(Tensor<double>::scalar(5))).value().item() == 5);
}

TEST_CASE("max: the gradient goes to the first of equal maxima", "[core][ops]") {
  Tape<double> tape;
  const auto x = tape.variable(Tensor<double>({2, 3}, {1, 7, 7, 4, 4, 2}));
  backward_with(max(x, {1}), Tensor<double>({2}, {10, 20}));
  CHECK(x.grad() == Tensor<double>({2, 3}, {0, 10, 0, 20, 0, 0}));
}

TEST_CASE("max: NaN wins wherever it stands", "[core][ops]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Tape<double> tape;
  const auto x = tape.constant(Tensor<double>({3, 3}, {nan, 1, 2, 1, nan, 2, 1, 2, nan}));
  for (double y : max(x, {1}).value().span()) CHECK(std::isnan(y));
}

TEST_CASE("sum: float terms are added in double", "[core][ops]") {
  Tape<float> tape;
  Tensor<float> x({1 << 20}, 0.1f);
  x[0] = 1e6f;
  const double exact = 1e6 + ((1 << 20) - 1) * double(0.1f);
  CHECK(sum(tape.constant(std::move(x))).value().item() == static_cast<float>(exact));
}

TEST_CASE("sum: rows of any length", "[core][ops]") {
  for (std::int64_t n = 1; n < 40; ++n) {
    Tensor<double> x({2, n});
    for (std::int64_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
    Tape<double> tape;
    const auto rows = sum(tape.constant(x), {1}).value();
    CHECK(rows[0] == static_cast<double>(n * (n - 1) / 2));
    CHECK(rows[1] == static_cast<double>(n * n + n * (n - 1) / 2));
  }
}

TEST_CASE("reduce: empty axes", "[core][ops]") {
  Tape<double> tape;
  const auto none = tape.variable(Tensor<double>({2, 0, 3}));
  CHECK(sum(none, {1}).value() == Tensor<double>({2, 3}));
  CHECK(sum(none, {0}, KeepDim::yes).shape() == Shape({1, 0, 3}));
  CHECK(max(none, {0}).shape() == Shape({0, 3}));  // nothing wanted, nothing chosen
  CHECK_THROWS_WITH(mean(none, {1}), "[mean] there is nothing to average in (2,0,3)");
  CHECK_THROWS_WITH(max(none), "[max] there is nothing to choose from in (2,0,3)");
  sum(none).backward();
  CHECK(none.grad().shape() == Shape({2, 0, 3}));
}

TEST_CASE("reduce: axes that do not exist or come twice are named", "[core][ops]") {
  Tape<float> tape;
  const auto x = tape.constant(Tensor<float>({2, 3}));
  CHECK_THROWS_WITH(sum(x, {2}), "[sum] axis 2 does not exist in (2,3)");
  CHECK_THROWS_WITH(mean(x, {-3}), "[mean] axis -3 does not exist in (2,3)");
  CHECK_THROWS_WITH(max(x, {1, -1}), "[max] axis -1 is named twice for (2,3)");
}
