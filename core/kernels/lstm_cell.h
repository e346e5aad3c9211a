// The scalar arithmetic of one LSTM cell, shared by the kernels that have no vectors of their own.
// Not for files compiled for one instruction set. (n) are equations of docs/lstm.md.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <sonant/core/kernels/lstm_args.h>

namespace sonant::kernels {

// The sums inside (1)-(4): all pre-activations of one cell. x (D), h_prev (H) or null -> a (4H)
template <class T>
void pre_activations(int D, int H, const LstmParameters<T>& w, const T* x, const T* h_prev, T* a) {
  for (int q = 0; q < Gate::count * H; ++q) {
    a[q] = w.b_ih[q] + (w.b_hh ? w.b_hh[q] : T(0));
    for (int d = 0; d < D; ++d) a[q] += w.w_ih[q * D + d] * x[d];
    for (int k = 0; h_prev && k < H; ++k) a[q] += w.w_hh[q * H + k] * h_prev[k];
  }
}

// (1)-(6). gates (4H): pre-activations a in, activated gates out; c (H): c_prev in, c out; h (H)
// out
template <class T>
void cell_forward(int H, T* gates, T* c, T* h) {
  const auto sigmoid = [](T a) { return 1 / (1 + std::exp(-a)); };
  for (int u = 0; u < H; ++u) {
    T &i = gates[Gate::i * H + u], &f = gates[Gate::f * H + u];
    T &g = gates[Gate::g * H + u], &o = gates[Gate::o * H + u];
    i = sigmoid(i);              // (1)
    f = sigmoid(f);              // (2)
    g = std::tanh(g);            // (3)
    o = sigmoid(o);              // (4)
    c[u] = f * c[u] + i * g;     // (5)
    h[u] = o * std::tanh(c[u]);  // (6)
  }
}

// (10)-(15). gates (4H) activated, c (H), c_prev (H) or null for zeros, dh (H); dc (H): dc in,
// dc_prev out; da (4H) out
template <class T>
void cell_backward(int H, const T* gates, const T* c, const T* c_prev, const T* dh, T* dc, T* da) {
  for (int u = 0; u < H; ++u) {
    const T i = gates[Gate::i * H + u], f = gates[Gate::f * H + u];
    const T g = gates[Gate::g * H + u], o = gates[Gate::o * H + u];
    const T tanh_c = std::tanh(c[u]);
    const T dc_u = dc[u] + dh[u] * o * (1 - tanh_c * tanh_c);             // (10)
    da[Gate::i * H + u] = dc_u * g * i * (1 - i);                         // (11)
    da[Gate::f * H + u] = dc_u * (c_prev ? c_prev[u] : 0) * f * (1 - f);  // (12)
    da[Gate::g * H + u] = dc_u * i * (1 - g * g);                         // (13)
    da[Gate::o * H + u] = dh[u] * tanh_c * o * (1 - o);                   // (14)
    dc[u] = dc_u * f;                                                     // (15)
  }
}

// (16)-(20): from da (4H) to what it depends on. dh_prev (H) is overwritten, all else added to.
template <class T>
void cell_gradients(const LstmBackward<T>& p, const T* da, const T* x, const T* h_prev, T* dx,
                    T* dh_prev) {
  const int D = p.input, H = p.hidden;
  std::fill_n(dh_prev, H, T(0));
  for (int q = 0; q < Gate::count * H; ++q) {
    const T *w_ih = p.parameters.w_ih + q * D, *w_hh = p.parameters.w_hh + q * H;
    for (int d = 0; dx && d < D; ++d) dx[d] += w_ih[d] * da[q];  // (16)
    for (int k = 0; k < H; ++k) dh_prev[k] += w_hh[k] * da[q];   // (17)
    if (p.dw_ih == nullptr) continue;
    for (int d = 0; d < D; ++d) p.dw_ih[q * D + d] += da[q] * x[d];                 // (18)
    for (int k = 0; h_prev && k < H; ++k) p.dw_hh[q * H + k] += da[q] * h_prev[k];  // (19)
    p.db[q] += da[q];                                                               // (20)
  }
}

// Row of a (B,H) state of sequence b of the batch; null stands for zeros.
template <class T>
const T* state_row(const T* state, std::int64_t b, int H) {
  return state ? state + b * H : nullptr;
}

}  // namespace sonant::kernels
