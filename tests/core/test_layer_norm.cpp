#include <sonant/core/ops/layer_norm.h>

#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("layer_norm: values and gradients are PyTorch's", "[core][ops]") {
  check_golden("layer_norm", [](auto&, const auto& x) { return layer_norm(x[0], x[1], x[2]); });
}

TEST_CASE("layer_norm: derivatives equal finite differences", "[core][ops]") {
  check_gradients([](auto&, const Vars& x) { return layer_norm(x[0], x[1], x[2], 1e-3); },
                  {normal({2, 3, 5}, 2), normal({5}, 3), normal({5}, 4)});
  check_gradients([](auto&, const Vars& x) { return layer_norm(x[0], x[1], x[2]); },
                  {normal({5}, 2), normal({5}, 3), normal({5}, 4)});
}

TEST_CASE("layer_norm: rows of one element, and no rows", "[core][ops]") {
  Tape<float> tape;
  const auto w = tape.variable(Tensor<float>({1}, 3.0f)),
             b = tape.variable(Tensor<float>({1}, 2.0f));
  const auto one = tape.variable(normal<float>({4, 1}, 2));
  const auto y = layer_norm(one, w, b);  // x equals its mean: only the bias is left
  CHECK(y.value() == Tensor<float>({4, 1}, 2.0f));
  CHECK(layer_norm(tape.constant(Tensor<float>({0, 1})), w, b).shape() == Shape({0, 1}));
  backward_with(y, normal<float>({4, 1}, 3));
  CHECK(one.grad() == Tensor<float>({4, 1}));
}

TEST_CASE("layer_norm: wrong shapes are named", "[core][ops]") {
  Tape<float> tape;
  const auto shaped = [&](Shape s) { return tape.constant(Tensor<float>(s)); };
  CHECK_THROWS_WITH(layer_norm(shaped({2, 3}), shaped({3}), shaped({2})),
                    "[layer_norm] expects weight and bias (3) for x (2,3), got (2)");
  CHECK_THROWS_WITH(layer_norm(shaped({2, 0}), shaped({0}), shaped({0})),
                    "[layer_norm] expects x (...,D) with D > 0, got (2,0)");
  CHECK_THROWS_WITH(layer_norm(shaped({}), shaped({1}), shaped({1})),
                    ContainsSubstring("[layer_norm]"));
}
