#include <sonant/core/ops/pooling.h>

#include <cmath>

#include "support/golden.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("pooling: an odd map by hand", "[core][ops]") {
  Tape<double> tape;
  const auto x = tape.constant(Tensor<double>({1, 3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9}));
  CHECK(avg_pool2d(x).value() == Tensor<double>({1, 2, 2, 1}, {3, 4.5, 7.5, 9}));
  CHECK(max_pool2d(x).value() == Tensor<double>({1, 2, 2, 1}, {5, 6, 8, 9}));
  CHECK(avg_pool2d(x, {.border = Border::valid}).value() == Tensor<double>({1, 1, 1, 1}, {3}));
  CHECK(max_pool2d(x, {.window = {1, 3}, .stride = {2, 1}}).value() ==
        Tensor<double>({1, 2, 3, 1}, {2, 3, 3, 8, 9, 9}));
  CHECK(close(global_avg_pool2d(x).value(), Tensor<double>({1, 1}, {5}), 1e-15));
}

TEST_CASE("pooling: gradients", "[core][ops]") {
  const PoolingOptions options[] = {{},
                                    {.window = {2, 1}},
                                    {.window = {3, 2}, .stride = {1, 1}},
                                    {.window = {2, 3}, .stride = {3, 2}, .border = Border::valid}};
  for (const auto& o : options) {
    check_gradients([&](Tape<double>&, const Vars& in) { return avg_pool2d(in[0], o); },
                    {normal({2, 5, 4, 3}, 1)});
    check_gradients([&](Tape<double>&, const Vars& in) { return max_pool2d(in[0], o); },
                    {normal({2, 5, 4, 3}, 2)});
  }
  check_gradients([](Tape<double>&, const Vars& in) { return global_avg_pool2d(in[0]); },
                  {normal({3, 4, 2, 5}, 3)});
}

TEST_CASE("pooling: of equal numbers the first gets the gradient; NaN stays", "[core][ops]") {
  Tape<double> tape;
  const auto x = tape.variable(Tensor<double>({1, 2, 2, 1}, {3, 7, 7, 1}));
  max_pool2d(x).backward();
  CHECK(x.grad() == Tensor<double>({1, 2, 2, 1}, {0, 1, 0, 0}));
  tape.clear();
  const auto bad = tape.constant(Tensor<double>({1, 1, 2, 1}, {NAN, 2}));
  CHECK(std::isnan(max_pool2d(bad).value()[0]));
}

TEST_CASE("pooling: what does not fit is named", "[core][ops]") {
  Tape<double> tape;
  const auto zeros = [&](Shape shape) { return tape.constant(Tensor<double>(shape)); };
  CHECK(has(refusal([&] { avg_pool2d(zeros({2, 3, 4})); }), "[avg_pool2d] expects x (B,H,W,C)"));
  CHECK(has(refusal([&] {
              max_pool2d(zeros({1, 2, 2, 1}), {.window = {0, 2}});
            }),
            "window and strides of at least 1"));
  CHECK(has(refusal([&] {
              max_pool2d(zeros({1, 2, 2, 1}), {.window = {3, 1}, .border = Border::valid});
            }),
            "at least as large as the 3x1 window"));
  CHECK(has(refusal([&] { global_avg_pool2d(zeros({1, 0, 2, 1})); }), "at least one place"));
}
