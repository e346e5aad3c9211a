#include <sonant/core/kernels/conv.h>
#include <sonant/core/ops/conv2d.h>
#include <sonant/core/parallel.h>

#include <cmath>
#include <optional>

#include "support/golden.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;

namespace {

Conv2dOptions<double> options(std::array<int, 2> stride, Border border, int groups = 1) {
  return {.stride = stride, .border = border, .groups = groups};
}

}  // namespace

TEST_CASE("conv2d: one window by hand", "[core][ops]") {
  Tape<double> tape;
  // A 2x2 map of one channel, a 2x2 window, zeros behind.
  const auto x = tape.constant(Tensor<double>({1, 2, 2, 1}, {1, 2, 3, 4}));
  const auto w = tape.constant(Tensor<double>({1, 1, 2, 2}, {10, 20, 30, 40}));
  const auto bias = tape.constant(Tensor<double>({1}, {5}));
  CHECK(conv2d<double>(x, w, bias, options({1, 1}, Border::valid)).value() ==
        Tensor<double>({1, 1, 1, 1}, {5 + 10 + 40 + 90 + 160}));
  CHECK(conv2d<double>(x, w, bias).value() ==
        Tensor<double>({1, 2, 2, 1}, {5 + 300, 5 + 20 + 120, 5 + 30 + 80, 5 + 40}));
}

TEST_CASE("conv2d: gradients", "[core][ops]") {
  struct Case {
    Shape x, w;
    Conv2dOptions<double> options;
  };
  const Case cases[] = {
      {{2, 4, 3, 2}, {3, 2, 3, 2}, options({1, 1}, Border::same)},
      {{1, 5, 4, 1}, {2, 1, 5, 1}, options({1, 1}, Border::same)},
      {{2, 5, 6, 3}, {2, 3, 2, 3}, options({2, 1}, Border::valid)},
      {{1, 6, 5, 4}, {4, 2, 3, 3}, options({2, 3}, Border::same, 2)},
      {{9, 2, 2, 3}, {3, 1, 1, 2}, options({1, 1}, Border::same, 3)},
  };
  for (const auto& row : kernels::conv_kernels<double>().usable_rows())
    for (const Case& c : cases) {
      INFO(kernels::label(*row) << ", x " << c.x << ", weight " << c.w);
      auto o = c.options;
      o.kernel = row;
      check_gradients(
          [&](Tape<double>&, const Vars& in) { return conv2d<double>(in[0], in[1], in[2], o); },
          {normal(c.x, 1), normal(c.w, 2), normal({c.w.dim(0)}, 3)});
    }
}

TEST_CASE("conv2d: the same bits with any number of threads", "[core][ops]") {
  const auto run = [](int threads) {
    const int before = num_threads();
    set_num_threads(threads);
    Parameter<float> x(normal<float>({13, 9, 7, 5}, 1)), w(normal<float>({6, 5, 3, 3}, 2)),
        bias(normal<float>({6}, 3));
    Tape<float> tape;
    const auto y = conv2d<float>(tape.leaf(x), tape.leaf(w), tape.leaf(bias));
    const Tensor<float> value = y.value();
    backward_with(y, normal<float>(y.shape(), 4));
    set_num_threads(before);
    return std::array{value, x.grad, w.grad, bias.grad};
  };
  CHECK(run(1) == run(2));
  CHECK(run(1) == run(5));
}

TEST_CASE("conv2d: what does not fit is named", "[core][ops]") {
  Tape<double> tape;
  const auto zeros = [&](Shape shape) { return tape.constant(Tensor<double>(shape)); };
  const auto x = zeros({2, 5, 4, 6}), w = zeros({4, 6, 3, 3});
  CHECK(has(refusal([&] { conv2d<double>(zeros({5, 4, 6}), w); }), "x (B,H,W,6)"));
  CHECK(has(refusal([&] {
              conv2d<double>(zeros({2, 5, 4, 5}), w);
            }),
            "x (B,H,W,6) for weight (4,6,3,3), got (2,5,4,5)"));
  CHECK(has(refusal([&] { conv2d<double>(x, zeros({4, 6, 9})); }), "weight (O,C/groups,R,S)"));
  CHECK(has(refusal([&] { conv2d<double>(x, w, zeros({3})); }), "bias (4)"));
  CHECK(has(refusal([&] {
              conv2d<double>(x, w, {}, options({1, 1}, Border::same, 3));
            }),
            "divide the 4 outputs"));
  CHECK(has(refusal([&] {
              conv2d<double>(x, w, {}, options({0, 1}, Border::same));
            }),
            "strides of at least 1"));
  CHECK(has(refusal([&] {
              conv2d<double>(x, zeros({4, 6, 6, 1}), {}, options({1, 1}, Border::valid));
            }),
            "as large as the window 6x1"));
}
