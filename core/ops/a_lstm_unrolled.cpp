#include <sonant/core/ops/a_lstm_unrolled.h>

#include <algorithm>
#include <vector>

#include <sonant/core/ops/elementwise.h>
#include <sonant/core/ops/lstm_unrolled.h>
#include <sonant/core/ops/matmul.h>
#include <sonant/core/ops/shaping.h>
#include <sonant/core/ops/softmax.h>

namespace sonant {
namespace {

// The sequences that run at each step of the computation, forward or in reverse.
struct Steps {
  std::vector<int> active;

  Steps(const PackedLayout& layout, bool reverse)
      : active(layout.active().begin(), layout.active().end()) {
    if (reverse) std::reverse(active.begin(), active.end());
  }
  int at(int k) const { return k < 0 ? 0 : active[static_cast<std::size_t>(k)]; }
  // How many of those at step k have a state `offset` steps before: the first ones.
  int reaching(int k, int offset) const { return std::min(at(k), at(k - offset)); }
};

// (2): weights (n,K) of the states of which `there` (n,K) has a 1, from the scores (1)
template <Real T>
Var<T> weights_of(const std::vector<Var<T>>& past, const Tensor<T>& there, const Var<T>& w) {
  if (w.empty()) {  // the mean
    Tensor<T> equal = there;
    const std::int64_t K = there.dim(1);
    for (std::int64_t j = 0; j < there.dim(0); ++j) {
      T count = 0;
      for (std::int64_t n = 0; n < K; ++n) count += there(j, n);
      for (std::int64_t n = 0; n < K; ++n) equal(j, n) /= count;
    }
    return past[0].tape().constant(std::move(equal));
  }
  std::vector<Var<T>> scores;
  for (const Var<T>& state : past) scores.push_back(matmul(state, reshape(w, {-1, 1})));
  return softmax(concat(scores, 1), there, 1);
}

// (1)-(3): what step k begins with, (active,H), from the states of all steps before. w: empty for
// the mean
template <Real T>
Var<T> combine(const std::vector<Var<T>>& states, const Steps& steps, int k, const Var<T>& w,
               std::int64_t H, const ALstmOptions<T>& options, Tape<T>& tape) {
  const int active = steps.at(k);
  const int rows = options.zero_past ? active : steps.reaching(k, options.offsets[0]);
  if (rows == 0) return tape.constant(Tensor<T>({active, H}));
  const std::int64_t K = std::ssize(options.offsets);
  Tensor<T> there({rows, K}, options.zero_past ? T(1) : T(0));
  std::vector<Var<T>> past;
  for (std::int64_t n = 0; n < K; ++n) {
    const int offset = options.offsets[static_cast<std::size_t>(n)];
    const int reaching = steps.reaching(k, offset);
    for (int j = 0; j < reaching; ++j) there(j, n) = 1;
    past.push_back(reaching == 0
                       ? tape.constant(Tensor<T>({rows, H}))
                       : pad(slice(states[static_cast<std::size_t>(k - offset)], 0, 0, reaching), 0,
                             0, rows - reaching));
  }
  const Var<T> weights = weights_of(past, there, w);
  Var<T> combined = past[0] * slice(weights, 1, 0, 1);  // (3)
  for (std::int64_t n = 1; n < K; ++n)
    combined = combined + past[static_cast<std::size_t>(n)] * slice(weights, 1, n, n + 1);
  return pad(combined, 0, 0, active - rows);
}

}  // namespace

template <Real T>
ALstmOutput<T> a_lstm_unrolled(const Packed<T>& x, const ALstmWeights<T>& weights,
                               const ALstmOptions<T>& options) {
  check_a_lstm_arguments(x, weights, options);
  const PackedLayout& layout = *x.layout;
  Tape<T>& tape = x.data.tape();
  const std::int64_t H = weights.w_hh.dim(1);
  const Steps steps(layout, options.reverse);
  const LstmWeights<T> cell = {weights.w_ih, weights.w_hh, weights.bias,
                               tape.constant(Tensor<T>({4 * H}))};
  ALstmOptions<T> carried;  // the state of the step before
  carried.offsets = {1};
  const bool none = options.combination == StateCombination::none;
  const auto& c_options = none ? carried : options;
  const auto& h_options = none || !options.combine_h ? carried : options;
  const Var<T> w_c = weights.w_state;
  const Var<T> w_h = !options.combine_h          ? Var<T>()
                     : weights.w_state_h.empty() ? w_c
                                                 : weights.w_state_h;

  std::vector<Var<T>> h, c;  // in the order of computation
  for (int k = 0; k < layout.steps(); ++k) {
    const int t = options.reverse ? layout.steps() - 1 - k : k;
    const std::int64_t row = layout.row(0, t);
    const LstmState<T> before = {combine(h, steps, k, w_h, H, h_options, tape),
                                 combine(c, steps, k, w_c, H, c_options, tape)};
    const LstmState<T> state = lstm_step(slice(x.data, 0, row, row + steps.at(k)), before, cell);
    h.push_back(state.h);
    c.push_back(state.c);
  }
  if (options.reverse) {
    std::reverse(h.begin(), h.end());
    std::reverse(c.begin(), c.end());
  }
  return {{concat(h, 0), x.layout},
          Tensor<T>(),
          Tensor<T>(),
          options.keep_cells ? concat(c, 0).value() : Tensor<T>()};
}

template ALstmOutput<float> a_lstm_unrolled(const Packed<float>&, const ALstmWeights<float>&,
                                            const ALstmOptions<float>&);
template ALstmOutput<double> a_lstm_unrolled(const Packed<double>&, const ALstmWeights<double>&,
                                             const ALstmOptions<double>&);

}  // namespace sonant
