// The LSTM on a BLAS: one matrix product for the input's part of all gates, one per step for the
// recurrent part, scalar gates in between; and after the backward loop one product for each of dx,
// dw_ih and dw_hh. The rows of a call lie together in the order of computation ("compact").
#include <algorithm>

#include <sonant/core/kernels/gemm.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/kernels/lstm_cell.h>
#include <sonant/core/kernels/lstm_compact.h>

namespace sonant::kernels {
namespace {

using Index = std::int64_t;

template <class T>
void forward(const LstmForward<T>& p) {
  const int D = p.input, H = p.hidden, G = Gate::count * H, sequences = lstm_sequences(p.rows);
  const Index rows = lstm_row_count(p.rows), stride = p.rows.shards;
  const T *w_ih = p.prepared, *w_hh = w_ih + Index{D} * G, *bias = w_hh + Index{H} * G;
  T *h = p.workspace, *c = h + Index{sequences} * H;  // states of the sequences
  T* x = c + Index{sequences} * H;                    // (rows, D)
  T* gates = p.saved ? p.saved : x + rows * D;        // (rows, 4H)
  T* cells = gates + rows * G;                        // (rows, H)

  gather_inputs(p.rows, p.x, D, x);
  for (Index n = 0; n < rows; ++n) std::copy_n(bias, G, gates + n * G);
  gemm<T>(Transpose::no, Transpose::no, rows, G, D, 1, x, D, w_ih, G, 1, gates, G);
  for (int k = 0; k < p.rows.steps; ++k) {
    const LstmStep step = lstm_step(p.rows, k);
    for (Index j = step.carried; j < step.active; ++j) {
      const T* h0 = state_row(p.h0, p.rows.shard + j * stride, H);
      const T* c0 = state_row(p.c0, p.rows.shard + j * stride, H);
      for (int u = 0; u < H; ++u) h[j * H + u] = h0 ? h0[u] : T(0);
      for (int u = 0; u < H; ++u) c[j * H + u] = c0 ? c0[u] : T(0);
    }
    gemm<T>(Transpose::no, Transpose::no, step.active, G, H, 1, h, H, w_hh, G, 1, gates, G);
    for (Index j = 0; j < step.active; ++j, gates += G) {
      cell_forward(H, gates, c + j * H, h + j * H);
      std::copy_n(h + j * H, H, p.h + (step.row + j * stride) * H);
      if (p.saved) cells = std::copy_n(c + j * H, H, cells);
      if (j < step.lasting) continue;
      if (p.hn) std::copy_n(h + j * H, H, p.hn + (p.rows.shard + j * stride) * H);
      if (p.cn) std::copy_n(c + j * H, H, p.cn + (p.rows.shard + j * stride) * H);
    }
  }
}

// (16), (18)-(20): what needs no order, from all da (rows, 4H) at once. scratch (rows, max(D,H))
template <class T>
void finish(const LstmBackward<T>& p, Index rows, const T* da, T* scratch) {
  const int D = p.input, H = p.hidden, G = Gate::count * H;
  if (p.dx) {
    gemm<T>(Transpose::no, Transpose::no, rows, D, G, 1, da, G, p.parameters.w_ih, D, 0, scratch,
            D);
    each_row(p.rows, [&](Index row, Index n) {
      for (int d = 0; d < D; ++d) p.dx[row * D + d] += scratch[n * D + d];
    });
  }
  if (p.dw_ih == nullptr) return;
  gather_inputs(p.rows, p.x, D, scratch);
  gemm<T>(Transpose::yes, Transpose::no, G, D, rows, 1, da, G, scratch, D, 1, p.dw_ih, D);
  Index n = 0;
  for (int k = 0; k < p.rows.steps; ++k) {
    const LstmStep step = lstm_step(p.rows, k);
    for (Index j = 0; j < step.active; ++j, ++n) {
      const T* h_prev = j < step.carried ? p.h + (step.row_before + j * p.rows.shards) * H
                                         : state_row(p.h0, p.rows.shard + j * p.rows.shards, H);
      for (int u = 0; u < H; ++u) scratch[n * H + u] = h_prev ? h_prev[u] : T(0);
    }
  }
  gemm<T>(Transpose::yes, Transpose::no, G, H, rows, 1, da, G, scratch, H, 1, p.dw_hh, H);
  for (Index m = 0; m < rows; ++m)
    for (int q = 0; q < G; ++q) p.db[q] += da[m * G + q];
}

template <class T>
void add(const T* from, int n, T* to) {
  for (int u = 0; u < n; ++u) to[u] += from[u];
}

template <class T>
void backward(const LstmBackward<T>& p) {
  const int H = p.hidden, G = Gate::count * H, sequences = lstm_sequences(p.rows);
  const Index rows = lstm_row_count(p.rows), stride = p.rows.shards;
  T *dh = p.workspace, *dc = dh + Index{sequences} * H;  // from the step after
  T* da = dc + Index{sequences} * H;                     // (rows, 4H)
  const T *gates = p.saved, *cells = gates + rows * G;
  std::fill_n(dh, 2 * Index{sequences} * H, T(0));
  Index n = rows;  // compact row of the step's first sequence
  for (int k = p.rows.steps; k-- > 0;) {
    const LstmStep step = lstm_step(p.rows, k);
    const Index active_before = k > 0 ? lstm_step(p.rows, k - 1).active : 0;
    n -= step.active;
    for (Index j = 0; j < step.active; ++j) {
      const Index b = p.rows.shard + j * stride;
      if (j >= step.lasting && p.dhn) add(p.dhn + b * H, H, dh + j * H);
      if (j >= step.lasting && p.dcn) add(p.dcn + b * H, H, dc + j * H);
      if (p.dh) add(p.dh + (step.row + j * stride) * H, H, dh + j * H);  // (9)
      const T* c_prev =
          j < step.carried ? cells + (n - active_before + j) * H : state_row(p.c0, b, H);
      cell_backward(H, gates + (n + j) * G, cells + (n + j) * H, c_prev, dh + j * H, dc + j * H,
                    da + (n + j) * G);
    }
    gemm<T>(Transpose::no, Transpose::no, step.active, H, G, 1, da + n * G, G, p.parameters.w_hh, H,
            0, dh, H);  // (17)
    for (Index j = step.carried; j < step.active; ++j) {
      const Index b = p.rows.shard + j * stride;
      if (p.dh0) add(dh + j * H, H, p.dh0 + b * H);
      if (p.dc0) add(dc + j * H, H, p.dc0 + b * H);
    }
  }
  finish(p, rows, da, da + rows * G);
}

LstmSizes sizes(int D, int H, const LstmRows& rows) {
  const Index count = lstm_row_count(rows), states = 2 * Index{lstm_sequences(rows)} * H;
  const Index G = Gate::count * H;
  LstmSizes sizes;
  sizes.prepared = (Index{D} + H + 1) * G;
  sizes.saved = count * (G + H);
  sizes.forward_workspace = states + count * (D + G);
  sizes.backward_workspace = states + count * (G + std::max(D, H));
  return sizes;
}

template <class T>
std::vector<LstmKernel<T>> rows() {
  return {{{.name = "blas",
            .needs = {},
            .storage = own_storage<T>,
            .accuracy = own_accuracy<T>,
            .choice = Choice::automatic,
            .idea = "one matrix product for all inputs and one per step, by OpenBLAS"},
           sizes,
           prepare_transposed<T>,
           forward<T>,
           backward<T>}};
}

}  // namespace

template <>
std::vector<LstmKernel<float>> lstm_variant<struct BlasLstm, float>() {
  return rows<float>();
}
template <>
std::vector<LstmKernel<double>> lstm_variant<struct BlasLstm, double>() {
  return rows<double>();
}

}  // namespace sonant::kernels
