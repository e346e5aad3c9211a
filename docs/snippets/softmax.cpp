#include <iostream>

#include <sonant/core/ops/ops.h>

using namespace sonant;

int main() {
  // [mask]
  Tape<float> tape;
  const auto scores = tape.variable(Tensor<float>({2, 3}, {1, 2, 3, 1, 2, 3}));
  const Tensor<float> mask({2, 3}, {1, 1, 1, 1, 1, 0});  // the second row has two steps
  const auto p = softmax(scores, mask);
  std::cout << p.value()(0, 2) << ' ' << p.value()(1, 2) << '\n';  // 0.665241 0
  // [/mask]

  // [loss]
  const std::vector<int> labels = {2, 0};
  const auto loss = cross_entropy(scores, labels, {.class_weights = {1, 1, 4}});
  loss.backward();  // (4 * 0.4076 + 1 * 2.4076) / (4 + 1)
  // [/loss]
  return p.value()(1, 2) == 0 && std::abs(loss.value().item() - 0.80761f) < 1e-5f ? 0 : 1;
}
