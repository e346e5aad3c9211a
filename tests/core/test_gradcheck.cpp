#include <sonant/core/gradcheck.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/ops/matmul.h>

#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

namespace {

using Derivative = std::function<void(const Vjp<double>&)>;

// y = x^3, with whatever derivative.
GradcheckFunction cube(Derivative derivative) {
  return [=](Tape<double>& tape, const Vars& x) {
    auto y = Tensor<double>::uninitialized(x[0].shape());
    for (std::int64_t i = 0; i < y.size(); ++i) y[i] = std::pow(x[0].value()[i], 3);
    return tape.record("cube", {x[0]}, std::move(y), derivative);
  };
}

double slope(const Vjp<double>& v, std::int64_t i) {
  return 3 * v.in()[i] * v.in()[i] * v.dout()[i];
}

const std::vector<Tensor<double>>& inputs() {
  static const std::vector<Tensor<double>> x = {uniform({3, 4}, 0.5, 2, 2)};
  return x;
}

}  // namespace

TEST_CASE("gradcheck passes a right derivative, with room to spare", "[core]") {
  const auto report = gradcheck(cube([](const Vjp<double>& v) {
                                  for (std::int64_t i = 0; i < v.in().size(); ++i)
                                    v.din()[i] += slope(v, i);
                                }),
                                inputs());
  INFO(report);
  CHECK(report.passed);
  CHECK(report.checked == 12);
  CHECK(report.worst_error < 1e-9);
}

TEST_CASE("gradcheck fails wrong derivatives", "[core]") {
  const std::vector<std::pair<std::string, Derivative>> wrong = {
      {"3 parts in a million too large",
       [](const Vjp<double>& v) {
         for (std::int64_t i = 0; i < v.in().size(); ++i) v.din()[i] += slope(v, i) * (1 + 3e-6);
       }},
      {"the sign",
       [](const Vjp<double>& v) {
         for (std::int64_t i = 0; i < v.in().size(); ++i) v.din()[i] -= slope(v, i);
       }},
      {"one element of many",
       [](const Vjp<double>& v) {
         for (std::int64_t i = 0; i < v.in().size(); ++i)
           v.din()[i] += slope(v, i) * (i == 7 ? 1.001 : 1);
       }},
      {"elements in another's place",
       [](const Vjp<double>& v) {
         const std::int64_t n = v.in().size();
         for (std::int64_t i = 0; i < n; ++i) v.din()[(i + 1) % n] += slope(v, i);
       }},
      {"the cotangent ignored",
       [](const Vjp<double>& v) {
         for (std::int64_t i = 0; i < v.in().size(); ++i) v.din()[i] += 3 * v.in()[i] * v.in()[i];
       }},
      {"nothing at all", [](const Vjp<double>&) {}},
      {"not a number",
       [](const Vjp<double>& v) {
         for (std::int64_t i = 0; i < v.in().size(); ++i) v.din()[i] += std::nan("");
       }},
  };
  for (const auto& [what, derivative] : wrong) {
    INFO(what);
    const auto report = gradcheck(cube(derivative), inputs());
    INFO(report);
    CHECK_FALSE(report.passed);
    CHECK_FALSE(report.worst_error < 1e-6);
    if (what == "one element of many") {
      CHECK(report.where == "input 0, element 7");
      CHECK(report.worst_error == Approx(1e-3).epsilon(0.01));
      CHECK(report.analytic / report.numeric == Approx(1.001).epsilon(1e-6));
    }
  }
}

TEST_CASE("gradcheck finds a derivative that overwrites instead of adding", "[core]") {
  const auto overwriting = cube([](const Vjp<double>& v) {
    for (std::int64_t i = 0; i < v.in().size(); ++i) v.din()[i] = slope(v, i);
  });
  const auto twice = [&](Tape<double>& tape, const Vars& x) {
    return overwriting(tape, x) + overwriting(tape, x);
  };
  CHECK(gradcheck(overwriting, inputs()).passed);  // used once, nobody can tell
  CHECK_FALSE(gradcheck(twice, inputs()).passed);
}

TEST_CASE("gradcheck is not fooled by equal partial derivatives", "[core]") {
  // y = x with dx = the mean of dy: right for a plain sum of y, wrong for anything else.
  const auto f = [](Tape<double>& tape, const Vars& x) {
    Tensor<double> y = x[0].value();
    return tape.record("mean_dy", {x[0]}, std::move(y), [](const Vjp<double>& v) {
      double mean = 0;
      for (double d : v.dout().span()) mean += d / static_cast<double>(v.dout().size());
      for (double& d : v.din().span()) d += mean;
    });
  };
  CHECK_FALSE(gradcheck(f, inputs()).passed);
}

TEST_CASE("gradcheck looks at every input, and says which is wrong", "[core]") {
  const auto f = [](Tape<double>& tape, const Vars& x) {
    Tensor<double> y = x[0].value();
    for (std::int64_t i = 0; i < y.size(); ++i) y[i] *= x[1].value()[i];
    return tape.record("mul", {x[0], x[1]}, std::move(y), [](const Vjp<double>& v) {
      for (std::int64_t i = 0; i < v.dout().size(); ++i) {
        v.din(0)[i] += v.dout()[i] * v.in(1)[i];
        v.din(1)[i] += v.dout()[i] * v.in(1)[i];  // in(0) would be right
      }
    });
  };
  const auto report = gradcheck(f, {normal({5}, 2), normal({5}, 3)});
  CHECK_FALSE(report.passed);
  CHECK_THAT(report.where, ContainsSubstring("input 1"));
}

TEST_CASE("gradcheck of nothing does not pass", "[core]") {
  const auto f = [](Tape<double>& tape, const Vars&) {
    return tape.variable(Tensor<double>::scalar(1));
  };
  CHECK_FALSE(gradcheck(f, {}).passed);
}

TEST_CASE("gradcheck samples large inputs and restores every one", "[core]") {
  Parameter<double> w(normal({40, 50}, 2));
  const Tensor<double> before = w.value;
  const auto f = [&](Tape<double>& tape) {
    return matmul(tape.constant(normal({2, 40}, 3)), tape.leaf(w));
  };
  const auto report = gradcheck(f, {&w}, {.max_elements = 64});
  INFO(report);
  CHECK(report.passed);
  CHECK(report.checked == 64);
  CHECK(w.value == before);
}

TEST_CASE("gradcheck prints one readable line", "[core]") {
  std::ostringstream out;
  out << gradcheck(cube([](const Vjp<double>&) {}), inputs());
  CHECK_THAT(out.str(),
             ContainsSubstring("FAILED: 12 derivatives, worst relative error 1 at input 0"));
}
