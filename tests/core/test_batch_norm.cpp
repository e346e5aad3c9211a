#include <sonant/core/ops/batch_norm.h>
#include <sonant/core/ops/shaping.h>

#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("batch_norm: values, gradients and running statistics are PyTorch's", "[core][ops]") {
  const std::vector<std::pair<std::string, BatchNormOptions>> cases = {
      {"batch_norm", {}},
      {"batch_norm_eval", {.training = false, .zero_rows = 7}},  // zero rows: no effect
      {"batch_norm_zero_rows", {.zero_rows = 7}}};
  for (const auto& [name, options] : cases) {
    check_golden(name, [name = name, options = options](auto& tape, const auto& x) {
      auto mean = golden(tape, name + "/mean_before"), var = golden(tape, name + "/var_before");
      const auto y = batch_norm(x[0], x[1], x[2], mean, var, options);
      const double tolerance = sizeof(mean[0]) == 8 ? 1e-13 : 1e-6;
      CHECK(close(mean, ops_golden().real(name + "/mean_after"), tolerance));
      CHECK(close(var, ops_golden().real(name + "/var_after"), tolerance));
      return y;
    });
  }
}

TEST_CASE("batch_norm: derivatives equal finite differences", "[core][ops]") {
  for (bool training : {true, false}) {
    for (std::int64_t zero_rows : {0, 1, 9}) {
      check_gradients(
          [=](auto&, const Vars& x) {
            Tensor<double> mean({3}, 0.5), var({3}, 2.0);
            return batch_norm(x[0], x[1], x[2], mean, var,
                              {.eps = 1e-3, .training = training, .zero_rows = zero_rows});
          },
          {normal({6, 3}, 2), normal({3}, 3), normal({3}, 4)});
    }
  }
}

TEST_CASE("batch_norm: virtual rows of zeros equal stored ones", "[core][ops]") {
  constexpr int rows = 5, zero_rows = 8, features = 4;
  const auto x = normal({rows, features}, 2), r = normal({rows, features}, 5);
  Tensor<double> y[2], dx[2], dw[2], mean[2], var[2];
  for (int k : {0, 1}) {
    mean[k] = Tensor<double>({features}, 0.25);
    var[k] = Tensor<double>({features}, 1.5);
    Tape<double> tape;
    const auto v = tape.variable(x), w = tape.variable(normal({features}, 3)),
               b = tape.variable(normal({features}, 4));
    const auto out =
        k == 0 ? batch_norm(v, w, b, mean[k], var[k], {.zero_rows = zero_rows})
               : slice(batch_norm(pad(v, 0, 0, zero_rows), w, b, mean[k], var[k]), 0, 0, rows);
    backward_with(out, r);
    y[k] = out.value();
    dx[k] = v.grad();
    dw[k] = w.grad();
  }
  CHECK(close(y[0], y[1], 1e-13));
  CHECK(close(dx[0], dx[1], 1e-12, 1e-14));
  CHECK(close(dw[0], dw[1], 1e-12, 1e-14));
  CHECK(close(mean[0], mean[1], 1e-14));
  CHECK(close(var[0], var[1], 1e-14));
}

TEST_CASE("batch_norm: the order of the rows does not matter", "[core][ops]") {
  Tape<double> tape;
  const auto x = tape.constant(normal({6, 3}, 2)), w = tape.constant(normal({3}, 3)),
             b = tape.constant(normal({3}, 4));
  const std::vector<int> order = {3, 1, 5, 0, 4, 2};
  Tensor<double> mean({3}), var({3}, 1.0);
  const auto y = batch_norm(x, w, b, mean, var),
             z = batch_norm(gather(x, 0, order), w, b, mean, var);
  CHECK(close(gather(y, 0, order).value(), z.value(), 1e-13));
}

TEST_CASE("batch_norm: statistics of float data are accumulated in double", "[core][ops]") {
  // Mean 4096 and deviation 1: float sums of squares would leave nothing of the variance.
  constexpr std::int64_t rows = 20000;
  Tensor<float> x({rows, 1});
  for (std::int64_t i = 0; i < rows; ++i) x[i] = 4096.0f + (i % 2 == 0 ? 1.0f : -1.0f);
  Tape<float> tape;
  Tensor<float> mean({1}), var({1}, 1.0f);
  const auto one = tape.constant(Tensor<float>({1}, 1.0f)),
             zero = tape.constant(Tensor<float>({1}));
  const auto y = batch_norm(tape.constant(x), one, zero, mean, var, {.eps = 0, .momentum = 1});
  CHECK(mean[0] == 4096.0f);
  CHECK(var[0] == static_cast<float>(rows / (rows - 1.0)));
  CHECK(y.value()[0] == 1.0f);
  CHECK(y.value()[1] == -1.0f);
}

TEST_CASE("batch_norm: one row has no variance, zero rows included", "[core][ops]") {
  Tape<double> tape;
  const auto w = tape.constant(Tensor<double>({3}, 1.0)), b = tape.constant(Tensor<double>({3}));
  Tensor<double> mean({3}), var({3}, 1.0);
  const auto one = tape.constant(normal({1, 3}, 2)), none = tape.constant(Tensor<double>({0, 3}));
  CHECK_THROWS_WITH(
      batch_norm(one, w, b, mean, var),
      "[batch_norm] expects more than 1 value per channel when training, got x (1,3)");
  CHECK_THROWS_WITH(batch_norm(none, w, b, mean, var), ContainsSubstring("more than 1 value"));
  CHECK(mean == Tensor<double>({3}));  // a failure changes nothing
  CHECK_NOTHROW(batch_norm(one, w, b, mean, var, {.zero_rows = 1}));
  CHECK_NOTHROW(batch_norm(one, w, b, mean, var, {.training = false}));
}

TEST_CASE("batch_norm: wrong shapes are named", "[core][ops]") {
  Tape<float> tape;
  const auto shaped = [&](Shape s) { return tape.constant(Tensor<float>(s)); };
  Tensor<float> three({3}), four({4});
  const auto x = shaped({2, 3}), v = shaped({3});
  CHECK_THROWS_WITH(batch_norm(shaped({3}), v, v, three, three),
                    "[batch_norm] expects x (N,D), got (3)");
  CHECK_THROWS_WITH(batch_norm(x, shaped({4}), v, three, three),
                    "[batch_norm] expects weight (3) for x (2,3), got (4)");
  CHECK_THROWS_WITH(batch_norm(x, v, shaped({1, 3}), three, three), ContainsSubstring("bias (3)"));
  CHECK_THROWS_WITH(batch_norm(x, v, v, four, three), ContainsSubstring("running_mean (3)"));
  CHECK_THROWS_WITH(batch_norm(x, v, v, three, four), ContainsSubstring("running_var (3)"));
  CHECK_THROWS_WITH(batch_norm(x, v, v, three, three, {.zero_rows = -1}),
                    ContainsSubstring("zero_rows >= 0, got -1"));
}
