#include <cmath>
#include <iostream>

#include <sonant/core/ops/ops.h>

using namespace sonant;

int main() {
  // [forward]
  Parameter<double> w(Tensor<double>::rows({{0.5}, {-0.1}}));

  Tape<double> tape;
  tape.keep_all();  // gradients of intermediate values, too
  const auto x = tape.constant(Tensor<double>::rows({{1, 2}}));
  const auto a = matmul(x, tape.leaf(w, "w"));
  const auto y = tanh(a);
  const auto loss = sum(y * y);
  loss.backward();
  tape.print(std::cout);
  // [/forward]

  // The same by hand: dL/dy = 2 y, dL/dw = 2 y (1 - y^2) x.
  const double dy = 2 * y.item(), dw = dy * (1 - y.item() * y.item());
  return std::abs(y.grad().item() - dy) + std::abs(w.grad[0] - dw) + std::abs(w.grad[1] - 2 * dw) <
                 1e-15
             ? 0
             : 1;
}
