#include <sonant/core/ops/softmax.h>

#include <limits>

#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double missing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("softmax: values and gradients are PyTorch's", "[core][ops]") {
  const std::vector<std::pair<std::string, int>> cases = {
      {"last", -1}, {"first", 0}, {"middle", 1}};
  for (const auto& [name, axis] : cases) {
    const int a = axis;
    check_golden("softmax_" + name, [=](auto&, const auto& x) { return softmax(x[0], a); });
    check_golden("log_softmax_" + name, [=](auto&, const auto& x) { return log_softmax(x[0], a); });
  }
  check_golden("softmax_masked", [](auto& tape, const auto& x) {
    return softmax(x[0], golden(tape, "softmax_masked/mask"));
  });
}

TEST_CASE("log_softmax with a mask is PyTorch's where it is not masked", "[core][ops]") {
  const std::string name = "log_softmax_masked";
  const auto mask = ops_golden().real(name + "/mask");
  Tape<double> tape;
  const auto x = tape.variable(ops_golden().real(name + "/in0"));
  const auto y = log_softmax(x, mask);
  auto value = y.value();
  for (std::int64_t i = 0; i < value.size(); ++i) {
    if (mask[i % mask.size()] != 0) continue;
    CHECK(value[i] == -inf);
    value[i] = 0;  // what the golden has there
  }
  CHECK(close(value, ops_golden().real(name + "/out")));
  backward_with(y, ops_golden().real(name + "/r"));
  CHECK(close(x.grad(), ops_golden().real(name + "/d0"), 1e-12, 1e-14));
}

TEST_CASE("softmax: derivatives equal finite differences", "[core][ops]") {
  const auto x = normal({3, 4, 2}, 2);
  const Tensor<double> mask({4, 1}, {1, 0, 1, 1});
  for (int axis : {0, 1, 2}) {
    check_gradients([=](auto&, const Vars& v) { return softmax(v[0], axis); }, {x});
    check_gradients([=](auto&, const Vars& v) { return log_softmax(v[0], axis); }, {x});
  }
  check_gradients([=](auto&, const Vars& v) { return softmax(v[0], mask, 1); }, {x});
}

TEST_CASE("softmax: rows add up to 1, and log_softmax is its logarithm", "[core][ops]") {
  Tape<double> tape;
  const auto x = tape.constant(normal({50, 7}, 3));
  const auto& p = softmax(x).value();
  const auto& log_p = log_softmax(x).value();
  for (std::int64_t r = 0; r < 50; ++r) {
    double total = 0;
    for (std::int64_t c = 0; c < 7; ++c) {
      total += p(r, c);
      CHECK(std::log(p(r, c)) == Approx(log_p(r, c)).epsilon(1e-13));
    }
    CHECK(total == Approx(1).epsilon(1e-14));
  }
}

TEST_CASE("softmax: what is masked changes nothing, whatever it is", "[core][ops]") {
  const Tensor<double> mask({1, 4}, {1, 0, 1, 0});
  const auto r = normal({2, 4}, 5);
  Tensor<double> results[2], gradients[2], logs[2];
  for (int k : {0, 1}) {
    auto x = normal({2, 4}, 2);
    if (k == 1) x(0, 1) = missing, x(0, 3) = inf, x(1, 1) = 1e308, x(1, 3) = -inf;
    Tape<double> tape;
    const auto v = tape.variable(x);
    const auto y = softmax(v, mask);
    results[k] = y.value();
    logs[k] = log_softmax(v, mask).value();
    backward_with(y, r);
    gradients[k] = v.grad();
  }
  CHECK(results[0] == results[1]);
  CHECK(logs[0] == logs[1]);
  CHECK(gradients[0] == gradients[1]);
  for (std::int64_t b : {0, 1}) {
    for (std::int64_t c : {1, 3}) {
      CHECK(results[0](b, c) == 0);
      CHECK(gradients[0](b, c) == 0);
    }
  }
}

TEST_CASE("log_softmax: masked elements get no gradient", "[core][ops]") {
  Tape<double> tape;
  const auto x = tape.variable(Tensor<double>({4}, {1, missing, 2, -1}));
  const auto y = log_softmax(x, Tensor<double>({4}, {1, 0, 1, 1}));
  backward_with(y, Tensor<double>({4}, {1, 5, 0, 0}));
  CHECK(x.grad()[1] == 0);
  double total = 0;
  for (double d : x.grad().span()) total += d;
  CHECK(std::abs(total) < 1e-15);  // adding a constant to x changes nothing
}

TEST_CASE("softmax: one element is certain", "[core][ops]") {
  Tape<float> tape;
  const auto x = tape.variable(Tensor<float>({3, 1}, {-1e30f, 0, 1e30f}));
  const auto y = softmax(x);
  CHECK(y.value() == Tensor<float>({3, 1}, 1.0f));
  CHECK(log_softmax(x).value() == Tensor<float>({3, 1}, 0.0f));
  CHECK(softmax(tape.constant(Tensor<float>({0, 3}))).shape() == Shape({0, 3}));
  backward_with(y, Tensor<float>({3, 1}, 1.0f));
  CHECK(x.grad() == Tensor<float>({3, 1}));
}

TEST_CASE("softmax: wrong axes and masks are named", "[core][ops]") {
  Tape<double> tape;
  const auto x = tape.constant(normal({2, 3}));
  CHECK_THROWS_WITH(softmax(x, 2), ContainsSubstring("axis 2 does not exist in (2,3)"));
  CHECK_THROWS_WITH(log_softmax(tape.constant(Tensor<double>({2, 0}))),
                    "[log_softmax] the axis has no elements in (2,0)");
  CHECK_THROWS_WITH(softmax(x, Tensor<double>({2})),
                    ContainsSubstring("shapes (2) and (2,3) do not broadcast"));
  CHECK_THROWS_WITH(softmax(x, Tensor<double>({4, 2, 3}, 1.0)),
                    "[softmax] expects a mask that broadcasts to x (2,3), got (4,2,3)");
  CHECK_THROWS_WITH(softmax(x, Tensor<double>({3}, {1, 0.5, 0})),
                    "[softmax] expects a mask of 0 and 1, got 0.5");
  CHECK_THROWS_WITH(softmax(x, Tensor<double>({2, 1}, {1, 0})),
                    "[softmax] a row has no element that is not masked, in (2,3)");
}
