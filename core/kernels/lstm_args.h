// Arguments of the LSTM kernels: plain structs of pointers, because files that are compiled for one
// instruction set include nothing that other files could share (docs/kernels.md).
//
// One call computes a whole layer in one direction over a packed, time-major batch (core/packed.h)
// or over one shard of its sequences. Letters: D input, H hidden, B sequences and N rows of the
// whole batch. Equations: docs/lstm.md. Every pointer that a kernel may load vectors from
// (prepared, saved, workspace) is aligned to 64 bytes.
#pragma once

#include <cstdint>

namespace sonant::kernels {

// The order of the four blocks of rows in weights, biases and their gradients: PyTorch's.
struct Gate {
  enum : int { i, f, g, o, count };
};

// The rows one call computes: every `shards`-th sequence of the batch, from number `shard` on.
// Sequences are sorted by length, so all shards have nearly the same work; and their rows are still
// evenly spaced within a step. The call's own sequence j is sequence shard + j*shards of the batch.
struct LstmRows {
  const std::int64_t* first_row;  // [T] row of the batch's first sequence at step t
  const int* active;              // [T] sequences of the batch that run at step t; never rises
  int steps;                      // T
  int shard = 0, shards = 1;
  bool reverse = false;  // from the last step to the first
};

// Step number k in the order of computation, for the sequences j of one call.
struct LstmStep {
  int active;               // sequences with a row at this step: j < active
  int carried;              // j < carried go on from the step before, the others begin here
  int lasting;              // j < lasting go on in the step after, the others end here
  std::int64_t row;         // row of sequence j: row + j*shards
  std::int64_t row_before;  // the same at the step before, for j < carried
};

// Static, not inline: each file has its own copy, compiled for its own instruction set.
static inline int lstm_active(const LstmRows& rows, int t) {
  if (t < 0 || t >= rows.steps) return 0;
  return (rows.active[t] - rows.shard + rows.shards - 1) / rows.shards;
}
static inline LstmStep lstm_step(const LstmRows& rows, int k) {
  const int t = rows.reverse ? rows.steps - 1 - k : k;
  const int before = rows.reverse ? t + 1 : t - 1, after = rows.reverse ? t - 1 : t + 1;
  const int active = lstm_active(rows, t);
  const int active_before = lstm_active(rows, before), active_after = lstm_active(rows, after);
  return {active, active_before < active ? active_before : active,
          active_after < active ? active_after : active, rows.first_row[t] + rows.shard,
          active_before > 0 ? rows.first_row[before] + rows.shard : 0};
}
// Sequences, and rows, of the whole call.
static inline int lstm_sequences(const LstmRows& rows) { return lstm_active(rows, 0); }
static inline std::int64_t lstm_row_count(const LstmRows& rows) {
  std::int64_t count = 0;
  for (int t = 0; t < rows.steps; ++t) count += lstm_active(rows, t);
  return count;
}

// Parameters under PyTorch's names. Row q*H + u of each belongs to gate q of unit u.
template <class T>
struct LstmParameters {
  const T* w_ih;  // (4H,D)
  const T* w_hh;  // (4H,H)
  const T* b_ih;  // (4H)
  const T* b_hh;  // (4H), or null for zeros: the Advanced LSTM has one bias
};

// The parts of `prepared` that are written by themselves.
enum class LstmPart {
  forward,             // what forward needs; backward needs it, too
  recurrent_gradient,  // what else backward needs
  input_gradient,      // what backward needs besides for dx
};

// Numbers of elements of T that the caller provides.
struct LstmSizes {
  std::int64_t prepared;           // parameters in the kernel's own layout
  std::int64_t saved;              // what backward needs from forward, all rows of the call
  std::int64_t forward_workspace;  // scratch of one call
  std::int64_t backward_workspace;
};

template <class T>
struct LstmForward {
  int input, hidden;  // D, H
  LstmRows rows;
  LstmParameters<T> parameters;
  const T* prepared;
  const T* x;   // (N,D)
  const T* h0;  // (B,H), or null for zeros
  const T* c0;
  T* h;   // (N,H) out
  T* hn;  // (B,H) out: the state after each sequence's last step; or null
  T* cn;
  T* saved;  // out; null for inference
  T* workspace;
};

// Everything but `workspace` is added to. Gradients nobody wants are null; the three parameter
// gradients are null together. Shards need parameter gradients of their own, the rest they share.
template <class T>
struct LstmBackward {
  int input, hidden;
  LstmRows rows;
  LstmParameters<T> parameters;
  const T* prepared;
  const T* x;
  const T* h0;
  const T* c0;
  const T* h;  // what forward gave
  const T* saved;
  const T* dh;   // (N,H), or null for zeros
  const T* dhn;  // (B,H), or null for zeros
  const T* dcn;
  T* dx;     // (N,D)
  T* dw_ih;  // (4H,D)
  T* dw_hh;  // (4H,H)
  T* db;     // (4H), the gradient of b_ih and of b_hh alike
  T* dh0;    // (B,H)
  T* dc0;
  T* workspace;
};

}  // namespace sonant::kernels
