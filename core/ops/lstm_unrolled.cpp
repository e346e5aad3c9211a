#include <sonant/core/ops/lstm_unrolled.h>

#include <algorithm>
#include <vector>

#include <sonant/core/ops/elementwise.h>
#include <sonant/core/ops/matmul.h>
#include <sonant/core/ops/shaping.h>

namespace sonant {

template <Real T>
LstmState<T> lstm_step(Var<T> x, const LstmState<T>& state, const LstmWeights<T>& weights) {
  const std::int64_t H = weights.w_hh.dim(1);
  const Var<T> a = linear(x, weights.w_ih, weights.b_ih) +  // (n,4H), in the order i, f, g, o
                   linear(state.h, weights.w_hh, weights.b_hh);
  const Var<T> i = sigmoid(slice(a, 1, 0 * H, 1 * H));  // (1)
  const Var<T> f = sigmoid(slice(a, 1, 1 * H, 2 * H));  // (2)
  const Var<T> g = tanh(slice(a, 1, 2 * H, 3 * H));     // (3)
  const Var<T> o = sigmoid(slice(a, 1, 3 * H, 4 * H));  // (4)
  const Var<T> c = f * state.c + i * g;                 // (5)
  return {o * tanh(c), c};                              // (6)
}

template <Real T>
LstmOutput<T> lstm_unrolled(const Packed<T>& x, const LstmWeights<T>& weights,
                            const LstmOptions<T>& options,
                            const std::optional<LstmState<T>>& initial) {
  check_lstm_arguments(x, weights, initial);
  const PackedLayout& layout = *x.layout;
  const int steps = layout.steps();
  const auto active = [&](int t) {  // sequences that run at step t
    return t < 0 || t >= steps ? 0 : layout.active()[static_cast<std::size_t>(t)];
  };
  const Shape zeros = {layout.batch(), weights.w_hh.dim(1)};
  Tape<T>& tape = x.data.tape();
  LstmState<T> start =
      initial ? *initial
              : LstmState<T>{tape.constant(Tensor<T>(zeros)), tape.constant(Tensor<T>(zeros))};
  // From the caller's order to the sorted one of the packed rows, or back.
  const auto reordered = [&](Var<T> rows, std::span<const int> order) {
    return layout.sorted() ? rows : gather(rows, 0, order);
  };
  start = {reordered(start.h, layout.order()), reordered(start.c, layout.order())};

  std::vector<Var<T>> h(static_cast<std::size_t>(steps)), hn, cn;
  LstmState<T> state = {slice(start.h, 0, 0, 0), slice(start.c, 0, 0, 0)};  // of no sequence yet
  for (int k = 0; k < steps; ++k) {
    const int t = options.reverse ? steps - 1 - k : k;
    const int before = options.reverse ? active(t + 1) : active(t - 1);
    const int after = options.reverse ? active(t - 1) : active(t + 1);
    const int carried = std::min(before, active(t)), lasting = std::min(after, active(t));

    // Sequences that ended leave the state, those that begin here join it.
    const auto join = [&](Var<T> old, Var<T> fresh) {
      return concat({slice(old, 0, 0, carried), slice(fresh, 0, carried, active(t))}, 0);
    };
    const std::int64_t row = layout.row(0, t);
    state = lstm_step(slice(x.data, 0, row, row + active(t)),
                      {join(state.h, start.h), join(state.c, start.c)}, weights);
    h[static_cast<std::size_t>(t)] = state.h;
    if (lasting == active(t)) continue;
    hn.push_back(slice(state.h, 0, lasting, active(t)));
    cn.push_back(slice(state.c, 0, lasting, active(t)));
  }
  // The shortest sequences, which are the last of the batch, ended first.
  std::reverse(hn.begin(), hn.end());
  std::reverse(cn.begin(), cn.end());
  return {{concat(h, 0), x.layout},
          reordered(concat(hn, 0), layout.places()),
          reordered(concat(cn, 0), layout.places())};
}

template LstmState<float> lstm_step(Var<float>, const LstmState<float>&, const LstmWeights<float>&);
template LstmState<double> lstm_step(Var<double>, const LstmState<double>&,
                                     const LstmWeights<double>&);
template LstmOutput<float> lstm_unrolled(const Packed<float>&, const LstmWeights<float>&,
                                         const LstmOptions<float>&,
                                         const std::optional<LstmState<float>>&);
template LstmOutput<double> lstm_unrolled(const Packed<double>&, const LstmWeights<double>&,
                                          const LstmOptions<double>&,
                                          const std::optional<LstmState<double>>&);

}  // namespace sonant
