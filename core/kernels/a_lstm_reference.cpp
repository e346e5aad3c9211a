// The scalar Advanced LSTM: what a student reads, and what every other variant is compared with. It
// follows docs/a_lstm.md equation by equation; (n) in a comment is an equation there.
#include <algorithm>

#include <sonant/core/kernels/a_lstm.h>
#include <sonant/core/kernels/a_lstm_mix.h>
#include <sonant/core/kernels/lstm_cell.h>

namespace sonant::kernels {
namespace {

using Index = std::int64_t;

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
