#include <iostream>
#include <vector>

#include <sonant/core/gradcheck.h>
#include <sonant/core/ops/ops.h>
#include <sonant/nn/layers.h>
#include <sonant/train/optimizer.h>

using namespace sonant;

struct Tiny : Module<double> {  // one of 3 classes for a sequence with 2 numbers per step
  Lstm<double> lstm{2, 8, Random(1)};
  SoftAttention<double> attention{8, Random(2)};
  Linear<double> fc{8, 3, Random(3)};

  Var<double> operator()(const Packed<double>& x) { return fc(attention(lstm(x)).context); }
  void visit(Visitor<double>& v) override { v("lstm", lstm), v("", attention), v("fc", fc); }
};

int main() {
  const Layout layout = make_layout(std::vector{5, 9, 4, 7});  // lengths in any order, no padding
  Tensor<double> x({layout->rows(), 2});
  Random(4).fill_normal(x.span(), 0.0, 1.0);
  const std::vector<int> labels{2, 0, 1, 1};  // in the same order

  Tiny model;
  const auto loss = [&](Tape<double>& tape) {
    return cross_entropy(model({tape.constant(x), layout}), labels);
  };
  const auto adam = make_optimizer<double>(model.parameters(), {.name = "adam", .lr = 0.02});
  for (int step = 0; step <= 60; ++step) {
    Tape<double> tape;
    const Var<double> l = loss(tape);
    if (step % 20 == 0) std::cout << "step " << step << ": loss " << l.value().item() << '\n';
    l.backward();
    adam->step();
    adam->zero_grad();
  }
  std::cout << "gradcheck " << gradcheck(loss, model.parameters()) << '\n';
}
