// The Advanced LSTM on a BLAS, as lstm_blas.cpp: one matrix product for the input's part of all
// gates, one per step for the recurrent part, and after the backward loop one for each of dx, dw_ih
// and dw_hh. States are combined by scalar loops.
#include <algorithm>

#include <sonant/core/kernels/a_lstm.h>
#include <sonant/core/kernels/a_lstm_mix.h>
#include <sonant/core/kernels/gemm.h>
#include <sonant/core/kernels/lstm_cell.h>
#include <sonant/core/kernels/lstm_compact.h>

namespace sonant::kernels {
namespace {

using Index = std::int64_t;

// What is kept, all rows of a call: activated gates (rows,4H); C', h', c, h (rows,H) each.
template <class T>
struct Kept {
  T *gates, *c_before, *h_before, *c, *h;
  Kept(T* memory, Index rows, Index H)
      : gates(memory),
        c_before(gates + rows * Gate::count * H),
        h_before(c_before + rows * H),
        c(h_before + rows * H),
        h(c + rows * H) {}
  static Index size(Index rows, Index H) { return rows * (Gate::count + 4) * H; }
};

// Where the state (H) stands that is offsets[n] before step k, or null; `first`: the compact row of
// that step's first sequence.
template <class T>
auto past_of(const LstmRows& rows, int k, int j, Index first, const StateMix<T>& mix) {
  return [&rows, k, j, first, &mix](auto* states, int n, int H) {
    const bool there = j < lstm_reaching(rows, k, mix.offsets[n]);
    return there ? states + (first + row_before(rows, k, j, mix.offsets[n])) * H : nullptr;
  };
}

template <class T>
void forward(const ALstmForward<T>& args) {
  const LstmForward<T>& p = args.lstm;
  const int D = p.input, H = p.hidden, G = Gate::count * H;
  const Index rows = lstm_row_count(p.rows), stride = p.rows.shards;
  const T *w_ih = p.prepared, *w_hh = w_ih + Index{D} * G, *bias = w_hh + Index{H} * G;
  T* x = p.workspace;  // (rows, D)
  const Kept<T> kept(p.saved ? p.saved : x + rows * D, rows, H);
  const StateMix<T> c_mix = mix_of(args.c_mix), h_mix = mix_of(args.h_mix);

  gather_inputs(p.rows, p.x, D, x);
  for (Index n = 0; n < rows; ++n) std::copy_n(bias, G, kept.gates + n * G);
  gemm<T>(Transpose::no, Transpose::no, rows, G, D, 1, x, D, w_ih, G, 1, kept.gates, G);
  Index first = 0;
  for (int k = 0; k < p.rows.steps; ++k) {
    const LstmStep step = lstm_step(p.rows, k);
    for (int j = 0; j < step.active; ++j) {
      const Index n_row = first + j, row = step.row + j * stride;
      const auto past_c = past_of(p.rows, k, j, first, c_mix);
      const auto past_h = past_of(p.rows, k, j, first, h_mix);
      T one = 1;
      combine(
          H, c_mix, [&](int n) { return past_c(kept.c, n, H); },
          weights_row(args.a, args.c_mix, row, &one), kept.c_before + n_row * H);
      combine(
          H, h_mix, [&](int n) { return past_h(kept.h, n, H); },
          weights_row(args.b, args.h_mix, row, &one), kept.h_before + n_row * H);
    }
    gemm<T>(Transpose::no, Transpose::no, step.active, G, H, 1, kept.h_before + first * H, H, w_hh,
            G, 1, kept.gates + first * G, G);
    for (int j = 0; j < step.active; ++j) {
      const Index n = first + j, row = step.row + j * stride;
      std::copy_n(kept.c_before + n * H, H, kept.c + n * H);
      cell_forward(H, kept.gates + n * G, kept.c + n * H, kept.h + n * H);
      std::copy_n(kept.h + n * H, H, p.h + row * H);
      if (args.c) std::copy_n(kept.c + n * H, H, args.c + row * H);
    }
    first += step.active;
  }
}

// dx and the parameters', from all da (rows, 4H) at once. scratch (rows, D)
template <class T>
void finish(const LstmBackward<T>& p, Index rows, const T* da, const T* h_before, T* scratch) {
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
  gemm<T>(Transpose::yes, Transpose::no, G, H, rows, 1, da, G, h_before, H, 1, p.dw_hh, H);
  for (Index m = 0; m < rows; ++m)
    for (int q = 0; q < G; ++q) p.db[q] += da[m * G + q];
}

template <class T>
void backward(const ALstmBackward<T>& args) {
  const LstmBackward<T>& p = args.lstm;
  const int H = p.hidden, G = Gate::count * H;
  const Index rows = lstm_row_count(p.rows), stride = p.rows.shards;
  const Kept<const T> kept(p.saved, rows, H);
  const StateMix<T> c_mix = mix_of(args.c_mix), h_mix = mix_of(args.h_mix);
  T *dc = p.workspace, *dh = dc + rows * H, *da = dh + rows * H;  // of every row
  std::fill_n(dc, 2 * rows * H, T(0));
  const T one = 1;
  Index first = rows;
  for (int k = p.rows.steps; k-- > 0;) {
    const LstmStep step = lstm_step(p.rows, k);
    first -= step.active;
    for (int j = 0; j < step.active; ++j) {
      const Index n = first + j, row = step.row + j * stride;
      for (int u = 0; p.dh && u < H; ++u) dh[n * H + u] += p.dh[row * H + u];  // (9)
      cell_backward(H, kept.gates + n * G, kept.c + n * H, kept.c_before + n * H, dh + n * H,
                    dc + n * H, da + n * G);
    }
    gemm<T>(Transpose::no, Transpose::no, step.active, H, G, 1, da + first * G, G,
            p.parameters.w_hh, H, 0, dh + first * H, H);  // (12)
    for (int j = 0; j < step.active; ++j) {
      const Index n_row = first + j, row = step.row + j * stride;
      const auto past_c = past_of(p.rows, k, j, first, c_mix);
      const auto past_h = past_of(p.rows, k, j, first, h_mix);
      combine_gradients(
          H, c_mix, [&](int n) { return past_c(kept.c, n, H); },
          weights_row(args.a, args.c_mix, row, &one), dc + n_row * H,
          [&](int n) { return past_c(dc, n, H); }, args.dw_c);
      combine_gradients(
          H, h_mix, [&](int n) { return past_h(kept.h, n, H); },
          weights_row(args.b, args.h_mix, row, &one), dh + n_row * H,
          [&](int n) { return past_h(dh, n, H); }, args.dw_h);
    }
  }
  finish(p, rows, da, kept.h_before, da + rows * G);
}

LstmSizes sizes(int D, int H, int, int, const LstmRows& rows) {
  const Index count = lstm_row_count(rows), G = Gate::count * H, kept = Kept<float>::size(count, H);
  return {.prepared = (Index{D} + H + 1) * G,
          .saved = kept,
          .forward_workspace = count * D + kept,
          .backward_workspace = count * (2 * H + G + D)};
}

template <class T>
std::vector<ALstmKernel<T>> rows() {
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
std::vector<ALstmKernel<float>> a_lstm_variant<struct BlasALstm, float>() {
  return rows<float>();
}
template <>
std::vector<ALstmKernel<double>> a_lstm_variant<struct BlasALstm, double>() {
  return rows<double>();
}

}  // namespace sonant::kernels
