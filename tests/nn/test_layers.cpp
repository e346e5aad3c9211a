// Layers: gradients, PyTorch's numbers, modes, names and errors.
#include <sonant/core/gradcheck.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/ops/reduce.h>
#include <sonant/core/ops/shaping.h>
#include <sonant/nn/attention.h>
#include <sonant/nn/batch_norm.h>
#include <sonant/nn/dropout.h>
#include <sonant/nn/linear.h>
#include <sonant/nn/lstm.h>
#include <sonant/nn/sequential.h>

#include <algorithm>
#include <cmath>

#include "support/catch.h"
#include "support/files.h"
#include "support/models.h"

using namespace sonant;

namespace {

Tensor<double> normal(const Shape& shape, std::uint64_t seed) {
  auto out = Tensor<double>::uninitialized(shape);
  Random(seed).fill_normal(out.span(), 0.0, 1.0);
  return out;
}

const Layout layout = make_layout(std::array{2, 4, 1});

// Gradcheck of a layer through its parameters and its input. Parameters become normal numbers, so
// that no default value (0, 1) can hide a mistake.
GradcheckReport check_layer(Module<double>& layer, const Shape& input,
                            const std::function<Var<double>(Var<double>)>& f) {
  Parameter<double> x = normal(input, 100);
  std::vector<Parameter<double>*> all = layer.parameters();
  for (std::size_t k = 0; k < all.size(); ++k) all[k]->value = normal(all[k]->value.shape(), k);
  all.push_back(&x);
  return gradcheck([&](Tape<double>& tape) { return f(tape.leaf(x)); }, all);
}

}  // namespace

TEST_CASE("gradients of the layers agree with finite differences") {
  const std::int64_t rows = layout->rows();
  Linear<double> linear(3, 4, Random(1));
  CHECK(check_layer(linear, {5, 3}, [&](auto x) { return linear(x); }).passed);
  Lstm<double> lstm(3, 4, Random(2));
  CHECK(check_layer(lstm, {rows, 3}, [&](auto x) { return lstm({x, layout}).data; }).passed);
  Lstm<double> stacked({.input = 3, .hidden = 2, .layers = 2, .bidirectional = true}, Random(2));
  CHECK(check_layer(stacked, {rows, 3}, [&](auto x) { return stacked({x, layout}).data; }).passed);
  BatchNorm<double> norm(3);
  CHECK(check_layer(norm, {rows, 3}, [&](auto x) { return norm(x); }).passed);
  CHECK(check_layer(norm, {rows, 3}, [&](auto x) { return norm(x, 5); }).passed);
  norm.eval();
  CHECK(check_layer(norm, {rows, 3}, [&](auto x) { return norm(x); }).passed);
  SoftAttention<double> attention(3, Random(3));
  const std::vector<int> zero_steps{0, 2, 3};
  for (const auto& padding : {std::vector<int>{}, zero_steps}) {
    CHECK(check_layer(attention, {rows, 3}, [&](auto x) {
            return attention({x, layout}, padding).context;
          }).passed);
    CHECK(check_layer(attention, {rows, 3}, [&](auto x) {
            return attention({x, layout}, padding).weights;
          }).passed);
  }
  Dropout<double> dropout(0.4);
  CHECK(check_layer(dropout, {rows, 3}, [&](auto x) { return dropout(x); }).passed);
  auto net = sequential<double>(Linear<double>(3, 4, Random(4)), sonant::tanh<double>,
                                Linear<double>(4, 2, Random(5)));
  CHECK(check_layer(net, {5, 3}, [&](auto x) { return net(x); }).passed);
}

TEST_CASE("a stacked bidirectional LSTM equals PyTorch's, state and all") {
  const Npz want = Npz::read(test::golden("model.npz"));
  const test::GoldenBatch batch(want);
  for (const std::string& kernel : test::kernel_names<double>()) {
    CAPTURE(kernel);
    Lstm<double> lstm(
        {.input = 4, .hidden = 3, .layers = 2, .bidirectional = true, .kernel = kernel}, Random(1));
    test::load_arrays(lstm, want, "stacked/init/");
    Tape<double> tape;
    const Packed<double> x = batch.packed(tape);
    const Var<double> data = tape.variable(x.data.value());
    // PyTorch's (layers x directions, B, H) in the caller's order.
    const auto state_rows = [&](const std::string& name, int k) {
      const Tensor<double> all = want.real(name);
      Tensor<double> rows({3, 3});
      std::copy_n(all.data() + 9 * k, 9, rows.data());
      return rows;
    };
    std::vector<LstmState<double>> initial;
    for (int k = 0; k < 4; ++k)
      initial.push_back(
          {tape.variable(state_rows("stacked/h0", k)), tape.variable(state_rows("stacked/c0", k))});
    const auto out = lstm.run({data, x.layout}, initial);
    const Var<double> y = unpack(out.h);
    CHECK(test::relative_error(y.value(), want.real("stacked/y")) < 1e-12);

    // The scalar that PyTorch differentiated.
    Var<double> loss = sum(y * tape.constant(want.real("stacked/weight")));
    for (int k = 0; k < 4; ++k) {
      const auto index = static_cast<std::size_t>(k);
      CHECK(test::relative_error(out.last[index].h.value(), state_rows("stacked/hn", k)) < 1e-12);
      CHECK(test::relative_error(out.last[index].c.value(), state_rows("stacked/cn", k)) < 1e-12);
      loss = loss + sum(out.last[index].h * tape.constant(state_rows("stacked/h0", k))) -
             sum(out.last[index].c * tape.constant(state_rows("stacked/c0", k)));
    }
    loss.backward();
    for (const auto& [name, parameter] : lstm.named_parameters()) {
      CAPTURE(name);
      CHECK(test::relative_error(parameter->grad, want.real("stacked/grad/" + name)) < 1e-11);
    }
    CHECK(test::relative_error(unpack(data.grad(), *x.layout), want.real("stacked/grad/x")) <
          1e-11);
    for (int k = 0; k < 4; ++k) {
      const auto index = static_cast<std::size_t>(k);
      CHECK(test::relative_error(initial[index].h.grad(), state_rows("stacked/grad/h0", k)) <
            1e-11);
      CHECK(test::relative_error(initial[index].c.grad(), state_rows("stacked/grad/c0", k)) <
            1e-11);
    }
  }
}

TEST_CASE("an LSTM over (B,T,D) equals PyTorch's, and itself over the packed batch") {
  const Npz want = Npz::read(test::golden("model.npz"));
  const test::GoldenBatch batch(want);
  Lstm<double> lstm({.input = 4, .hidden = 3, .layers = 2, .bidirectional = true}, Random(1));
  test::load_arrays(lstm, want, "stacked/init/");
  const auto state = [&](Tape<double>& tape, const std::string& name, int k) {
    const Tensor<double> all = want.real(name);
    return tape.variable(
        Tensor<double>({3, 3}, all.span().subspan(9 * static_cast<std::size_t>(k), 9)));
  };
  Tape<double> tape;
  Tensor<double> rubbish_behind = batch.x;  // which must not be seen
  for (std::int64_t b = 0; b < 3; ++b)
    for (std::int64_t t = batch.lengths[static_cast<std::size_t>(b)]; t < batch.x.dim(1); ++t)
      for (std::int64_t d = 0; d < 4; ++d) rubbish_behind(b, t, d) = std::nan("");
  const Var<double> x = tape.variable(rubbish_behind);
  std::vector<LstmState<double>> initial;
  for (int k = 0; k < 4; ++k)
    initial.push_back({state(tape, "stacked/h0", k), state(tape, "stacked/c0", k)});
  const auto out = lstm.run(x, batch.lengths, initial);
  CHECK(test::relative_error(out.h.value(), want.real("stacked/y")) < 1e-12);
  Var<double> loss = sum(out.h * tape.constant(want.real("stacked/weight")));
  for (int k = 0; k < 4; ++k) {
    const LstmState<double>& last = out.last[static_cast<std::size_t>(k)];
    CHECK(test::relative_error(last.h.value(), state(tape, "stacked/hn", k).value()) < 1e-12);
    loss = loss + sum(last.h * tape.constant(initial[static_cast<std::size_t>(k)].h.value())) -
           sum(last.c * tape.constant(initial[static_cast<std::size_t>(k)].c.value()));
  }
  loss.backward();
  CHECK(test::relative_error(x.grad(), want.real("stacked/grad/x")) < 1e-11);
  for (const auto& [name, parameter] : lstm.named_parameters()) {
    CAPTURE(name);
    CHECK(test::relative_error(parameter->grad, want.real("stacked/grad/" + name)) < 1e-11);
  }
}

TEST_CASE("an LSTM over (B,T,D): lengths may be missing, or all be shorter than T") {
  Lstm<double> lstm({.input = 3, .hidden = 2, .bidirectional = true}, Random(1));
  const Tensor<double> x = normal({2, 5, 3}, 7);
  Tape<double> tape(TapeMode::inference);
  const Var<double> in = tape.constant(x);
  const Tensor<double> all = lstm(in).value();
  CHECK(all == lstm(in, std::vector{5, 5}).value());
  CHECK(all.shape() == Shape({2, 5, 4}));
  const Tensor<double> shorter = lstm(in, std::vector{2, 4}).value();
  const Tensor<double> packed =
      unpack(lstm(pack(slice(in, 1, 0, 4), make_layout(std::array{2, 4})))).value();
  CHECK(shorter.shape() == Shape({2, 5, 4}));
  for (std::int64_t b = 0; b < 2; ++b)
    for (std::int64_t t = 0; t < 5; ++t)
      for (std::int64_t u = 0; u < 4; ++u) CHECK(shorter(b, t, u) == (t < 4 ? packed(b, t, u) : 0));
  for (std::int64_t u = 0; u < 4; ++u) CHECK(shorter(0, 2, u) == 0);
  for (const auto& lengths : {std::vector<int>{}, {1, 4}, {4, 1}})
    CHECK(check_layer(lstm, {2, 5, 3}, [&](auto v) { return lstm(v, lengths); }).passed);
  CHECK_THROWS_WITH(lstm(tape.constant(Tensor<double>({3, 5}))),
                    "[Lstm] expects x (B,T,D) with D = 3, got (3,5)");
  CHECK_THROWS_WITH(lstm(tape.constant(Tensor<double>({2, 5, 4}))),
                    ContainsSubstring("got (2,5,4)"));
  CHECK_THROWS_WITH(lstm(in, std::vector{1, 2, 3}),
                    "[Lstm] expects lengths for 2 sequences, got 3");
  CHECK_THROWS_WITH(lstm(in, std::vector{0, 2}), "[Lstm] expects lengths from 1 to T = 5, got 0");
  CHECK_THROWS_WITH(lstm(in, std::vector{6, 2}), "[Lstm] expects lengths from 1 to T = 5, got 6");
  CHECK_THROWS_AS(lstm(tape.constant(Tensor<double>({0, 5, 3}))), Error);
  CHECK_THROWS_AS(lstm(tape.constant(Tensor<double>({2, 0, 3}))), Error);
}

TEST_CASE("the row of a sequence is the caller's, whatever the lengths") {
  const std::vector<int> lengths{2, 5, 1, 5, 3};
  Lstm<double> lstm({.input = 3, .hidden = 2, .layers = 2, .bidirectional = true}, Random(1));
  SoftAttention<double> attention(4, Random(2));
  Tape<double> tape(TapeMode::inference);
  const Var<double> x = tape.constant(normal({5, 5, 3}, 3));
  const Var<double> h0 = tape.constant(normal({5, 2}, 4)), c0 = tape.constant(normal({5, 2}, 5));
  const std::vector<LstmState<double>> initial(4, LstmState<double>{h0, c0});
  const Layout all = make_layout(lengths);
  const auto out = lstm.run(pack(x, all), initial);
  const std::vector<int> zero_steps{4, 3, 2, 1, 0};
  const Tensor<double> context = attention(out.h, zero_steps).context.value();
  for (int b = 0; b < 5; ++b) {
    const int length = lengths[static_cast<std::size_t>(b)];
    const auto row = [&](Var<double> v) { return slice(v, 0, b, b + 1); };
    const std::vector<LstmState<double>> own(4, LstmState<double>{row(h0), row(c0)});
    const Layout single = make_layout(std::array{length});
    const auto alone = lstm.run(pack(slice(row(x), 1, 0, length), single), own);
    for (std::size_t k = 0; k < 4; ++k) {
      CHECK(test::relative_error(row(out.last[k].h).value(), alone.last[k].h.value()) < 1e-13);
      CHECK(test::relative_error(row(out.last[k].c).value(), alone.last[k].c.value()) < 1e-13);
    }
    const auto attended = attention(alone.h, std::array{zero_steps[static_cast<std::size_t>(b)]});
    for (std::int64_t u = 0; u < 4; ++u)
      CHECK(context(b, u) == Approx(attended.context.value()(0, u)).epsilon(1e-12));
    for (int t = 0; t < length; ++t)
      CHECK(out.h.data.value()(all->row(all->places()[static_cast<std::size_t>(b)], t), 0) ==
            Approx(alone.h.data.value()(t, 0)).epsilon(1e-12));
  }
}

TEST_CASE("an LSTM starts with open forget gates and orthogonal recurrent weights") {
  Lstm<double> lstm(6, 5, Random(1));
  const Lstm<double>::Cell& cell = lstm.cells[0];
  for (const auto* bias : {&cell.bias_ih.value, &cell.bias_hh.value})
    for (int i = 0; i < 20; ++i) CHECK((*bias)[i] == (i >= 5 && i < 10 ? 1 : 0));
  for (int a = 0; a < 5; ++a)  // the columns of the whole (4H,H)
    for (int b = 0; b < 5; ++b) {
      double dot = 0;
      for (int i = 0; i < 20; ++i) dot += cell.weight_hh.value(i, a) * cell.weight_hh.value(i, b);
      CHECK(dot == Approx(a == b ? 1 : 0).margin(1e-14));
    }
  CHECK(cell.weight_ih.value.shape() == Shape{20, 6});
}

TEST_CASE("dropout between LSTM layers acts in training only") {
  Lstm<double> lstm({.input = 3, .hidden = 4, .layers = 2, .dropout = 0.5}, Random(1));
  const Tensor<double> x = normal({layout->rows(), 3}, 1);
  const auto run = [&](std::uint64_t step) {
    Tape<double> tape(TapeMode::inference, 7, step);
    return lstm({tape.constant(x), layout}).data.value();
  };
  CHECK(run(0) == run(0));
  CHECK_FALSE(run(0) == run(1));
  lstm.eval();
  CHECK(run(0) == run(1));
}

TEST_CASE("dropout keeps the mean in training and everything in evaluation") {
  Dropout<double> dropout(0.25);
  Tape<double> tape(TapeMode::inference, 1, 0);
  const Var<double> ones = tape.constant(Tensor<double>({10000}, 1.0));
  double sum = 0;
  for (double y : dropout(ones).value().span()) {
    CHECK((y == 0 || y == 1 / 0.75));
    sum += y;
  }
  CHECK(sum / 10000 == Approx(1).margin(0.02));  // standard error 0.006
  dropout.eval();
  CHECK(dropout(ones).value() == ones.value());
}

TEST_CASE("batch norm moves its running statistics in training only") {
  BatchNorm<double> norm(2);
  Tape<double> tape(TapeMode::inference);
  const Var<double> x = tape.constant(Tensor<double>({2, 2}, {1, 10, 3, 30}));
  norm(x);
  CHECK(norm.running_mean == Tensor<double>({2}, {0.1 * 2, 0.1 * 20}));
  CHECK(norm.running_var[0] == Approx(0.9 + 0.1 * 2));
  CHECK(norm.num_batches_tracked == 1);
  norm.eval();
  const Tensor<double> before = norm.running_var;
  norm(x);
  CHECK(norm.running_var == before);
  CHECK(norm.num_batches_tracked == 1);
  norm.train();
  CHECK_THROWS_AS(norm(tape.constant(Tensor<double>({1, 2}))), Error);
  CHECK(norm.num_batches_tracked == 1);
}

TEST_CASE("sequential chains layers and functions over different kinds of values") {
  auto net = sequential<double>(
      Lstm<double>(3, 4, Random(1)), SoftAttention<double>(4, Random(2)),
      [](const AttentionOutput<double>& a) { return a.context; }, sonant::relu<double>,
      Linear<double>(4, 2, Random(3)));
  std::vector<std::string> names;
  for (const auto& [name, parameter] : net.named_parameters()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"0.weight_ih_l0", "0.weight_hh_l0", "0.bias_ih_l0",
                                          "0.bias_hh_l0", "1.attention_vector", "4.weight",
                                          "4.bias"});
  Tape<double> tape(TapeMode::inference);
  const Packed<double> x{tape.constant(normal({layout->rows(), 3}, 1)), layout};
  auto copy = net;
  CHECK(net(x).shape() == Shape{3, 2});
  std::get<4>(copy.layers).bias.value.fill(1);
  CHECK(std::get<4>(net.layers).bias.value[0] == 0);
  CHECK(tape.marked(&std::get<1>(net.layers)).shape() == Shape{3, 4});
  net.eval();
  CHECK_FALSE(std::get<0>(net.layers).training());
}

TEST_CASE("layers refuse impossible sizes") {
  CHECK_THROWS_WITH(Linear<float>(0, 3, Random(1)), ContainsSubstring("[Linear]"));
  CHECK_THROWS_WITH(Lstm<float>(3, 0, Random(1)), ContainsSubstring("[Lstm]"));
  CHECK_THROWS_WITH(Lstm<float>({.input = 3, .hidden = 3, .dropout = 1}, Random(1)),
                    ContainsSubstring("dropout"));
  CHECK_THROWS_WITH(BatchNorm<float>(0), ContainsSubstring("[BatchNorm]"));
  CHECK_THROWS_WITH(SoftAttention<float>(-1, Random(1)), ContainsSubstring("[SoftAttention]"));
  CHECK_THROWS_WITH(Dropout<float>(1.0), ContainsSubstring("[0,1)"));
  CHECK_THROWS_WITH(Dropout<float>(std::nan("")), ContainsSubstring("[0,1)"));
  Lstm<double> lstm(3, 4, Random(1));
  Tape<double> tape;
  const Packed<double> wrong{tape.constant(Tensor<double>({layout->rows(), 5})), layout};
  CHECK_THROWS_WITH(lstm(wrong), ContainsSubstring("expects x (N,D) = (7,3), got (7,5)"));
  CHECK_THROWS_WITH(lstm.run(wrong, std::vector<LstmState<double>>(2)),
                    ContainsSubstring("expects 1 initial states"));
}
