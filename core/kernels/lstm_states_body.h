// The states that the simd LSTM's steps begin with, and their gradients: those of the step before.
// The Advanced LSTM's are in a_lstm_states_body.h. Included by the LSTM bodies.
#pragma once

#include <sonant/core/kernels/lstm_layout_body.h>

namespace sonant::kernels {

// Rows of states are (sequences, padded H). A step takes c and h, and leaves its own in c and
// h_next.
template <Isa isa, class T>
class CarriedStates {
 public:
  using Layout = LstmLayout<isa, T>;
  T *c, *h, *h_next;

  CarriedStates(const LstmForward<T>& args, const Layout& layout)
      : p_(args), s_(layout), states_(lstm_sequences(args.rows) * layout.padded) {
    c = p_.workspace;
    h = c + states_;
    h_next = h + states_;
  }
  static Index size(Index states) { return 3 * states; }
  T* end() const { return p_.workspace + size(states_); }

  void before(const LstmStep& step, int) const {
    for (Index j = step.carried; j < step.active; ++j) begin(j);
  }
  void after(const LstmStep&, int) {
    T* previous = h;
    h = h_next;
    h_next = previous;
  }

 private:
  void begin(Index j) const {
    const Index b = p_.rows.shard + j * p_.rows.shards;
    for (Index u = 0; u < s_.padded; ++u) {
      h[j * s_.padded + u] = p_.h0 && u < s_.H ? p_.h0[b * s_.H + u] : T(0);
      c[j * s_.padded + u] = p_.c0 && u < s_.H ? p_.c0[b * s_.H + u] : T(0);
    }
  }

  const LstmForward<T>& p_;
  const Layout& s_;
  Index states_;
};

// A step takes dh and dc from the steps after, and leaves those of what it began with.
template <Isa isa, class T>
class CarriedGradients {
 public:
  using Layout = LstmLayout<isa, T>;
  using Tiles = Tile<isa, T>;
  T *dh, *dc;

  CarriedGradients(const LstmBackward<T>& args, const Layout& layout)
      : p_(args), s_(layout), states_(lstm_sequences(args.rows) * layout.padded) {
    dh = p_.workspace;
    dc = dh + states_;
    c0_ = dc + states_;
  }
  static Index size(Index states, const Layout& layout) { return 2 * states + layout.padded; }
  T* end() const { return p_.workspace + size(states_, s_); }

  void before(const LstmStep& step, int, const T*) {
    for (Index j = step.lasting; j < step.active; ++j) {
      load(p_.dhn, j, dh + j * s_.padded);
      load(p_.dcn, j, dc + j * s_.padded);
    }
  }

  // The cell that sequence j began the step with; block u of it is at u * *block. `row`: what was
  // saved of the step; `rows_before`: the rows of the step before.
  const T* cell(const LstmStep& step, int, Index j, const T* row, Index rows_before,
                Index* block) const {
    if (j < step.carried) {
      *block = Layout::saved_block;
      return row - rows_before * s_.saved_row + Layout::c_offset;
    }
    *block = Layout::lanes;
    load(p_.c0, j, c0_);
    return c0_;
  }

  // The h that sequence j began the step with, (H).
  void copy_h(const LstmStep& step, int, Index j, const T* zeros, T* to) const {
    const Index stride = p_.rows.shards;
    const T* h_prev = j < step.carried ? p_.h + (step.row_before + j * stride) * s_.H
                      : p_.h0          ? p_.h0 + (p_.rows.shard + j * stride) * s_.H
                                       : zeros;
    Tiles::copy(h_prev, s_.H, to);
  }

  // Sequences whose gradient of h is wanted: the first ones.
  Index wanted(const LstmStep& step) const { return p_.dh0 ? step.active : step.carried; }

  void after(const LstmStep& step, int, const T*) const {
    for (Index j = step.carried; j < step.active; ++j) {
      const Index b = p_.rows.shard + j * p_.rows.shards;
      if (p_.dh0) Tiles::add(dh + j * s_.padded, s_.H, p_.dh0 + b * s_.H);
      if (p_.dc0) Tiles::add(dc + j * s_.padded, s_.H, p_.dc0 + b * s_.H);
    }
  }
  void finish() const {}

 private:
  // Row j of a (B,H) matrix, or zeros, padded.
  void load(const T* from, Index j, T* to) const {
    const T* row = from ? from + (p_.rows.shard + j * p_.rows.shards) * s_.H : nullptr;
    for (Index u = 0; u < s_.padded; ++u) to[u] = row && u < s_.H ? row[u] : T(0);
  }

  const LstmBackward<T>& p_;
  const Layout& s_;
  Index states_;
  T* c0_;  // one row of the initial state
};

template <Isa isa, class T>
LstmSizes SimdLstm<isa, T>::sizes(int input, int hidden, const LstmRows& rows) {
  const LstmLayout<isa, T> layout(input, hidden);
  const Index states = lstm_sequences(rows) * layout.padded;
  LstmSizes sizes = layout.sizes(rows);
  sizes.forward_workspace += CarriedStates<isa, T>::size(states);
  sizes.backward_workspace += CarriedGradients<isa, T>::size(states, layout);
  return sizes;
}

}  // namespace sonant::kernels
