// What the BLAS kernels share: the rows of a call lie together in the order of computation
// ("compact"), and parameters stand ready for matrix products. Not for files compiled for one
// instruction set.
#pragma once

#include <algorithm>
#include <cstdint>

#include <sonant/core/kernels/lstm_args.h>

namespace sonant::kernels {

// OpenBLAS packs a transposed operand anew at each call, and at a step's few rows that costs more
// than the product; so the weights are transposed once. prepared: w_ih^T (D,4H), w_hh^T (H,4H), the
// sum of both biases (4H)
template <class T>
void prepare_transposed(int D, int H, const LstmParameters<T>& p, LstmPart part, T* prepared) {
  if (part != LstmPart::forward) return;  // backward works on the weights as they are
  const int G = Gate::count * H;
  for (int d = 0; d < D; ++d)
    for (int q = 0; q < G; ++q) *prepared++ = p.w_ih[std::int64_t{q} * D + d];
  for (int k = 0; k < H; ++k)
    for (int q = 0; q < G; ++q) *prepared++ = p.w_hh[std::int64_t{q} * H + k];
  for (int q = 0; q < G; ++q) *prepared++ = p.b_ih[q] + (p.b_hh ? p.b_hh[q] : T(0));
}

// Calls body(row of the batch, compact row) for all rows of a call.
template <class Body>
void each_row(const LstmRows& rows, const Body& body) {
  std::int64_t compact = 0;
  for (int k = 0; k < rows.steps; ++k) {
    const LstmStep step = lstm_step(rows, k);
    for (std::int64_t j = 0; j < step.active; ++j) body(step.row + j * rows.shards, compact++);
  }
}

// x of the call's rows: (rows, D)
template <class T>
void gather_inputs(const LstmRows& rows, const T* x, int D, T* to) {
  each_row(rows,
           [&](std::int64_t row, std::int64_t n) { std::copy_n(x + row * D, D, to + n * D); });
}

}  // namespace sonant::kernels
