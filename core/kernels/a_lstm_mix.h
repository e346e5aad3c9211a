// The scalar arithmetic of the Advanced LSTM's combined states, shared by the kernels that have no
// vectors of their own. Not for files compiled for one instruction set. (n) are equations of
// docs/a_lstm.md.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <sonant/core/kernels/a_lstm_args.h>

namespace sonant::kernels {

inline constexpr int one_back[] = {1};

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
inline std::int64_t row_before(const LstmRows& rows, int k, int j, int offset) {
  if (j >= lstm_reaching(rows, k, offset)) return 1;
  std::int64_t row = j;
  for (int d = 1; d <= offset; ++d) row -= lstm_step(rows, k - d).active;
  return row;
}

// Equal weights where nobody asks for them.
template <class W, class T>
W* weights_row(W* weights, const StateMix<T>& given, std::int64_t row, W* spare) {
  return given.count > 0 ? weights + row * given.count : spare;
}

}  // namespace sonant::kernels
