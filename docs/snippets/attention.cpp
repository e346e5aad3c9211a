#include <iostream>

#include <sonant/core/ops/ops.h>

using namespace sonant;

int main() {
  // [attention]
  const std::vector<int> lengths = {3, 1};
  const Layout layout = make_layout(lengths);
  Tape<float> tape;
  // Packed rows: both sequences' step 0, then steps 1 and 2 of the longer one.
  const Packed<float> h{tape.constant(Tensor<float>({4, 1}, {0, 5, 1, 2})), layout};
  const auto u = tape.constant(Tensor<float>({1, 1}, 1.0f));

  const auto masked = soft_attention(h, u);
  for (float alpha : masked.weights.value().span()) std::cout << alpha << ' ';
  std::cout << '\n';  // 0.0900306 1 0.244728 0.665241

  const std::vector<int> zero_steps = {0, 2};  // as if the shorter one were padded to 3 steps
  const auto paper = soft_attention(h, u, zero_steps);
  std::cout << paper.weights.value()[1] << '\n';  // 0.986703 = e^5 / (e^5 + 2)
  // [/attention]
  return masked.weights.value()[1] == 1 &&
                 std::abs(paper.context.value()[1] - 5 * 0.986703f) < 1e-5f
             ? 0
             : 1;
}
