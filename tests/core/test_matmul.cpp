#include <sonant/core/ops/matmul.h>

#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("matmul: values and gradients are PyTorch's", "[core][ops]") {
  for (bool ta : {false, true}) {
    for (bool tb : {false, true}) {
      const MatmulOptions options{.transpose_a = ta, .transpose_b = tb};
      for (const std::string kind : {"matmul_", "matmul_2d_", "matmul_shared_"})
        check_golden(kind + (ta ? "1" : "0") + (tb ? "1" : "0"),
                     [=](auto&, const auto& x) { return matmul(x[0], x[1], options); });
    }
  }
  check_golden("linear", [](auto&, const auto& x) { return linear(x[0], x[1]); });
  check_golden("linear_bias", [](auto&, const auto& x) { return linear(x[0], x[1], x[2]); });
}

TEST_CASE("matmul: derivatives equal finite differences", "[core][ops]") {
  for (bool ta : {false, true}) {
    for (bool tb : {false, true}) {
      const auto a = normal(ta ? Shape{2, 1, 4, 3} : Shape{2, 1, 3, 4}, 2);
      for (const Shape& batch : {Shape{5}, Shape{1}, Shape{2, 5}}) {
        const Shape b = batch.inserted(-1, tb ? 2 : 4).inserted(-1, tb ? 4 : 2);
        check_gradients(
            [=](auto&, const Vars& x) {
              return matmul(x[0], x[1], {.transpose_a = ta, .transpose_b = tb});
            },
            {a, normal(b, 3)});
      }
    }
  }
  check_gradients([](auto&, const Vars& x) { return linear(x[0], x[1], x[2]); },
                  {normal({3, 2, 4}, 2), normal({5, 4}, 3), normal({5}, 4)});
  check_gradients([](auto&, const Vars& x) { return linear(x[0], x[1]); },
                  {normal({4}, 2), normal({5, 4}, 3)});
}

TEST_CASE("matmul: one matrix with itself", "[core][ops]") {
  check_gradients([](auto&, const Vars& x) { return matmul(x[0], x[0]); }, {normal({3, 3}, 2)});
  check_gradients([](auto&, const Vars& x) { return matmul(x[0], x[0], {.transpose_b = true}); },
                  {normal({2, 3, 4}, 2)});
}

TEST_CASE("matmul: only the gradients that are wanted", "[core][ops]") {
  for (int wanted : {0, 1}) {
    Tape<double> tape;
    const auto a =
        wanted == 0 ? tape.variable(normal({2, 3}, 2)) : tape.constant(normal({2, 3}, 2));
    const auto b =
        wanted == 1 ? tape.variable(normal({3, 2}, 3)) : tape.constant(normal({3, 2}, 3));
    backward_with(matmul(a, b), Tensor<double>({2, 2}, 1.0));
    CHECK((wanted == 0 ? a : b).grad().size() == 6);
    CHECK_THROWS_WITH((wanted == 0 ? b : a).grad(), ContainsSubstring("constant"));
  }
}

TEST_CASE("matmul: empty matrices", "[core][ops]") {
  Tape<double> tape;
  const auto a = tape.variable(Tensor<double>({2, 0})), b = tape.variable(Tensor<double>({0, 3}));
  const auto y = matmul(a, b);  // a sum over nothing
  CHECK(y.value() == Tensor<double>({2, 3}));
  CHECK(matmul(b, a, {.transpose_a = true, .transpose_b = true}).shape() == Shape({3, 2}));
  const auto none = tape.variable(Tensor<double>({0, 4})), w = tape.variable(normal({3, 4}));
  const auto bias = tape.variable(normal({3}));
  const auto z = linear(none, w, bias);
  CHECK(z.shape() == Shape({0, 3}));
  backward_with(y, Tensor<double>({2, 3}, 1.0));
  CHECK(a.grad().shape() == Shape({2, 0}));
  CHECK(w.grad() == Tensor<double>({3, 4}));
}

TEST_CASE("matmul: wrong shapes are named", "[core][ops]") {
  Tape<float> tape;
  const auto shaped = [&](Shape s) { return tape.constant(Tensor<float>(s)); };
  CHECK_THROWS_WITH(matmul(shaped({3}), shaped({3, 2})),
                    "[matmul] expects a (...,M,K) and b (...,K,N), got (3) and (3,2)");
  CHECK_THROWS_WITH(matmul(shaped({2, 3}), shaped({2, 3})),
                    "[matmul] inner extents differ: (2,3) times (2,3)");
  CHECK_THROWS_WITH(matmul(shaped({2, 3}), shaped({3, 2}), {.transpose_b = true}),
                    "[matmul] inner extents differ: (2,3) times (3,2) transposed");
  CHECK_THROWS_WITH(matmul(shaped({2, 4, 3}), shaped({3, 3, 2})),
                    "[matmul] shapes (2) and (3) do not broadcast");
  CHECK_THROWS_WITH(linear(shaped({2, 3}), shaped({3})),
                    "[linear] expects the weight as (H,D), got (3)");
  CHECK_THROWS_WITH(linear(shaped({2, 3}), shaped({3, 2})),
                    "[linear] expects x (...,2) for the weight (3,2), got (2,3)");
  CHECK_THROWS_WITH(linear(shaped({2, 3}), shaped({5, 3}), shaped({3})),
                    "[linear] expects the bias as (5) for the weight (5,3), got (3)");
}
