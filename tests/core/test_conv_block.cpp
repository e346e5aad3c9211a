#include <sonant/core/kernels/conv.h>
#include <sonant/core/ops/conv_block.h>
#include <sonant/core/ops/ops.h>
#include <sonant/core/parallel.h>

#include <optional>
#include <vector>

#include "support/golden.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;

namespace {

template <Real T>
struct Statistics {
  Tensor<T> mean, var;
  explicit Statistics(std::int64_t channels)
      : mean(normal<T>({channels}, 21)), var(uniform<T>({channels}, 0.5, 2, 22)) {}
};

// The same from the ops it stands for.
template <Real T>
Var<T> step_by_step(Var<T> x, const ConvBlockWeights<T>& w, Statistics<T>& s,
                    const ConvBlockOptions<T>& o) {
  const auto maps = conv2d(x, w.weight, w.bias, o.conv);
  const auto rows = reshape(maps, {-1, maps.dim(3)});
  const auto y = relu(batch_norm(rows, w.gamma, w.beta, s.mean, s.var, o.norm));
  return avg_pool2d(reshape(y, {maps.dim(0), maps.dim(1), maps.dim(2), maps.dim(3)}),
                    {.window = o.window});
}

const std::array<int, 2> windows[] = {{1, 1}, {2, 2}, {2, 1}, {3, 4}, {9, 9}};

template <Real T>
ConvBlockWeights<T> on_tape(Tape<T>& tape, std::vector<Parameter<T>>& p) {
  return {.weight = tape.leaf(p[1]),
          .bias = p.size() > 4 ? std::optional(tape.leaf(p[4])) : std::nullopt,
          .gamma = tape.leaf(p[2]),
          .beta = tape.leaf(p[3])};
}

// x, weight, gamma, beta [, bias]
template <Real T>
std::vector<Parameter<T>> parameters(std::int64_t images, std::int64_t outputs, bool bias) {
  std::vector<Parameter<T>> p = {normal<T>({images, 5, 7, 3}, 1), normal<T>({outputs, 3, 3, 2}, 2),
                                 normal<T>({outputs}, 3), normal<T>({outputs}, 4)};
  for (T& n : p[0].value.span()) n += T(3);  // far from zero
  if (bias) p.emplace_back(normal<T>({outputs}, 5));
  return p;
}

}  // namespace

TEMPLATE_TEST_CASE("conv_block: what its ops give one by one", "[core][ops]", float, double) {
  using T = TestType;
  const double limit = sizeof(T) == 4 ? 5e-5 : 1e-11;
  for (const bool training : {true, false})
    for (const auto window : windows)
      for (const std::int64_t outputs : {1, 5, 16, 33}) {
        const bool bias = outputs != 5;
        INFO("training " << training << ", window " << window[0] << "x" << window[1] << ", "
                         << outputs << " outputs");
        const ConvBlockOptions<T> options = {.norm = {.training = training}, .window = window};
        auto p = parameters<T>(19, outputs, bias);
        std::vector<std::vector<Tensor<T>>> all(2);
        for (const bool fused : {true, false}) {
          for (auto& parameter : p) parameter.grad = Tensor<T>();
          Statistics<T> s(outputs);
          Tape<T> tape;
          const auto w = on_tape(tape, p);
          const auto x = tape.leaf(p[0]);
          const auto y =
              fused ? conv_block(x, w, s.mean, s.var, options) : step_by_step(x, w, s, options);
          all[fused] = {y.value(), s.mean, s.var};
          backward_with(y, normal<T>(y.shape(), 6));
          for (std::size_t k = 0; k < 4; ++k) all[fused].push_back(p[k].grad);
        }
        for (std::size_t k = 0; k < all[0].size(); ++k) {
          INFO("result " << k);
          double largest = 0;
          for (const T n : all[0][k].span())
            largest = std::max(largest, std::abs(static_cast<double>(n)));
          CHECK(close(all[1][k], all[0][k].template to<double>(), 0, limit * (1 + largest)));
        }
      }
}

TEST_CASE("conv_block: without derivatives, the same values", "[core][ops]") {
  auto p = parameters<double>(6, 5, true);
  Statistics<double> s(5);
  const ConvBlockOptions<double> options = {.norm = {.training = false}, .window = {2, 2}};
  Tape<double> recording, inference(TapeMode::inference);
  CHECK(conv_block(recording.leaf(p[0]), on_tape(recording, p), s.mean, s.var, options).value() ==
        conv_block(inference.leaf(p[0]), on_tape(inference, p), s.mean, s.var, options).value());
}

TEST_CASE("conv_block: maps larger than the cache, without derivatives the same values",
          "[core][ops]") {
  struct Case {
    std::int64_t height, width, rows, columns;
    int stride;
    std::array<int, 2> window;
    Border border;
  };
  for (const Case& c :
       {Case{131, 37, 3, 3, 1, {2, 2}, Border::same}, Case{130, 40, 11, 1, 1, {3, 4}, Border::same},
        Case{97, 61, 4, 2, 2, {2, 1}, Border::valid}, Case{160, 41, 2, 5, 3, {2, 2}, Border::same},
        Case{150, 33, 5, 5, 1, {150, 33}, Border::same}}) {
    INFO(c.height << "x" << c.width << ", windows " << c.rows << "x" << c.columns);
    std::vector<Parameter<float>> p = {
        normal<float>({2, c.height, c.width, 3}, 1), normal<float>({33, 3, c.rows, c.columns}, 2),
        normal<float>({33}, 3), normal<float>({33}, 4), normal<float>({33}, 5)};
    Statistics<float> s(33);
    for (const auto* row : kernels::conv_kernels<float>().usable_rows()) {
      const ConvBlockOptions<float> options = {
          .conv = {.stride = {c.stride, 1}, .border = c.border, .kernel = row},
          .norm = {.training = false},
          .window = c.window};
      Tape<float> recording, inference(TapeMode::inference);
      const auto whole =
          conv_block(recording.leaf(p[0]), on_tape(recording, p), s.mean, s.var, options).value();
      const auto strips =
          conv_block(inference.leaf(p[0]), on_tape(inference, p), s.mean, s.var, options).value();
      INFO(kernels::label(*row));
      CHECK(close(strips, whole.to<double>(), 1e-5, 1e-4));
    }
  }
}

TEST_CASE("conv_block, conv2d: packed weights are kept as long as they are the same numbers",
          "[core][ops]") {
  auto p = parameters<float>(6, 5, true);
  Statistics<float> s(5);
  PackedWeights<float> kept;
  const auto block = [&](PackedWeights<float>* keep, const kernels::ConvKernel<float>* row) {
    Tape<float> tape(TapeMode::inference);
    return conv_block(tape.leaf(p[0]), on_tape(tape, p), s.mean, s.var,
                      {.conv = {.kernel = row, .kept = keep}, .norm = {.training = false}})
        .value();
  };
  const auto plain = [&](PackedWeights<float>* keep, const kernels::ConvKernel<float>* row) {
    Tape<float> tape(TapeMode::inference);
    return conv2d<float>(tape.leaf(p[0]), tape.leaf(p[1]), {}, {.kernel = row, .kept = keep})
        .value();
  };
  for (const auto* row : kernels::conv_kernels<float>().usable_rows())
    for (int k = 0; k < 3; ++k) {
      CHECK(block(&kept, row) == block(nullptr, row));
      const float* where = kept.packed.data();
      CHECK(plain(&kept, row) == plain(nullptr, row));
      CHECK(kept.packed.data() == where);
      p[1].value[k] += 1;
    }
  const Tensor<float> before = kept.weight;
  Tape<float> tape;  // which records: the weights are about to change
  p[1].value[0] += 1;
  conv2d<float>(tape.leaf(p[0]), tape.leaf(p[1]), {}, {.kept = &kept});
  CHECK(kept.weight == before);
}

TEST_CASE("conv_block: gradients", "[core][ops]") {
  for (const bool training : {true, false})
    for (const auto window : windows)
      for (const Border border : {Border::same, Border::valid}) {
        // A training batch norm takes the bias out again: its gradient is 0, and noise here.
        std::vector<Tensor<double>> inputs = {normal({5, 4, 5, 6}, 5), normal({4, 3, 2, 3}, 16),
                                              normal({4}, 17), normal({4}, 18)};
        if (!training) inputs.push_back(normal({4}, 9));
        check_gradients(
            [&](Tape<double>&, const Vars& in) {
              Statistics<double> s(4);
              const auto bias = training ? std::nullopt : std::optional(in[4]);
              return conv_block<double>(
                  in[0], {.weight = in[1], .bias = bias, .gamma = in[2], .beta = in[3]}, s.mean,
                  s.var,
                  {.conv = {.stride = {1, 2}, .border = border, .groups = 2},
                   .norm = {.training = training},
                   .window = window});
            },
            inputs);
      }
}

TEST_CASE("conv_block: a bias before a batch norm that trains has no gradient", "[core][ops]") {
  auto p = parameters<double>(5, 4, true);
  Statistics<double> s(4);
  Tape<double> tape;
  const auto w = on_tape(tape, p);
  const auto y = conv_block(tape.leaf(p[0]), w, s.mean, s.var, {.window = {2, 2}});
  backward_with(y, normal(y.shape(), 6));
  CHECK(close(p[4].grad, Tensor<double>({4}), 0, 1e-12));
}

TEST_CASE("conv_block: the same bits with any number of threads", "[core][ops]") {
  const auto run = [](int threads) {
    const int before = num_threads();
    set_num_threads(threads);
    auto p = parameters<float>(21, 9, true);
    Statistics<float> s(9);
    Tape<float> tape;
    const auto w = on_tape(tape, p);
    const auto y = conv_block(tape.leaf(p[0]), w, s.mean, s.var, {.window = {2, 2}});
    std::vector<Tensor<float>> all = {y.value(), s.mean, s.var};
    backward_with(y, normal<float>(y.shape(), 4));
    for (const auto& parameter : p) all.push_back(parameter.grad);
    set_num_threads(before);
    return all;
  };
  CHECK(run(1) == run(2));
  CHECK(run(1) == run(4));
}

TEST_CASE("conv_block: what does not fit is named", "[core][ops]") {
  Tape<double> tape;
  Statistics<double> s(3);
  const auto zeros = [&](Shape shape) { return tape.constant(Tensor<double>(shape)); };
  const auto x = zeros({2, 4, 4, 5}), w = zeros({3, 5, 3, 3}), three = zeros({3});
  const auto run = [&](const ConvBlockWeights<double>& weights,
                       const ConvBlockOptions<double>& options = {}) {
    return refusal([&] { conv_block(x, weights, s.mean, s.var, options); });
  };
  CHECK(has(run({w, {}, zeros({4}), three}), "expects gamma (3) for weight (3,5,3,3), got (4)"));
  CHECK(has(run({w, {}, three, zeros({2})}), "expects beta (3)"));
  CHECK(has(run({w, zeros({2}), three, three}), "[conv_block] expects bias (3)"));
  CHECK(has(run({zeros({3, 4, 3, 3}), {}, three, three}), "expects x (B,H,W,4)"));
  CHECK(has(run({w, {}, three, three}, {.window = {0, 2}}), "window of at least 1x1, got 0x2"));
  CHECK(has(run({w, {}, three, three}, {.norm = {.zero_rows = 3}}), "no zero_rows"));
  CHECK(has(refusal([&] {
              conv_block<double>(zeros({1, 1, 1, 5}), {w, {}, three, three}, s.mean, s.var);
            }),
            "more than one place"));
}
