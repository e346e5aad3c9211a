#include <iostream>

#include <sonant/core/ops/ops.h>

using namespace sonant;

int main() {
  // [forward]
  Parameter<double> w(Tensor<double>({2, 1}, {0.5, -0.1}));

  Tape<double> tape;
  const auto x = tape.constant(Tensor<double>({1, 2}, {1, 2}));  // n0
  const auto leaf = tape.leaf(w, "w");                           // n1
  const auto a = matmul(x, leaf);                                // n2   0.3
  const auto y = tanh(a);                                        // n3   0.2913
  const auto loss = sum(y * y);                                  // n4, n5
  loss.backward();
  std::cout << "loss " << loss.value().item() << ", dw " << w.grad[0] << ' ' << w.grad[1] << '\n';
  // [/forward]

  // The same by hand: dw = 2 y (1 - y^2) x.
  const double by_hand = 2 * y.value()[0] * (1 - y.value()[0] * y.value()[0]);
  tape.write_dot(std::cout);
  return std::abs(w.grad[0] - by_hand) + std::abs(w.grad[1] - 2 * by_hand) < 1e-15 ? 0 : 1;
}
