// The simd LSTM forward; included by simd_<set>.cpp. (n) are equations of docs/lstm.md.
#pragma once

#include <sonant/core/kernels/fast_math_body.h>
#include <sonant/core/kernels/lstm_states_body.h>

namespace sonant::kernels {

// One call. A chunk of steps at a time: first the input's part of all their gates, one product with
// full tiles however few sequences run, then step by step the recurrent part and the activations.
// `States` is what a step begins with and where it leaves its own: lstm_states_body.h.
template <Isa isa, class T, class Math, class States>
class ForwardRun {
 public:
  using Layout = LstmLayout<isa, T>;
  using Tiles = Tile<isa, T>;
  using V = typename Tiles::V;
  static constexpr int lanes = Tiles::lanes;

  ForwardRun(const LstmForward<T>& args, const Layout& layout, States states)
      : p_(args), s_(layout), states_(states), stride_(args.rows.shards), zeros_(states.end()) {
    x_ = zeros_ + s_.zeros;
    spare_ = x_ + s_.aligned(s_.chunk(p_.rows) * (s_.D + 1));
    for (Index n = 0; n < s_.zeros; ++n) zeros_[n] = 0;
  }

  void run() {
    T* cells = p_.saved;
    for (int k = 0; k < p_.rows.steps;) {
      if (p_.saved == nullptr) cells = spare_;
      int end = k;
      const Index rows = gather(&end);
      project(rows, cells);
      for (; k < end; ++k) {
        step(lstm_step(p_.rows, k), k, cells);
        cells += lstm_step(p_.rows, k).active * s_.saved_row;
      }
    }
  }

 private:
  // Copies x of the steps from *k on, as many as fit a chunk, each row with a 1 behind it.
  Index gather(int* k) const {
    const Index limit = s_.chunk(p_.rows), width = s_.D + 1;
    Index rows = 0;
    for (; *k < p_.rows.steps; ++*k) {
      const LstmStep step = lstm_step(p_.rows, *k);
      if (rows + step.active > limit) break;
      for (Index j = 0; j < step.active; ++j, ++rows) {
        Tiles::copy(p_.x + (step.row + j * stride_) * s_.D, s_.D, x_ + rows * width);
        x_[rows * width + s_.D] = 1;
      }
    }
    return rows;
  }

  // W_ih x + b of (1)-(4), to the places where the activated gates will be.
  void project(Index rows, T* cells) const {
    const Index depth = s_.D + 1;
    const T* panel = s_.input_panels(p_.prepared);
    for (int u = 0; u < s_.blocks; ++u, panel += depth * s_.gate_block)
      Tiles::template product<Gate::count>({rows, depth, x_, depth, 1, panel, s_.gate_block, zeros_,
                                            0, cells + u * s_.saved_block, s_.saved_row});
  }

  void step(const LstmStep& step, int k, T* cells) {
    states_.before(step, k);
    const T* panel = s_.hidden_panels(p_.prepared);
    for (int u = 0; u < s_.blocks; ++u, panel += s_.H * s_.gate_block) {
      T* block = cells + u * s_.saved_block;
      Tiles::template product<Gate::count>({step.active, s_.H, states_.h, s_.padded, 1, panel,
                                            s_.gate_block, block, s_.saved_row, block,
                                            s_.saved_row});
      for (Index j = 0; j < step.active; ++j)
        activate(block + j * s_.saved_row, j * s_.padded + u * lanes);
    }
    for (Index j = 0; j < step.active; ++j) copy(states_.h_next, j, p_.h, step.row + j * stride_);
    for (Index j = step.lasting; j < step.active; ++j) {
      if (p_.hn) copy(states_.h_next, j, p_.hn, p_.rows.shard + j * stride_);
      if (p_.cn) copy(states_.c, j, p_.cn, p_.rows.shard + j * stride_);
    }
    states_.after(step, k);
  }

  // (1)-(6) for one block of units of one sequence, from its pre-activations.
  void activate(T* block, Index state) const {
    const V i = Math::sigmoid(V::load_aligned(block + Gate::i * lanes));
    const V f = Math::sigmoid(V::load_aligned(block + Gate::f * lanes));
    const V g = Math::tanh(V::load_aligned(block + Gate::g * lanes));
    const V o = Math::sigmoid(V::load_aligned(block + Gate::o * lanes));
    const V c = xsimd::fma(f, V::load_aligned(states_.c + state), i * g);
    const V tanh_c = Math::tanh(c);
    i.store_aligned(block + Gate::i * lanes);
    f.store_aligned(block + Gate::f * lanes);
    g.store_aligned(block + Gate::g * lanes);
    o.store_aligned(block + Gate::o * lanes);
    c.store_aligned(block + Layout::c_offset);
    tanh_c.store_aligned(block + Layout::tanh_c_offset);
    c.store_aligned(states_.c + state);
    (o * tanh_c).store_aligned(states_.h_next + state);
  }

  void copy(const T* state, Index j, T* to, Index row) const {
    Tiles::copy(state + j * s_.padded, s_.H, to + row * s_.H);
  }

  const LstmForward<T>& p_;
  const Layout& s_;
  States states_;
  const Index stride_;
  T* zeros_;  // the start of a product
  T* x_;      // (chunk, D+1)
  T* spare_;  // stands in for `saved`
};

template <Isa isa, class T>
void SimdLstm<isa, T>::forward(const LstmForward<T>& args) {
  using States = CarriedStates<isa, T>;
  const LstmLayout<isa, T> layout(args.input, args.hidden);
  ForwardRun<isa, T, MathBody<isa, T>, States>(args, layout, States(args, layout)).run();
}

template <Isa isa, class T>
void SimdLstm<isa, T>::forward_fast(const LstmForward<T>& args) {
  using States = CarriedStates<isa, T>;
  const LstmLayout<isa, T> layout(args.input, args.hidden);
  ForwardRun<isa, T, FastMathBody<isa, T>, States>(args, layout, States(args, layout)).run();
}

}  // namespace sonant::kernels
