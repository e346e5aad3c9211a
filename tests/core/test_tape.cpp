// What a tape keeps for people: gradients of intermediate values, and how it prints.
#include <sonant/core/autograd.h>
#include <sonant/core/ops/ops.h>

#include <cmath>
#include <sstream>

#include "support/close.h"

using namespace sonant;
using namespace sonant::test;

namespace {

Tensor<double> scalar(double x) { return Tensor<double>::scalar(x); }

}  // namespace

TEST_CASE("autograd: gradients of intermediate values are there when they are kept", "[core]") {
  // docs/autograd.md has these numbers.
  Tape<double> tape;
  const auto x = tape.constant(Tensor<double>({1, 2}, {1, 2}));
  const auto w = tape.variable(Tensor<double>({2, 1}, {0.5, -0.1}));
  const auto a = matmul(x, w), y = tape.keep(tanh(a)), loss = sum(y * y);
  SECTION("kept") {
    tape.keep(a);
    tape.keep(loss);
    CHECK_THROWS_WITH(y.grad(), "[grad] call backward() first");
    loss.backward();
    const double t = std::tanh(0.3);
    CHECK(y.grad().item() == Approx(2 * t).epsilon(1e-14));
    CHECK(a.grad().item() == Approx(2 * t * (1 - t * t)).epsilon(1e-14));
    CHECK(loss.grad().item() == 1);
    CHECK(y.grad().shape() == y.shape());
    CHECK(w.grad()[1] == 2 * w.grad()[0]);
    CHECK_THROWS_WITH(tape.keep(a), ContainsSubstring("say before it what to keep"));
    CHECK_THROWS_WITH(tape.keep_all(), ContainsSubstring("say before it what to keep"));
  }
  SECTION("not kept: an error that says how, for every kind of value") {
    loss.backward();
    CHECK(y.grad().size() == 1);
    CHECK_THROWS_WITH(a.grad(),
                      "[grad] backward() has dropped that of this value, a result of matmul: to "
                      "keep it for a value y, call tape.keep(y) before backward()");
    CHECK_THROWS_WITH(loss.grad(), ContainsSubstring("a result of sum"));
    CHECK_THROWS_WITH(x.grad(), "[grad] the value is a constant: make it with variable()");
  }
  SECTION("all") {
    tape.keep_all();
    loss.backward();
    CHECK(a.grad().item() != 0);
    CHECK(loss.grad().item() == 1);
  }
}

TEST_CASE("autograd: a kept gradient is whole, also of several results and of the root", "[core]") {
  Tape<double> tape;
  const auto x = tape.variable(scalar(3)), unused = tape.variable(scalar(5));
  const auto both =
      tape.record("both", std::vector<Var<double>>{x}, {scalar(6), scalar(9)},
                  [](const Vjp<double>& v) { v.din()[0] += 2 * v.dout(0)[0] + 6 * v.dout(1)[0]; });
  const auto aside = tape.keep(square(unused));  // the root does not depend on it
  tape.keep(both[1]);
  const auto y = both[1] * both[1] + both[0] + both[1];
  y.backward();
  CHECK(both[1].grad().item() == 19);  // used three times
  CHECK_THROWS_WITH(both[0].grad(), ContainsSubstring("a result of both"));
  CHECK(x.grad().item() == 2 + 6 * 19);
  CHECK(aside.grad().item() == 0);
  CHECK(unused.grad().item() == 0);

  Tape<double> leaf;  // the root may be what one differentiates by
  const auto root = leaf.variable(scalar(2));
  root.backward();
  CHECK(root.grad().item() == 1);
  Parameter<double> p(scalar(2));
  Tape<double> of_parameter;
  const auto handle = of_parameter.leaf(p);
  handle.backward();
  CHECK(handle.grad().item() == 1);
  CHECK(p.grad.item() == 1);
}

TEST_CASE("autograd: where there is no gradient, the error says why", "[core]") {
  Tape<double> tape;
  const auto c = tape.constant(scalar(2)), x = tape.variable(scalar(3)), cc = c * c;
  const auto y = tape.keep(cc) * x;  // keeping what has none harms nobody
  y.backward();
  CHECK_THROWS_WITH(c.grad(), ContainsSubstring("is a constant"));
  CHECK_THROWS_WITH(cc.grad(),
                    "[grad] the value, a result of mul, has none: it depends on no "
                    "parameter or variable");
  Tape<double> inference(TapeMode::inference);
  const auto v = inference.variable(scalar(1));
  CHECK_THROWS_WITH(v.grad(), ContainsSubstring("for inference"));
  CHECK_THROWS_WITH(exp(v).grad(), ContainsSubstring("for inference"));
  CHECK_THROWS_WITH(Var<double>().grad(), ContainsSubstring("never computed"));
  tape.clear();
  CHECK_THROWS_WITH(tape.keep(y), ContainsSubstring("before this tape was cleared"));
}

TEST_CASE("autograd: keeping changes no gradient, and not keeping frees memory", "[core]") {
  const auto gradient = [](bool keep) {
    Tape<double> tape;
    if (keep) tape.keep_all();
    const auto x = tape.variable(normal({3, 4}, 2));
    const auto y = tanh(x * x);
    sum(y * exp(y + x)).backward();
    return x.grad();
  };
  CHECK(gradient(true) == gradient(false));
}

TEST_CASE("autograd: a tape prints a line for each value", "[core]") {
  Tape<double> tape;
  Parameter<double> p(Tensor<double>({2, 1}, {0.5, -0.1}));
  const auto x = tape.constant(Tensor<double>({1, 2}, {1, 2})), w = tape.leaf(p, "w");
  const auto a = matmul(x, w), y = tape.keep(tanh(a)), loss = sum(y * y);
  const auto text = [&] {
    std::ostringstream out;
    tape.print(out);
    return out.str();
  };
  CHECK(text() ==
        "node  operation     value                 gradient\n"
        "n0    constant      (1,2) [[1 2]]         none\n"
        "n1    parameter w   (2,1) [[0.5] [-0.1]]  not yet\n"
        "n2    matmul n0 n1  (1,1) [[0.3]]         not yet\n"
        "n3    tanh n2       (1,1) [[0.2913]]      not yet\n"
        "n4    mul n3 n3     (1,1) [[0.08486]]     not yet\n"
        "n5    sum n4        () 0.08486            not yet\n");
  loss.backward();
  CHECK(text() ==
        "node  operation     value                 gradient\n"
        "n0    constant      (1,2) [[1 2]]         none\n"
        "n1    parameter w   (2,1) [[0.5] [-0.1]]  [[0.5332] [1.066]]\n"
        "n2    matmul n0 n1  (1,1) [[0.3]]         not kept\n"
        "n3    tanh n2       (1,1) [[0.2913]]      [[0.5826]]\n"
        "n4    mul n3 n3     (1,1) [[0.08486]]     not kept\n"
        "n5    sum n4        () 0.08486            not kept\n");
}

TEST_CASE("autograd: a tape prints large values, empty ones and several results", "[core]") {
  Tape<float> tape;
  const auto x = tape.variable(Tensor<float>({3, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  const auto unused = tape.variable(Tensor<float>({0, 2}), "unused");
  tape.record("two", std::vector<Var<float>>{x, unused},
              {Tensor<float>({2, 1, 2}, {1, 2, 3, 4}), Tensor<float>::scalar(5)},
              [](const Vjp<float>&) {});
  std::ostringstream out;
  tape.print(out);
  CHECK(out.str() ==
        "node  operation        value                      gradient\n"
        "n0    variable         (3,4) 1 2 3 ... 12         not yet\n"
        "n1    variable unused  (0,2) []                   not yet\n"
        "n2    two n0 n1        (2,1,2) [[[1 2]] [[3 4]]]  not yet\n"
        "n2.1    result 2       () 5                       not yet\n");
}

TEST_CASE("autograd: a value prints its numbers", "[core]") {
  Tape<float> tape;
  std::ostringstream out;
  out << tape.constant(Tensor<float>({2}, {1, 2})) << ' ' << Var<float>();
  CHECK(out.str() == "[1 2] (never computed)");
  CHECK(tape.constant(Tensor<float>::scalar(4)).item() == 4);
}
