// The simd LSTM backward; included by simd_<set>.cpp. (n) are equations of docs/lstm.md.
#pragma once

#include <sonant/core/kernels/lstm_states_body.h>

namespace sonant::kernels {

// One call. The gradients of the gates live only in a chunk of steps: when it is full, the products
// that need no order (dx and the parameters') take it up while it is still in the cache.
// `Gradients` are those of the states: lstm_states_body.h.
template <Isa isa, class T, class Gradients>
class BackwardRun {
 public:
  using Layout = LstmLayout<isa, T>;
  using Tiles = Tile<isa, T>;
  using V = typename Tiles::V;
  static constexpr int lanes = Tiles::lanes;

  BackwardRun(const LstmBackward<T>& args, const Layout& layout, Gradients states)
      : p_(args),
        s_(layout),
        states_(states),
        stride_(args.rows.shards),
        chunk_(Layout::chunk(args.rows)),
        zeros_(states.end()) {
    da_ = zeros_ + s_.zeros;
    in_ = da_ + chunk_ * s_.gradient_row;
    dw_ = in_ + s_.aligned(chunk_ * s_.inputs);
    dx_ = dw_ + s_.inputs * s_.gates;
    for (Index n = 0; n < s_.zeros; ++n) zeros_[n] = 0;
    for (Index n = 0; n < s_.inputs * s_.gates; ++n) dw_[n] = 0;
  }

  void run() {
    const T* saved = p_.saved + lstm_row_count(p_.rows) * s_.saved_row;
    int last = p_.rows.steps;  // the chunk holds steps last-1, last-2, ...
    Index rows = 0;
    for (int k = last; k-- > 0;) {
      const LstmStep step = lstm_step(p_.rows, k);
      if (rows + step.active > chunk_) {
        finish_chunk(last, rows);
        last = k + 1;
        rows = 0;
      }
      saved -= step.active * s_.saved_row;
      backward_step(step, k, saved, da_ + rows * s_.gradient_row);
      if (p_.dw_ih) gather(step, k, in_ + rows * s_.inputs);
      rows += step.active;
    }
    finish_chunk(last, rows);
    if (p_.dw_ih) add_parameter_gradients();
    states_.finish();
  }

 private:
  void backward_step(const LstmStep& step, int k, const T* saved, T* da) {
    states_.before(step, k, saved);
    const Index before = k > 0 ? lstm_step(p_.rows, k - 1).active : 0;
    for (Index j = 0; j < step.active; ++j) {
      if (p_.dh)
        Tiles::add(p_.dh + (step.row + j * stride_) * s_.H, s_.H,
                   states_.dh + j * s_.padded);  // (9)
      const T* row = saved + j * s_.saved_row;
      Index c_step;
      const T* c_before = states_.cell(step, k, j, row, before, &c_step);
      for (int u = 0; u < s_.blocks; ++u)
        differentiate(row + u * s_.saved_block, c_before + u * c_step, j * s_.padded + u * lanes,
                      da + j * s_.gradient_row + u * s_.gate_block);
    }
    Tiles::panel_product({states_.wanted(step), s_.gates, da, s_.gradient_row, 1, nullptr, 0,
                          zeros_, 0, states_.dh, s_.padded},
                         s_.hidden_columns(p_.prepared), s_.blocks);  // (17)
    states_.after(step, k, saved);
  }

  // (10)-(15) for one block of units of one sequence.
  void differentiate(const T* block, const T* c_before, Index state, T* da) const {
    const V one(T(1));
    const V i = V::load_aligned(block + Gate::i * lanes);
    const V f = V::load_aligned(block + Gate::f * lanes);
    const V g = V::load_aligned(block + Gate::g * lanes);
    const V o = V::load_aligned(block + Gate::o * lanes);
    const V tanh_c = V::load_aligned(block + Layout::tanh_c_offset);
    const V dh = V::load_aligned(states_.dh + state);
    const V dh_o = dh * o;
    const V dc =
        xsimd::fma(dh_o, xsimd::fnma(tanh_c, tanh_c, one), V::load_aligned(states_.dc + state));
    (dc * g * i * (one - i)).store_aligned(da + Gate::i * lanes);
    (dc * V::load_aligned(c_before) * f * (one - f)).store_aligned(da + Gate::f * lanes);
    (dc * i * xsimd::fnma(g, g, one)).store_aligned(da + Gate::g * lanes);
    (dh_o * tanh_c * (one - o)).store_aligned(da + Gate::o * lanes);
    (dc * f).store_aligned(states_.dc + state);
  }

  // A row (x, h_prev, 1): what the parameters of a gate are multiplied with.
  void gather(const LstmStep& step, int k, T* row) const {
    for (Index j = 0; j < step.active; ++j, row += s_.inputs) {
      Tiles::copy(p_.x + (step.row + j * stride_) * s_.D, s_.D, row);
      states_.copy_h(step, k, j, zeros_, row + s_.D);
      row[s_.D + s_.H] = 1;
    }
  }

  // Products over the chunk's rows, which belong to the steps below `last`.
  void finish_chunk(int last, Index rows) const {
    if (p_.dw_ih)  // (18)-(20): dw (inputs, gates) += in^T da
      for (int u = 0; u < s_.blocks; ++u) {
        T* dw = dw_ + u * s_.gate_block;
        Tiles::template product<Gate::count>({s_.inputs, rows, in_, 1, s_.inputs,
                                              da_ + u * s_.gate_block, s_.gradient_row, dw,
                                              s_.gates, dw, s_.gates});
      }
    if (p_.dx == nullptr) return;
    const Index width = s_.padded_input;
    Tiles::panel_product(
        {rows, s_.gates, da_, s_.gradient_row, 1, nullptr, 0, zeros_, 0, dx_, width},
        s_.input_columns(p_.prepared), s_.input_blocks);  // (16)
    const T* row = dx_;
    for (int k = last; row < dx_ + rows * width;) {
      const LstmStep step = lstm_step(p_.rows, --k);
      for (Index j = 0; j < step.active; ++j, row += width)
        Tiles::add(row, s_.D, p_.dx + (step.row + j * stride_) * s_.D);
    }
  }

  void add_parameter_gradients() const {
    for (int u = 0; u < s_.H; ++u)
      for (int q = 0; q < Gate::count; ++q) {
        const T* from = dw_ + u / lanes * s_.gate_block + q * lanes + u % lanes;
        const Index row = Index{q} * s_.H + u;
        for (int d = 0; d < s_.D; ++d, from += s_.gates) p_.dw_ih[row * s_.D + d] += *from;
        for (int k = 0; k < s_.H; ++k, from += s_.gates) p_.dw_hh[row * s_.H + k] += *from;
        p_.db[row] += *from;
      }
  }

  const LstmBackward<T>& p_;
  const Layout& s_;
  Gradients states_;
  const Index stride_, chunk_;
  T* zeros_;  // the start of a product
  T* da_;     // (chunk, gradient_row)
  T* in_;     // (chunk, inputs)
  T* dw_;     // (inputs, gates)
  T* dx_;     // (chunk, padded D)
};

template <Isa isa, class T>
void SimdLstm<isa, T>::backward(const LstmBackward<T>& args) {
  using States = CarriedGradients<isa, T>;
  const LstmLayout<isa, T> layout(args.input, args.hidden);
  BackwardRun<isa, T, States>(args, layout, States(args, layout)).run();
}

}  // namespace sonant::kernels
