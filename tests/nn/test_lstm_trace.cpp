// The readable recomputation of an LSTM's inside, against the layer itself.
#include <sonant/nn/lstm_trace.h>

#include <cmath>

#include "support/catch.h"
#include "support/close.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("The trace's h is the layer's output", "[nn]") {
  struct Size {
    int steps, input, hidden;
  };
  for (const Size& size : {Size{1, 1, 1}, Size{7, 3, 5}, Size{60, 46, 31}}) {
    Lstm<double> lstm(size.input, size.hidden, Random(5));
    for (auto* p : lstm.parameters()) Random(6).fill_normal(p->value.span(), 0.1, 0.4);
    const Tensor<double> x = normal({size.steps, size.input}, 7);
    Tape<double> tape(TapeMode::inference);
    const auto h = lstm({tape.constant(x), make_layout(std::span(&size.steps, 1))});
    const LstmTrace trace = trace_lstm<double>(lstm.cells[0], x);
    CHECK(close(trace.h, h.data.value(), 1e-12, 1e-13));
  }
}

TEST_CASE("Two steps of one unit, worked out by hand", "[nn]") {
  Lstm<float>::Cell cell;
  cell.weight_ih = Tensor<float>({4, 1}, {0.5f, 1.0f, -1.5f, 2.0f});  // i, f, g, o
  cell.weight_hh = Tensor<float>({4, 1}, {1.0f, -1.0f, 0.5f, 0.25f});
  cell.bias_ih = Tensor<float>({4}, {0.25f, 1.0f, 0.0f, 0.0f});
  cell.bias_hh = Tensor<float>({4}, {0.25f, 1.0f, 0.5f, 0.0f});
  const LstmTrace s = trace_lstm<float>(cell, Tensor<float>({2, 1}, {1.0f, -2.0f}));
  const auto sigmoid = [](double a) { return 1 / (1 + std::exp(-a)); };
  const double c0 = sigmoid(1) * std::tanh(-1.0), h0 = sigmoid(2) * std::tanh(c0);
  const double c1 = sigmoid(0 - h0) * c0 + sigmoid(-0.5 + h0) * std::tanh(3.5 + 0.5 * h0);
  CHECK(s.f[0] == sigmoid(3));
  CHECK(s.c[0] == Approx(c0).epsilon(1e-14));
  CHECK(s.h[0] == Approx(h0).epsilon(1e-14));
  CHECK(s.i[1] == Approx(sigmoid(-0.5 + h0)).epsilon(1e-14));
  CHECK(s.f[1] == Approx(sigmoid(-h0)).epsilon(1e-14));
  CHECK(s.g[1] == Approx(std::tanh(3.5 + 0.5 * h0)).epsilon(1e-14));
  CHECK(s.o[1] == Approx(sigmoid(-4 + 0.25 * h0)).epsilon(1e-14));
  CHECK(s.c[1] == Approx(c1).epsilon(1e-14));
}

TEST_CASE("An input of another width is refused", "[nn]") {
  const Lstm<float> lstm(3, 2, Random(1));
  CHECK_THROWS_AS(trace_lstm<float>(lstm.cells[0], Tensor<float>({4, 2})), Error);
  CHECK_THROWS_AS(trace_lstm<float>(lstm.cells[0], Tensor<float>({0, 3})), Error);
}
