// The scalar Advanced LSTM: what a student reads, and what every other variant is compared with. It
// follows docs/a_lstm.md equation by equation; (n) in a comment is an equation there.
#include <algorithm>
#include <cmath>

#include <sonant/core/kernels/a_lstm.h>
#include <sonant/core/kernels/lstm_cell.h>

namespace sonant::kernels {
namespace {

using Index = std::int64_t;

constexpr int one_back[] = {1};

// What is combined: a mix of no states is the one before, with weight 1.
template <class T>
StateMix<T> mix_of(const StateMix<T>& mix) {
  return mix.count > 0 ? mix : StateMix<T>{one_back, 1, nullptr, false};
}

// (1)-(3) or (4)-(6). past(n) is the state (H) offsets[n] steps before, or null. -> weights (K),
// combined (H)
template <class T, class Past>
void combine(int H, const StateMix<T>& mix, const Past& past, T* weights, T* combined) {
  const int K = mix.count;
  const auto there = [&](int n) { return mix.zero_past || past(n) != nullptr; };
  T peak = 0, sum = 0;
  for (int n = 0; n < K; ++n) {  // (1)
    weights[n] = 0;
    for (int u = 0; mix.w && past(n) && u < H; ++u) weights[n] += mix.w[u] * past(n)[u];
    if (there(n)) peak = n == 0 ? weights[n] : std::max(peak, weights[n]);
  }
  for (int n = 0; n < K; ++n) {  // (2)
    weights[n] = there(n) ? std::exp(weights[n] - peak) : T(0);
    sum += weights[n];
  }
  std::fill_n(combined, H, T(0));
  for (int n = 0; n < K; ++n) {
    if (sum > 0) weights[n] /= sum;
    for (int u = 0; past(n) && u < H; ++u) combined[u] += weights[n] * past(n)[u];  // (3)
  }
}

// (13)-(16), or (17). d (H): the gradient of the combined state; d_past(n): of the state, added to,
// as dw is
template <class T, class Past, class PastGradient>
void combine_gradients(int H, const StateMix<T>& mix, const Past& past, const T* weights,
                       const T* d, const PastGradient& d_past, T* dw) {
  const auto dot = [&](int n) {
    T sum = 0;
    for (int u = 0; u < H; ++u) sum += d[u] * past(n)[u];
    return sum;
  };
  T mean = 0;
  for (int n = 0; mix.w && n < mix.count; ++n)
    if (past(n)) mean += weights[n] * dot(n);
  for (int n = 0; n < mix.count; ++n) {
    if (past(n) == nullptr) continue;
    T* to = d_past(n);
    for (int u = 0; u < H; ++u) to[u] += weights[n] * d[u];  // (15)
    if (mix.w == nullptr) continue;
    const T ds = weights[n] * (dot(n) - mean);                   // (14)
    for (int u = 0; u < H; ++u) to[u] += ds * mix.w[u];          // (15)
    for (int u = 0; dw && u < H; ++u) dw[u] += ds * past(n)[u];  // (16)
  }
}

// The rows of a call in the order of computation: that of sequence j, `offset` steps before step k,
// counted from that of sequence 0 at step k; 1 where there is none.
Index row_before(const LstmRows& rows, int k, int j, int offset) {
  if (j >= lstm_reaching(rows, k, offset)) return 1;
  Index row = j;
  for (int d = 1; d <= offset; ++d) row -= lstm_step(rows, k - d).active;
  return row;
}

// What is kept of a row: the four activated gates, the combined c' and h', then c and h.
template <class T>
struct Kept {
  T *gates, *c_before, *h_before, *c, *h;
  static Index width(int H) { return Index{Gate::count + 4} * H; }
  Kept(T* row, int H)
      : gates(row),
        c_before(gates + Gate::count * H),
        h_before(c_before + H),
        c(h_before + H),
        h(c + H) {}
};

// Equal weights where nobody asks for them.
template <class W, class T>
W* weights_row(W* weights, const StateMix<T>& given, Index row, W* spare) {
  return given.count > 0 ? weights + row * given.count : spare;
}

template <class T>
void forward(const ALstmForward<T>& p) {
  const LstmForward<T>& lstm = p.lstm;
  const LstmRows& rows = lstm.rows;
  const int D = lstm.input, H = lstm.hidden;
  const Index width = Kept<T>::width(H);
  T *kept = lstm.saved ? lstm.saved : lstm.workspace, one = 1;
  const StateMix<T> c_mix = mix_of(p.c_mix), h_mix = mix_of(p.h_mix);
  for (int k = 0; k < rows.steps; ++k) {
    const LstmStep step = lstm_step(rows, k);
    for (int j = 0; j < step.active; ++j) {
      const Index row = step.row + Index{j} * rows.shards;
      const Kept<T> now(kept + j * width, H);
      const auto past = [&](const StateMix<T>& mix, int n) {
        const Index before = row_before(rows, k, j, mix.offsets[n]);
        return Kept<T>(kept + before * width, H);
      };
      const auto there = [&](const StateMix<T>& mix, int n) {
        return j < lstm_reaching(rows, k, mix.offsets[n]);
      };
      combine(
          H, c_mix, [&](int n) { return there(c_mix, n) ? past(c_mix, n).c : nullptr; },
          weights_row(p.a, p.c_mix, row, &one), now.c_before);
      combine(
          H, h_mix, [&](int n) { return there(h_mix, n) ? past(h_mix, n).h : nullptr; },
          weights_row(p.b, p.h_mix, row, &one), now.h_before);
      const T* h_before = j < step.carried ? now.h_before : nullptr;
      pre_activations(D, H, lstm.parameters, lstm.x + row * D, h_before, now.gates);
      std::copy_n(now.c_before, H, now.c);
      cell_forward(H, now.gates, now.c, now.h);  // (7), (8)
      std::copy_n(now.h, H, lstm.h + row * H);
      if (p.c) std::copy_n(now.c, H, p.c + row * H);
    }
    kept += step.active * width;
  }
}

template <class T>
void backward(const ALstmBackward<T>& p) {
  const LstmBackward<T>& lstm = p.lstm;
  const LstmRows& rows = lstm.rows;
  const int D = lstm.input, H = lstm.hidden;
  const Index width = Kept<T>::width(H), count = lstm_row_count(rows);
  const StateMix<T> c_mix = mix_of(p.c_mix), h_mix = mix_of(p.h_mix);
  T *dc = lstm.workspace, *dh = dc + count * H, *da = dh + count * H;  // of every row; (4H)
  std::fill_n(dc, 2 * count * H, T(0));
  const T one = 1;
  Index first = count;  // of the step, in the order of computation
  for (int k = rows.steps; k-- > 0;) {
    const LstmStep step = lstm_step(rows, k);
    first -= step.active;
    for (int j = 0; j < step.active; ++j) {
      const Index row = step.row + Index{j} * rows.shards, n_row = first + j;
      const auto kept = [&](Index n) { return Kept<const T>(lstm.saved + n * width, H); };
      const Kept<const T> now = kept(n_row);
      T *dc_j = dc + n_row * H, *dh_j = dh + n_row * H;
      for (int u = 0; lstm.dh && u < H; ++u) dh_j[u] += lstm.dh[row * H + u];  // (9)
      cell_backward(H, now.gates, now.c, now.c_before, dh_j, dc_j, da);        // dc_j is now dC'
      cell_gradients(lstm, da, lstm.x + row * D, j < step.carried ? now.h_before : nullptr,
                     lstm.dx ? lstm.dx + row * D : nullptr, dh_j);  // dh_j is now dh'
      const auto before = [&](const StateMix<T>& mix, int n) {
        return first + row_before(rows, k, j, mix.offsets[n]);
      };
      const auto there = [&](const StateMix<T>& mix, int n) {
        return j < lstm_reaching(rows, k, mix.offsets[n]);
      };
      combine_gradients(
          H, c_mix, [&](int n) { return there(c_mix, n) ? kept(before(c_mix, n)).c : nullptr; },
          weights_row(p.a, p.c_mix, row, &one), dc_j,
          [&](int n) { return dc + before(c_mix, n) * H; }, p.dw_c);
      combine_gradients(
          H, h_mix, [&](int n) { return there(h_mix, n) ? kept(before(h_mix, n)).h : nullptr; },
          weights_row(p.b, p.h_mix, row, &one), dh_j,
          [&](int n) { return dh + before(h_mix, n) * H; }, p.dw_h);
    }
  }
}

LstmSizes sizes(int, int H, int, int, const LstmRows& rows) {
  const Index count = lstm_row_count(rows), kept = count * Kept<float>::width(H);
  return {.prepared = 0,
          .saved = kept,
          .forward_workspace = kept,
          .backward_workspace = 2 * count * H + Index{Gate::count} * H};
}

template <class T>
std::vector<ALstmKernel<T>> rows() {
  return {{{.name = "reference",
            .needs = {},
            .storage = own_storage<T>,
            .accuracy = own_accuracy<T>,
            .choice = Choice::automatic,
            .idea = "scalar loops in the order of the equations: the specification"},
           sizes,
           nullptr,
           forward<T>,
           backward<T>}};
}

}  // namespace

template <>
std::vector<ALstmKernel<float>> a_lstm_variant<struct ReferenceALstm, float>() {
  return rows<float>();
}
template <>
std::vector<ALstmKernel<double>> a_lstm_variant<struct ReferenceALstm, double>() {
  return rows<double>();
}

}  // namespace sonant::kernels
