#include <cmath>
#include <iostream>

#include <sonant/core/ops/ops.h>

using namespace sonant;

int main() {
  // [zero_rows]
  const Tensor<double> x({3, 1}, {1, 2, 6});
  Tensor<double> mean({1}), var({1}, 1.0), padded_mean({1}), padded_var({1}, 1.0);
  Tape<double> tape;
  const auto rows = tape.constant(x);
  const auto weight = tape.constant(Tensor<double>({1}, 1.0)),
             bias = tape.constant(Tensor<double>({1}));

  // Three rows and two that are not stored, or five rows of which two are zero.
  const auto y = batch_norm(rows, weight, bias, mean, var, {.zero_rows = 2});
  const auto padded = batch_norm(pad(rows, 0, 0, 2), weight, bias, padded_mean, padded_var);
  std::cout << y.value()[2] << ' ' << padded.value()[2] << '\n';  // 1.88585 1.88585
  // [/zero_rows]
  const auto same = [](double a, double b) { return std::abs(a - b) < 1e-14; };
  return same(y.value()[2], padded.value()[2]) && same(mean[0], padded_mean[0]) ? 0 : 1;
}
