#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <sonant/core/gradcheck.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/npz.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/ops/lstm_unrolled.h>
#include <sonant/core/parallel.h>
#include <sonant/core/random.h>

#include "support/catch.h"
#include "support/close.h"
#include "support/files.h"

using namespace sonant;

namespace {

template <Real T>
Tensor<T> normal(Shape shape, std::uint64_t stream, T stddev = T(0.5)) {
  Tensor<T> t(shape);
  Random(11, stream).fill_normal(t.span(), T(0), stddev);
  return t;
}

// x, w_ih, w_hh, b_ih, b_hh, h0, c0
template <Real T>
std::vector<Tensor<T>> random_inputs(const PackedLayout& layout, int D, int H) {
  const std::int64_t N = layout.rows(), B = layout.batch(), G = 4 * H;
  return {normal<T>({N, D}, 1), normal<T>({G, D}, 2), normal<T>({G, H}, 3), normal<T>({G}, 4),
          normal<T>({G}, 5),    normal<T>({B, H}, 6), normal<T>({B, H}, 7)};
}

template <Real T>
LstmOutput<T> run(const Layout& layout, const std::vector<Var<T>>& in,
                  const LstmOptions<T>& options) {
  std::optional<LstmState<T>> initial;
  if (in.size() > 5) initial = LstmState<T>{in[5], in[6]};
  return lstm<T>({in[0], layout}, {in[1], in[2], in[3], in[4]}, options, initial);
}

// One value that depends on all three outputs, so that their gradients arrive together.
Var<double> joined(const LstmOutput<double>& out) {
  const auto copy = [](const Var<double>& v) { return v.value(); };
  Tensor<double> all({out.h.data.value().size() + 2 * out.hn.value().size()});
  std::int64_t n = 0;
  for (const auto& part : {copy(out.h.data), copy(out.hn), copy(out.cn)})
    for (double value : part.span()) all[n++] = value;
  return out.hn.tape().record("joined", {out.h.data, out.hn, out.cn}, all,
                              [](const Vjp<double>& v) {
                                std::int64_t i = 0;
                                for (int k = 0; k < 3; ++k)
                                  for (double& d : v.din(k).span()) d += v.dout()[i++];
                              });
}

using Compute = std::function<LstmOutput<double>(Tape<double>&, const std::vector<Var<double>>&)>;

// h, hn, cn, and the gradients of all inputs for these cotangents of the three, or random ones.
std::vector<Tensor<double>> values_and_gradients(
    const std::vector<Tensor<double>>& inputs, const Compute& compute,
    const std::vector<Tensor<double>>& cotangents = {}) {
  Tape<double> tape;
  std::vector<Var<double>> in;
  for (const auto& input : inputs) in.push_back(tape.variable(input));
  const LstmOutput<double> out = compute(tape, in);
  const Var<double> all = joined(out);
  Tensor<double> r = test::normal({all.dim(0)}, 99);
  auto to = r.span().begin();
  for (const auto& part : cotangents) to = std::copy(part.span().begin(), part.span().end(), to);
  tape.record("dot", {all}, Tensor<double>::scalar(0),
              [&r](const Vjp<double>& v) {
                for (std::int64_t n = 0; n < r.size(); ++n) v.din()[n] += v.dout()[0] * r[n];
              })
      .backward();
  std::vector<Tensor<double>> result = {out.h.data.value(), out.hn.value(), out.cn.value()};
  for (const auto& variable : in) result.push_back(variable.grad());
  return result;
}

// What tests/golden/gen_lstm_torch.py made.
struct Golden {
  Npz npz = Npz::read(test::golden("lstm.npz"));
  Layout layout = [this] {
    const auto lengths = npz.integers("lengths");
    return make_layout(std::vector<int>(lengths.begin(), lengths.end()));
  }();

  int callers(int b) const { return layout->order()[static_cast<std::size_t>(b)]; }
  // One direction of a (2,B,H) state.
  Tensor<double> state(const std::string& name, int direction) const {
    const Tensor<double> all = npz.real(name);
    Tensor<double> one({layout->batch(), all.dim(2)});
    std::copy_n(all.data() + direction * one.size(), one.size(), one.data());
    return one;
  }
  // Columns [first, first+width) of a padded (B,T,*) tensor.
  Tensor<double> packed(const std::string& name, std::int64_t first, std::int64_t width) const {
    const Tensor<double> all = npz.real(name);
    Tensor<double> rows({layout->rows(), width});
    for (int b = 0; b < layout->batch(); ++b)
      for (int t = 0; t < layout->lengths()[static_cast<std::size_t>(b)]; ++t)
        for (std::int64_t d = 0; d < width; ++d)
          rows(layout->row(b, t), d) = all(callers(b), t, first + d);
    return rows;
  }
};

}  // namespace

TEST_CASE("every kernel's gradients are the finite differences, in both directions", "[core]") {
  const std::vector<int> lengths = {2, 5, 5, 1, 3};
  const auto layout = make_layout(lengths);
  const auto all = random_inputs<double>(*layout, 3, 4);
  for (const auto* row : kernels::lstm_kernels<double>().usable_rows())
    for (bool reverse : {false, true})
      for (bool initial : {false, true}) {
        const std::vector<Tensor<double>> inputs(all.begin(), all.begin() + (initial ? 7 : 5));
        const auto report = gradcheck(
            [&](Tape<double>&, const std::vector<Var<double>>& in) {
              return joined(run<double>(layout, in, {reverse, row}));
            },
            inputs);
        INFO(kernels::label(*row) << (reverse ? " reverse" : "") << (initial ? " initial" : "")
                                  << ": " << report);
        CHECK(report.passed);
      }
}

TEST_CASE("the unrolled LSTM's gradients are the finite differences, in both directions",
          "[core]") {
  const auto layout = make_layout(std::vector<int>{2, 4, 4, 1});
  const auto inputs = random_inputs<double>(*layout, 3, 2);
  for (bool reverse : {false, true}) {
    const auto report = gradcheck(
        [&](Tape<double>&, const std::vector<Var<double>>& in) {
          return joined(lstm_unrolled<double>({in[0], layout}, {in[1], in[2], in[3], in[4]},
                                              {.reverse = reverse},
                                              LstmState<double>{in[5], in[6]}));
        },
        inputs);
    INFO((reverse ? "reverse " : "forward ") << report);
    CHECK(report.passed);
  }
}

TEST_CASE("fused and unrolled agree in values and in all gradients", "[core]") {
  const auto layout = make_layout(std::vector<int>{17, 3, 40, 40, 1, 22});
  const auto all = random_inputs<double>(*layout, 10, 13);
  for (const auto* row : kernels::lstm_kernels<double>().usable_rows())
    for (bool reverse : {false, true})
      for (bool initial : {false, true}) {
        const std::vector<Tensor<double>> inputs(all.begin(), all.begin() + (initial ? 7 : 5));
        const LstmOptions<double> options = {reverse, row};
        const auto fused = values_and_gradients(
            inputs, [&](auto&, const auto& in) { return run<double>(layout, in, options); });
        const auto unrolled = values_and_gradients(inputs, [&](auto&, const auto& in) {
          std::optional<LstmState<double>> state;
          if (initial) state = LstmState<double>{in[5], in[6]};
          return lstm_unrolled<double>({in[0], layout}, {in[1], in[2], in[3], in[4]}, options,
                                       state);
        });
        for (std::size_t k = 0; k < fused.size(); ++k) {
          INFO(kernels::label(*row)
               << (reverse ? " reverse" : "") << (initial ? " initial" : "") << " result " << k);
          CHECK(test::close(fused[k], unrolled[k], 1e-12, 1e-14));
        }
      }
}

TEST_CASE("values and gradients are PyTorch's, in both directions", "[core]") {
  const Golden golden;
  const std::int64_t D = 5, H = 9;
  for (const auto* row : kernels::lstm_kernels<double>().usable_rows()) {
    Tensor<double> dx({golden.layout->rows(), D});
    for (int direction : {0, 1}) {
      const std::string suffix = direction == 0 ? "_l0" : "_l0_reverse";
      INFO(kernels::label(*row) << suffix);
      const std::string parameters[] = {"weight_ih", "weight_hh", "bias_ih", "bias_hh"};
      std::vector<Tensor<double>> inputs = {golden.packed("x", 0, D)};
      for (const auto& p : parameters) inputs.push_back(golden.npz.real(p + suffix));
      inputs.push_back(golden.state("h0", direction));
      inputs.push_back(golden.state("c0", direction));
      const auto result =
          values_and_gradients(inputs,
                               [&](auto&, const auto& in) {
                                 return run<double>(golden.layout, in, {direction == 1, row});
                               },
                               {golden.packed("r_y", direction * H, H),
                                golden.state("r_hn", direction), golden.state("r_cn", direction)});
      CHECK(test::close(result[0], golden.packed("y", direction * H, H), 1e-12, 1e-14));
      CHECK(test::close(result[1], golden.state("hn", direction), 1e-12, 1e-14));
      CHECK(test::close(result[2], golden.state("cn", direction), 1e-12, 1e-14));
      for (std::int64_t n = 0; n < dx.size(); ++n) dx[n] += result[3][n];
      for (std::size_t k = 0; k < 4; ++k)
        CHECK(test::close(result[4 + k], golden.npz.real("grad/" + parameters[k] + suffix), 1e-11,
                          1e-13));
      CHECK(test::close(result[8], golden.state("grad/h0", direction), 1e-11, 1e-13));
      CHECK(test::close(result[9], golden.state("grad/c0", direction), 1e-11, 1e-13));
    }
    INFO(kernels::label(*row));
    CHECK(test::close(dx, golden.packed("grad/x", 0, D), 1e-11, 1e-13));
  }
}

TEST_CASE("one and two threads give the same bits", "[core]") {
  std::vector<int> lengths;
  for (int b = 0; b < 70; ++b) lengths.push_back(1 + (b * 37) % 23);
  const auto layout = make_layout(lengths);
  const auto inputs = random_inputs<double>(*layout, 12, 11);
  const int threads = num_threads();
  for (const auto* row : kernels::lstm_kernels<double>().usable_rows()) {
    const auto compute = [&] {
      return values_and_gradients(
          inputs, [&](auto&, const auto& in) { return run<double>(layout, in, {.kernel = row}); });
    };
    set_num_threads(1);
    const auto one = compute();
    set_num_threads(2);
    const auto two = compute();
    INFO(kernels::label(*row));
    CHECK(one == two);
  }
  set_num_threads(threads);
}

TEST_CASE("a sequence computed alone is the one computed in a batch", "[core]") {
  const std::vector<int> lengths = {4, 9, 1, 9, 6};
  const auto layout = make_layout(lengths);
  const auto inputs = random_inputs<float>(*layout, 5, 6);
  for (bool reverse : {false, true}) {
    Tape<float> tape(TapeMode::inference);
    std::vector<Var<float>> in;
    for (const auto& input : inputs) in.push_back(tape.constant(input));
    const auto batch = run<float>(layout, in, {.reverse = reverse});
    for (int b = 0; b < layout->batch(); ++b) {
      const int length = layout->lengths()[static_cast<std::size_t>(b)];
      Tensor<float> x({length, 5}), h0({1, 6}), c0({1, 6});
      for (int t = 0; t < length; ++t)
        std::copy_n(inputs[0].data() + layout->row(b, t) * 5, 5, x.data() + t * 5);
      const int caller = layout->order()[static_cast<std::size_t>(b)];
      std::copy_n(inputs[5].data() + caller * 6, 6, h0.data());
      std::copy_n(inputs[6].data() + caller * 6, 6, c0.data());
      auto alone_in = in;
      alone_in[0] = tape.constant(x);
      alone_in[5] = tape.constant(h0);
      alone_in[6] = tape.constant(c0);
      const auto alone =
          run<float>(make_layout(std::vector<int>{length}), alone_in, {.reverse = reverse});
      for (int u = 0; u < 6; ++u) {
        CHECK(alone.hn.value()(0, u) == Approx(batch.hn.value()(caller, u)).margin(1e-7));
        CHECK(alone.cn.value()(0, u) == Approx(batch.cn.value()(caller, u)).margin(1e-7));
      }
      for (int t = 0; t < length; ++t)
        for (int u = 0; u < 6; ++u)
          CHECK(alone.h.data.value()(t, u) ==
                Approx(batch.h.data.value()(layout->row(b, t), u)).epsilon(1e-6).margin(1e-7));
    }
  }
}

TEST_CASE("only the gradients somebody wants are computed", "[core]") {
  const auto layout = make_layout(std::vector<int>{3, 2});
  const auto inputs = random_inputs<double>(*layout, 3, 4);
  for (const auto* row : kernels::lstm_kernels<double>().usable_rows())
    for (std::size_t wanted = 0; wanted < inputs.size(); ++wanted) {
      Tape<double> all_tape, tape;
      std::vector<Var<double>> all, one;
      for (std::size_t k = 0; k < inputs.size(); ++k) {
        all.push_back(all_tape.variable(inputs[k]));
        one.push_back(k == wanted ? tape.variable(inputs[k]) : tape.constant(inputs[k]));
      }
      // Through cn alone: h and hn have no gradient.
      const auto backward = [&](const LstmOutput<double>& out) {
        out.cn.tape()
            .record("first", {out.cn}, Tensor<double>::scalar(out.cn.value()[2]),
                    [](const Vjp<double>& v) { v.din()[2] += v.dout()[0]; })
            .backward();
      };
      backward(run<double>(layout, all, {.kernel = row}));
      backward(run<double>(layout, one, {.kernel = row}));
      INFO(kernels::label(*row) << " input " << wanted);
      CHECK(one[wanted].grad() == all[wanted].grad());
    }
}

TEST_CASE("float kernels flush denormals and leave the caller's mode alone", "[core]") {
  const auto layout = make_layout(std::vector<int>{4});
  const volatile float tiny = 1e-30f;
  const auto denormal = [&] { return tiny * 1e-10f; };
  REQUIRE(denormal() > 0);
  // With all weights zero, i = f = o = 1/2 and g = 0: c halves at each step, from 3e-38 down.
  for (const auto* row : kernels::lstm_kernels<float>().usable_rows()) {
    Tape<float> tape(TapeMode::inference);
    const auto zeros = [&](Shape shape) { return tape.constant(Tensor<float>(shape)); };
    const auto out = lstm<float>(
        {zeros({4, 1}), layout}, {zeros({4, 1}), zeros({4, 1}), zeros({4}), zeros({4})},
        {.kernel = row}, LstmState<float>{zeros({1, 1}), tape.constant({{1, 1}, 3e-38f})});
    INFO(kernels::label(*row));
    CHECK(out.cn.value()[0] == 0);
    CHECK(denormal() > 0);
  }
}

TEST_CASE("the default kernel can be set, and a wrong name is an error", "[core]") {
  const auto layout = make_layout(std::vector<int>{3, 2});
  const auto inputs = random_inputs<double>(*layout, 3, 4);
  const auto h = [&](const LstmOptions<double>& options) {
    Tape<double> tape(TapeMode::inference);
    std::vector<Var<double>> in;
    for (const auto& input : inputs) in.push_back(tape.constant(input));
    return run<double>(layout, in, options).h.data.value();
  };
  set_default_lstm_kernel("reference");
  CHECK(default_lstm_kernel() == "reference");
  CHECK(h({}) == h({.kernel = &kernels::lstm_kernels<double>().reference()}));
  CHECK_THROWS_WITH(set_default_lstm_kernel("fast"), ContainsSubstring("no kernel \"fast\""));
  CHECK(default_lstm_kernel() == "reference");
  set_default_lstm_kernel("");
  CHECK_THROWS_WITH(choose_lstm_kernel<double>("fast"), ContainsSubstring("reference, blas"));
  setenv("SONANT_KERNEL", "blas", 1);  // read once, and where the default is taken back
  CHECK(default_lstm_kernel() != "blas");
  set_default_lstm_kernel("auto");
  CHECK(default_lstm_kernel() == "blas");
  unsetenv("SONANT_KERNEL");
  set_default_lstm_kernel("");
}

TEST_CASE("lstm names the shape that is wrong", "[core]") {
  const auto layout = make_layout(std::vector<int>{3, 2});
  const auto right = random_inputs<float>(*layout, 3, 4);
  const auto with = [&](std::size_t k, Shape shape) {
    Tape<float> tape(TapeMode::inference);
    std::vector<Var<float>> in;
    for (std::size_t n = 0; n < right.size(); ++n)
      in.push_back(tape.constant(n == k ? Tensor<float>(shape) : right[n]));
    run<float>(layout, in, {});
  };
  CHECK_NOTHROW(with(0, {5, 3}));
  CHECK_THROWS_WITH(with(0, {6, 3}), ContainsSubstring("expects x (N,D) = (5,3), got (6,3)"));
  CHECK_THROWS_WITH(with(0, {15}), ContainsSubstring("expects x (N,D) = (5,3), got (15)"));
  CHECK_THROWS_WITH(with(0, {5, 7}), ContainsSubstring("expects x (N,D) = (5,3), got (5,7)"));
  CHECK_THROWS_WITH(with(1, {12, 3}),
                    ContainsSubstring("expects w_ih (4H,D) = (16,D), got (12,3)"));
  CHECK_THROWS_WITH(with(2, {15, 4}), ContainsSubstring("expects w_hh (4H,H), got (15,4)"));
  CHECK_THROWS_WITH(with(4, {4}), ContainsSubstring("expects b_hh (4H) = (16), got (4)"));
  CHECK_THROWS_WITH(with(5, {1, 4}), ContainsSubstring("expects h0 (B,H) = (2,4), got (1,4)"));
  CHECK_THROWS_WITH(with(6, {2, 5}), ContainsSubstring("expects c0 (B,H) = (2,4), got (2,5)"));
  Tape<float> tape;
  CHECK_THROWS_WITH(lstm<float>({}, {}), ContainsSubstring("without a layout"));
}
