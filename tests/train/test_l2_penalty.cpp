#include <sonant/train/l2_penalty.h>

#include <sonant/core/ops/ops.h>
#include <sonant/nn/linear.h>

#include "support/close.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;

namespace {

class Net : public Module<float> {
 public:
  void visit(Visitor<float>& v) override {
    v("first", first);
    v("second", second);
  }
  Linear<float> first{3, 4, Random(1)}, second{4, 2, Random(2)};
};

}  // namespace

TEST_CASE("L2Penalty: value and gradient are those of the term on a tape", "[train]") {
  Net net;
  const double factor = 0.3;
  const auto start = [&] {
    for (auto* p : net.parameters()) p->grad = normal<float>(p->value.shape(), 5);
  };
  start();
  const double value = L2Penalty(factor, "*d.weight", net).add_to_gradients();
  std::vector<Tensor<float>> got;
  for (auto* p : net.parameters()) got.push_back(p->grad);

  start();
  Tape<float> tape;
  const auto w = tape.leaf(net.second.weight);
  const auto term = sum(w * w) * static_cast<float>(factor);
  term.backward();
  CHECK(value == Approx(static_cast<double>(term.item())).epsilon(1e-6));
  for (std::size_t k = 0; k < got.size(); ++k) {
    INFO(net.named_parameters()[k].name);
    CHECK(close(got[k], net.parameters()[k]->grad.to<double>(), 1e-6, 1e-6));
  }
}

TEST_CASE("L2Penalty: without a factor nothing, with a pattern that fits nothing an error",
          "[train]") {
  Net net;
  net.zero_grad();
  CHECK(L2Penalty(0, "nothing", net).add_to_gradients() == 0);
  CHECK(has(refusal([&] { L2Penalty(1e-6, "block*", net); }),
            "expects l2_on to fit the name of a parameter, got \"block*\""));
}
