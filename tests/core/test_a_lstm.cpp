#include <string>
#include <vector>

#include <sonant/core/kernels/a_lstm.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/npz.h>
#include <sonant/core/ops/a_lstm_unrolled.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/parallel.h>

#include "support/catch.h"
#include "support/close.h"
#include "support/files.h"

using namespace sonant;
using namespace sonant::test;
using kernels::a_lstm_kernels;
using kernels::ALstmKernel;

namespace {

// What may be switched. `vectors`: of w_state and w_state_h, how many there are.
struct Variant {
  const char* name;
  StateCombination combination = StateCombination::attention;
  PoolVector<int> offsets = {1, 3, 5};
  bool combine_h = true, zero_past = false;
  std::size_t vectors = 1;
};

const std::vector<Variant>& variants() {
  using enum StateCombination;
  static const std::vector<Variant> all = {
      {.name = "default"},
      {.name = "separate w", .vectors = 2},
      {.name = "cell only", .combine_h = false},
      {.name = "mean", .combination = mean, .vectors = 0},
      {.name = "mean, zero past", .combination = mean, .zero_past = true, .vectors = 0},
      {.name = "none", .combination = none, .vectors = 0},
      {.name = "zero past", .zero_past = true},
      {.name = "zero past, cell only", .combine_h = false, .zero_past = true},
      {.name = "offsets 1, 2", .offsets = {1, 2}},
      {.name = "offsets 2, 3", .offsets = {2, 3}},
      {.name = "offset 4", .offsets = {4}},
      {.name = "more than the steps", .offsets = {1, 2, 4, 7, 90}, .vectors = 2}};
  return all;
}

ALstmOptions<double> options_of(const Variant& v, bool reverse = false,
                                const ALstmKernel<double>* kernel = nullptr) {
  return {.combination = v.combination,
          .offsets = v.offsets,
          .combine_h = v.combine_h,
          .zero_past = v.zero_past,
          .reverse = reverse,
          .kernel = kernel};
}

using Inputs = std::vector<Tensor<double>>;
using Values = std::vector<Var<double>>;

// x, w_ih, w_hh, bias and the vectors
Inputs random_inputs(const PackedLayout& layout, std::int64_t D, std::int64_t H,
                     std::size_t vectors) {
  Inputs all = {normal({layout.rows(), D}, 1), normal({4 * H, D}, 2), normal({4 * H, H}, 3),
                normal({4 * H}, 4)};
  for (std::size_t k = 0; k < vectors; ++k) all.push_back(normal({H}, 5 + k));
  for (auto& tensor : all)
    for (double& value : tensor.span()) value *= 0.7;
  return all;
}

template <Real T>
ALstmWeights<T> weights_of(const std::vector<Var<T>>& in) {
  return {in[1], in[2], in[3], in.size() > 4 ? in[4] : Var<T>(), in.size() > 5 ? in[5] : Var<T>()};
}

Values on_tape(Tape<double>& tape, const Inputs& inputs) {
  Values in;
  for (const auto& input : inputs) in.push_back(tape.variable(input));
  return in;
}

// d <r, y> / d everything, with random r.
void backward_from(const Var<double>& y) {
  const auto r = normal(y.shape(), 99);
  y.tape()
      .record("dot", {y}, Tensor<double>::scalar(0),
              [&r](const Vjp<double>& v) {
                for (std::int64_t n = 0; n < r.size(); ++n) v.din()[n] += v.dout()[0] * r[n];
              })
      .backward();
}

// h, then the gradients of all inputs.
template <class Compute>
Inputs values_and_gradients(const Inputs& inputs, const Compute& compute) {
  Tape<double> tape;
  const Values in = on_tape(tape, inputs);
  const Var<double> h = compute(in);
  backward_from(h);
  Inputs result = {h.value()};
  for (const auto& variable : in) result.push_back(variable.grad());
  return result;
}

}  // namespace

TEST_CASE("A-LSTM: every kernel's gradients are the finite differences", "[core]") {
  const auto layout = make_layout(std::vector<int>{2, 7, 7, 1, 4});
  for (const Variant& variant : variants()) {
    const Inputs inputs = random_inputs(*layout, 3, 4, variant.vectors);
    for (const auto* row : a_lstm_kernels<double>().usable_rows())
      for (bool reverse : {false, true}) {
        const auto report = gradcheck(
            [&](Tape<double>&, const Values& in) {
              return a_lstm({in[0], layout}, weights_of(in), options_of(variant, reverse, row))
                  .h.data;
            },
            inputs);
        INFO(variant.name << " " << kernels::label(*row) << (reverse ? " reverse" : "") << ": "
                          << report);
        CHECK(report.passed);
      }
  }
}

TEST_CASE("A-LSTM: the unrolled one's gradients are the finite differences", "[core]") {
  const auto layout = make_layout(std::vector<int>{2, 7, 4});
  for (const Variant& variant : variants()) {
    const auto report = gradcheck(
        [&](Tape<double>&, const Values& in) {
          return a_lstm_unrolled({in[0], layout}, weights_of(in), options_of(variant)).h.data;
        },
        random_inputs(*layout, 3, 2, variant.vectors));
    INFO(variant.name << ": " << report);
    CHECK(report.passed);
  }
}

TEST_CASE("A-LSTM: fused and unrolled agree in values and in all gradients", "[core]") {
  const auto layout = make_layout(std::vector<int>{17, 3, 40, 40, 1, 22});
  for (const Variant& variant : variants()) {
    const Inputs inputs = random_inputs(*layout, 10, 13, variant.vectors);
    for (bool reverse : {false, true}) {
      const Inputs unrolled = values_and_gradients(inputs, [&](const Values& in) {
        return a_lstm_unrolled({in[0], layout}, weights_of(in), options_of(variant, reverse))
            .h.data;
      });
      for (const auto* row : a_lstm_kernels<double>().usable_rows()) {
        const Inputs fused = values_and_gradients(inputs, [&](const Values& in) {
          return a_lstm({in[0], layout}, weights_of(in), options_of(variant, reverse, row)).h.data;
        });
        for (std::size_t k = 0; k < fused.size(); ++k) {
          INFO(variant.name << " " << kernels::label(*row) << (reverse ? " reverse" : "")
                            << " result " << k);
          CHECK(close(fused[k], unrolled[k], 1e-10, 1e-12));
        }
      }
    }
  }
}

TEST_CASE("A-LSTM: only the gradients somebody wants are computed", "[core]") {
  const auto layout = make_layout(std::vector<int>{2, 6, 1});
  for (const Variant& variant : variants()) {
    const Inputs inputs = random_inputs(*layout, 3, 4, variant.vectors);
    for (const auto* row : a_lstm_kernels<double>().usable_rows()) {
      const auto compute = [&](const Values& in) {
        return a_lstm({in[0], layout}, weights_of(in), options_of(variant, false, row)).h.data;
      };
      const Inputs all = values_and_gradients(inputs, compute);
      for (unsigned wanted = 1; wanted < 1u << inputs.size(); ++wanted) {
        Tape<double> tape;
        Values in;
        for (std::size_t k = 0; k < inputs.size(); ++k)
          in.push_back((wanted >> k & 1) != 0 ? tape.variable(inputs[k])
                                              : tape.constant(inputs[k]));
        backward_from(compute(in));
        INFO(variant.name << " " << kernels::label(*row) << " inputs " << wanted);
        for (std::size_t k = 0; k < inputs.size(); ++k)
          if ((wanted >> k & 1) != 0) CHECK(in[k].grad() == all[k + 1]);
      }
    }
  }
}

TEST_CASE("A-LSTM: one, two and three threads give the same bits", "[core]") {
  std::vector<int> lengths;
  for (int b = 0; b < 70; ++b) lengths.push_back(1 + (b * 37) % 23);
  const auto layout = make_layout(lengths);
  const int before = num_threads();
  for (const Variant& variant : variants())
    for (const auto* row : a_lstm_kernels<double>().usable_rows()) {
      const auto compute = [&](int threads) {
        set_num_threads(threads);
        return values_and_gradients(
            random_inputs(*layout, 6, 5, variant.vectors), [&](const Values& in) {
              return a_lstm({in[0], layout}, weights_of(in), options_of(variant, true, row)).h.data;
            });
      };
      const Inputs one = compute(1);
      INFO(variant.name << " " << kernels::label(*row));
      CHECK(one == compute(2));
      CHECK(one == compute(3));
    }
  set_num_threads(before);
}

TEST_CASE("A-LSTM: without combination it is the LSTM, bit for bit", "[core]") {
  const auto layout = make_layout(std::vector<int>{17, 3, 40, 40, 1, 22});
  const Inputs inputs = random_inputs(*layout, 10, 13, 0);
  const Variant none{.name = "none", .combination = StateCombination::none};
  // Offset 1 alone leaves a softmax of one state.
  const Variant one{.name = "mean", .combination = StateCombination::mean, .offsets = {1}};
  for (const auto* row : a_lstm_kernels<double>().usable_rows())
    for (bool reverse : {false, true}) {
      const kernels::LstmKernel<double>* plain = nullptr;  // for the same instruction set
      for (const auto* other : kernels::lstm_kernels<double>().usable_rows())
        if (kernels::label(*other) == kernels::label(*row)) plain = other;
      REQUIRE(plain != nullptr);
      const Inputs expected = values_and_gradients(inputs, [&](const Values& in) {
        const auto zeros = in[0].tape().constant(Tensor<double>(in[3].shape()));
        return lstm<double>({in[0], layout}, {in[1], in[2], in[3], zeros},
                            {.reverse = reverse, .kernel = plain})
            .h.data;
      });
      for (const Variant& variant : {none, one}) {
        const Inputs got = values_and_gradients(inputs, [&](const Values& in) {
          return a_lstm({in[0], layout}, weights_of(in), options_of(variant, reverse, row)).h.data;
        });
        INFO(variant.name << " " << kernels::label(*row) << (reverse ? " reverse" : ""));
        for (std::size_t k = 0; k < got.size(); ++k) CHECK(close(got[k], expected[k], 0, 0));
      }
    }
}

TEST_CASE("A-LSTM: the weights of the earlier states, and the cells", "[core]") {
  const auto layout = make_layout(std::vector<int>{2, 9, 4});
  for (const Variant& variant : variants())
    for (const auto* row : a_lstm_kernels<double>().usable_rows()) {
      INFO(variant.name << " " << kernels::label(*row));
      Tape<double> tape;
      const Values in = on_tape(tape, random_inputs(*layout, 3, 4, variant.vectors));
      auto options = options_of(variant, false, row);
      options.keep_cells = true;
      const auto got = a_lstm({in[0], layout}, weights_of(in), options);
      const auto expected = a_lstm_unrolled({in[0], layout}, weights_of(in), options);
      CHECK(close(got.c, expected.c, 1e-12, 1e-14));
      for (int b = 0; b < layout->batch(); ++b)
        for (int t = 0; t < layout->lengths()[static_cast<std::size_t>(b)]; ++t) {
          double a = 0, b_sum = 0;
          for (std::int64_t n = 0; n < std::ssize(variant.offsets); ++n) {
            const auto at = layout->row(b, t);
            const bool there =
                variant.zero_past || t >= variant.offsets[static_cast<std::size_t>(n)];
            if (!there) CHECK(got.a(at, n) == 0);
            if (!there) CHECK(got.b(at, n) == 0);
            a += got.a(at, n);
            b_sum += got.b(at, n);
          }
          const bool some = (variant.zero_past || t >= variant.offsets[0]) &&
                            variant.combination != StateCombination::none;
          CHECK(a == Approx(some ? 1 : 0).margin(1e-14));
          CHECK(b_sum == Approx(some && variant.combine_h ? 1 : 0).margin(1e-14));
        }
    }
}

TEST_CASE("A-LSTM: arguments that do not fit are errors that name them", "[core]") {
  const auto layout = make_layout(std::vector<int>{3, 2});
  const Inputs good = random_inputs(*layout, 3, 4, 2);
  const auto fails = [&](std::size_t which, Shape shape, const std::string& text,
                         const ALstmOptions<double>& options = {}) {
    Tape<double> tape;
    Inputs inputs = good;
    inputs[which] = Tensor<double>(shape);
    const Values in = on_tape(tape, inputs);
    CHECK_THROWS_WITH(a_lstm({in[0], layout}, weights_of(in), options), ContainsSubstring(text));
    CHECK_THROWS_WITH(a_lstm_unrolled({in[0], layout}, weights_of(in), options),
                      ContainsSubstring(text));
  };
  fails(0, {4, 3}, "expects x (N,D) = (5,3), got (4,3)");
  fails(1, {15, 3}, "expects w_ih (4H,D) = (16,D), got (15,3)");
  fails(2, {4, 4}, "expects w_hh (4H,H), got (4,4)");
  fails(3, {8}, "expects bias (4H) = (16), got (8)");
  fails(4, {3}, "expects w_state (H) = (4), got (3)");
  fails(5, {5}, "expects w_state_h (H) = (4), got (5)");
  fails(5, {4}, "no w_state_h where h is not combined", {.combine_h = false});
  fails(5, {4}, "only where attention", {.combination = StateCombination::mean});
  fails(5, {4}, "at least one offset", {.offsets = {}});
  fails(5, {4}, "that rise, got 0", {.offsets = {0, 1}});
  fails(5, {4}, "that rise, got 3 after 3", {.offsets = {1, 3, 3}});
  Tape<double> tape;
  const Values in = on_tape(tape, good);
  CHECK_THROWS_WITH(a_lstm<double>({in[0], layout}, {in[1], in[2], in[3]}),
                    ContainsSubstring("expects w_state (H), got an empty value"));
  CHECK_THROWS_WITH(a_lstm<double>({in[0], nullptr}, weights_of(in)),
                    ContainsSubstring("without a layout"));
  CHECK(choose_a_lstm_kernel<double>("reference").name == std::string("reference"));
  CHECK(choose_a_lstm_kernel<double>("blas").name == std::string("blas"));
  CHECK(choose_a_lstm_kernel<double>("").name == default_lstm_kernel());
  CHECK_THROWS_WITH(choose_a_lstm_kernel<double>("fast"), ContainsSubstring("no kernel \"fast\""));
}
