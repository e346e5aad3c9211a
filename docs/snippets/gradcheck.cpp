#include <cmath>
#include <iostream>

#include <sonant/core/gradcheck.h>

using namespace sonant;

// [op]
// y = log cosh x    dx = tanh(x) dy
Var<double> log_cosh(Var<double> x) {
  auto y = Tensor<double>::uninitialized(x.shape());
  for (std::int64_t i = 0; i < y.size(); ++i) y[i] = std::log(std::cosh(x.value()[i]));
  return x.tape().record("log_cosh", {x}, std::move(y), [](const Vjp<double>& v) {
    for (std::int64_t i = 0; i < v.in().size(); ++i)
      v.din()[i] += std::tanh(v.in()[i]) * v.dout()[i];
  });
}
// [/op]

int main() {
  // [check]
  const Tensor<double> x({4}, {-2, -0.5, 0.1, 3});
  const GradcheckReport report =
      gradcheck([](auto&, const auto& inputs) { return log_cosh(inputs[0]); }, {x});
  std::cout << report << '\n';  // passed: 4 derivatives, worst relative error 4.7e-13 at ...
  // [/check]
  return report.passed ? 0 : 1;
}
