// The scalar LSTM: what a student reads, and what every other variant is compared with. It follows
// docs/lstm.md equation by equation; (n) in a comment is an equation there.
#include <algorithm>

#include <sonant/core/kernels/lstm.h>
#include <sonant/core/kernels/lstm_cell.h>

namespace sonant::kernels {
namespace {

// What is kept of a row, 5H numbers: the four activated gates, then the cell state c.
template <class T>
void forward(const LstmForward<T>& p) {
  const int D = p.input, H = p.hidden, stride = p.rows.shards;
  T* states = p.workspace;                         // c of each sequence
  T* spare = states + lstm_sequences(p.rows) * H;  // stands in for `saved`
  T* saved = p.saved;
  for (int k = 0; k < p.rows.steps; ++k) {
    const LstmStep step = lstm_step(p.rows, k);
    for (int j = 0; j < step.active; ++j) {
      const std::int64_t b = p.rows.shard + std::int64_t{j} * stride;  // in the batch
      const std::int64_t row = step.row + std::int64_t{j} * stride;
      const T* h_prev = state_row(p.h0, b, H);
      T *c = states + j * H, *h = p.h + row * H, *gates = saved ? saved : spare;
      if (j < step.carried) {
        h_prev = p.h + (step.row_before + std::int64_t{j} * stride) * H;
      } else {
        for (int u = 0; u < H; ++u) c[u] = p.c0 ? p.c0[b * H + u] : T(0);
      }
      pre_activations(D, H, p.parameters, p.x + row * D, h_prev, gates);
      cell_forward(H, gates, c, h);
      std::copy_n(c, H, gates + Gate::count * H);
      if (j >= step.lasting) {
        if (p.hn) std::copy_n(h, H, p.hn + b * H);
        if (p.cn) std::copy_n(c, H, p.cn + b * H);
      }
      if (saved) saved += (Gate::count + 1) * H;
    }
  }
}

template <class T>
void add(const T* from, int n, T* to) {
  for (int u = 0; u < n; ++u) to[u] += from[u];
}

template <class T>
void backward(const LstmBackward<T>& p) {
  const int D = p.input, H = p.hidden, stride = p.rows.shards, width = (Gate::count + 1) * H;
  const int sequences = lstm_sequences(p.rows);
  T *dh = p.workspace, *dc = dh + sequences * H;  // of each sequence, from the step after
  T* da = dc + sequences * H;                     // (4H)
  const T* saved = p.saved + lstm_row_count(p.rows) * width;  // just behind the current step
  std::fill_n(dh, 2 * sequences * H, T(0));
  for (int k = p.rows.steps; k-- > 0;) {
    const LstmStep step = lstm_step(p.rows, k);
    const int active_before = k > 0 ? lstm_step(p.rows, k - 1).active : 0;
    saved -= step.active * width;
    for (int j = 0; j < step.active; ++j) {
      const std::int64_t b = p.rows.shard + std::int64_t{j} * stride;
      const std::int64_t row = step.row + std::int64_t{j} * stride;
      T *dh_j = dh + j * H, *dc_j = dc + j * H;
      if (j >= step.lasting && p.dhn) add(p.dhn + b * H, H, dh_j);
      if (j >= step.lasting && p.dcn) add(p.dcn + b * H, H, dc_j);
      if (p.dh) add(p.dh + row * H, H, dh_j);  // (9)
      const bool carried = j < step.carried;
      const T* h_prev =
          carried ? p.h + (step.row_before + std::int64_t{j} * stride) * H : state_row(p.h0, b, H);
      const T* c_prev =
          carried ? saved + (j - active_before) * width + Gate::count * H : state_row(p.c0, b, H);
      const T* gates = saved + j * width;
      cell_backward(H, gates, gates + Gate::count * H, c_prev, dh_j, dc_j, da);
      cell_gradients(p, da, p.x + row * D, h_prev, p.dx ? p.dx + row * D : nullptr, dh_j);
      if (!carried && p.dh0) add(dh_j, H, p.dh0 + b * H);
      if (!carried && p.dc0) add(dc_j, H, p.dc0 + b * H);
    }
  }
}

LstmSizes sizes(int, int hidden, const LstmRows& rows) {
  const std::int64_t states = std::int64_t{lstm_sequences(rows)} * hidden;
  return {.prepared = 0,
          .saved = lstm_row_count(rows) * (Gate::count + 1) * hidden,
          .forward_workspace = states + (Gate::count + 1) * hidden,
          .backward_workspace = 2 * states + Gate::count * hidden};
}

template <class T>
std::vector<LstmKernel<T>> rows() {
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
std::vector<LstmKernel<float>> lstm_variant<struct ReferenceLstm, float>() {
  return rows<float>();
}
template <>
std::vector<LstmKernel<double>> lstm_variant<struct ReferenceLstm, double>() {
  return rows<double>();
}

}  // namespace sonant::kernels
