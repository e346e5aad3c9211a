// Arguments of the Advanced LSTM's kernels: those of the LSTM (lstm_args.h), and how the states of
// several steps before become the one that a step begins with. Equations: docs/a_lstm.md.
#pragma once

#include <sonant/core/kernels/lstm_args.h>

namespace sonant::kernels {

// Which states of the steps before are combined, and how: (1)-(3) for cells, (4)-(6) for h.
template <class T>
struct StateMix {
  const int* offsets;  // [count] steps back, rising, from 1
  int count;           // K; 0: the state of the step before, as it is
  const T* w;          // (H) scores the states; null: all weights are equal
  bool zero_past;      // states before a sequence's first one count, as zeros
};

// Of `lstm`, h0, c0, hn and cn are null, and b_hh is.
template <class T>
struct ALstmForward {
  LstmForward<T> lstm;
  StateMix<T> c_mix, h_mix;
  T* a;  // (N,K) out: the weights of the cells; not looked at where K = 0
  T* b;  // the same of h
  T* c;  // (N,H) out, or null
};

// Of `lstm`, all that has to do with an initial or a last state is null, and b_hh is. The parameter
// gradients, dw_c and dw_h among them, are null together; those two are null, too, without w.
template <class T>
struct ALstmBackward {
  LstmBackward<T> lstm;
  StateMix<T> c_mix, h_mix;
  const T* a;  // what forward gave
  const T* b;
  T* dw_c;  // (H), added to
  T* dw_h;
};

// Sequences j of a call that have a row at step k and one d steps before: those below the result.
static inline int lstm_reaching(const LstmRows& rows, int k, int d) {
  if (d > k) return 0;
  const int now = lstm_step(rows, k).active, past = lstm_step(rows, k - d).active;
  return past < now ? past : now;
}
// The most steps that the two go back.
template <class T>
static inline int farthest(const StateMix<T>& mix) {
  return mix.count > 0 ? mix.offsets[mix.count - 1] : 1;
}

}  // namespace sonant::kernels
