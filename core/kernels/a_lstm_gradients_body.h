// The gradients of the simd Advanced LSTM's states; included by simd_<set>.cpp. (n) are equations
// of docs/a_lstm.md.
#pragma once

#include <sonant/core/kernels/a_lstm_states_body.h>

namespace sonant::kernels {

// dC' and dh' of each step stand in the ring, where the steps before find their share of them. The
// combined states are computed again, from c in what was saved and h in what was given back.
template <Isa isa, class T>
class MixedGradients {
 public:
  using Ring = ALstmRing<isa, T>;
  using Layout = typename Ring::Layout;
  using Tiles = typename Ring::Tiles;
  T *dh, *dc;

  MixedGradients(const ALstmBackward<T>& args, const Layout& layout)
      : p_(args),
        s_(layout),
        ring_(mixes_reach(args.c_mix, args.h_mix), args.lstm.rows, layout),
        stride_(args.lstm.rows.shards) {
    const Index states = ring_.slots * ring_.states, numbers = ring_.slots * ring_.sequences;
    all_dc_ = args.lstm.workspace;
    all_dh_ = all_dc_ + states;
    c_scores_ = all_dh_ + states;
    h_scores_ = c_scores_ + numbers;
    w_c_ = h_scores_ + numbers;
    w_h_ = w_c_ + s_.padded;
    dw_c_ = w_h_ + s_.padded;
    dw_h_ = dw_c_ + s_.padded;
    c_before_ = dw_h_ + s_.padded;
    h_before_ = c_before_ + ring_.states;
    mean_ = h_before_ + ring_.states;
    slopes_ = mean_ + ring_.sequences;
    dh = dc = nullptr;
    ring_.clear(c_scores_, 2 * numbers);
    ring_.clear(dw_c_, 2 * s_.padded);
    ring_.load_padded(args.c_mix.w, w_c_);
    ring_.load_padded(args.h_mix.w, w_h_);
  }
  static Index size(const Ring& ring, Index count) {
    return 2 * ring.slots * (ring.states + ring.sequences) + 4 * ring.layout.padded +
           2 * ring.states + (1 + count) * ring.sequences;
  }
  T* end() const { return slopes_ + mixes_count(p_.c_mix, p_.h_mix) * ring_.sequences; }

  // (18): what the steps after leave to this one; and what it began with.
  void before(const LstmStep& step, int k, const T* saved) {
    dc = ring_.states_of(all_dc_, k);
    dh = ring_.states_of(all_dh_, k);
    collect(p_.c_mix, step, k, all_dc_, p_.a, dc);
    collect(p_.h_mix, step, k, all_dh_, p_.b, dh);
    T *c_scores = ring_.numbers_of(c_scores_, k), *h_scores = ring_.numbers_of(h_scores_, k);
    for (Index j = 0; p_.c_mix.w && j < step.active; ++j) {
      ring_.add_scaled(c_scores[j], w_c_, dc + j * s_.padded);
      ring_.add_scaled(c_scores[j], cells_of(saved, j), dw_c_, Layout::saved_block);
    }
    for (Index j = 0; p_.h_mix.w && j < step.active; ++j) {
      ring_.add_scaled(h_scores[j], w_h_, dh + j * s_.padded);
      ring_.add_scaled_row(h_scores[j], h_row(step, j), dw_h_);
    }
    ring_.clear(c_scores, ring_.sequences);
    ring_.clear(h_scores, ring_.sequences);
    combine(step, k, saved);
  }

  // C' of sequence j; block u of it is at u * *block.
  const T* cell(const LstmStep&, int, Index j, const T*, Index, Index* block) const {
    *block = Layout::lanes;
    return c_before_ + j * s_.padded;
  }
  // h' of sequence j, (H).
  void copy_h(const LstmStep&, int, Index j, const T*, T* to) const {
    Tiles::copy(h_before_ + j * s_.padded, s_.H, to);
  }
  Index wanted(const LstmStep& step) const { return step.carried; }

  // (13), (14) for c and h: from dC' and dh' to the gradients of the scores.
  void after(const LstmStep& step, int k, const T* saved) const {
    if (p_.c_mix.w) {
      each_offset(p_.c_mix, k, [&](int n, int past, int reaching) {
        const T* cells = saved_at(saved, k, past);
        for (Index j = 0; j < reaching; ++j)
          slopes_[n * ring_.sequences + j] =
              ring_.dot(dc + j * s_.padded, cells_of(cells, j), Layout::saved_block);
      });
      score(p_.c_mix, step, k, p_.a, c_scores_);
    }
    if (p_.h_mix.w == nullptr) return;
    each_offset(p_.h_mix, k, [&](int n, int past, int reaching) {
      const LstmStep at = lstm_step(ring_.rows, past);
      for (Index j = 0; j < reaching; ++j)
        slopes_[n * ring_.sequences + j] = ring_.dot_row(dh + j * s_.padded, h_row(at, j));
    });
    score(p_.h_mix, step, k, p_.b, h_scores_);
  }

  void finish() const {
    for (int u = 0; u < s_.H; ++u) {
      if (p_.dw_c) p_.dw_c[u] += dw_c_[u];
      if (p_.dw_h) p_.dw_h[u] += dw_h_[u];
    }
  }

 private:
  // body(n, the step that is offsets[n] before step k, how many sequences have a row there)
  template <class Body>
  void each_offset(const StateMix<T>& mix, int k, const Body& body) const {
    for (int n = 0; n < mix_count(mix); ++n) {
      const int offset = mix_offset(mix, n);
      if (const int reaching = lstm_reaching(ring_.rows, k, offset)) body(n, k - offset, reaching);
    }
  }

  // (18): from each step after, by the weight that it gave this one.
  void collect(const StateMix<T>& mix, const LstmStep& now, int k, T* ring, const T* weights,
               T* to) const {
    ring_.clear(to, now.active * s_.padded);
    for (int n = 0; n < mix_count(mix); ++n) {
      const int offset = mix_offset(mix, n), later = k + offset;
      if (later >= ring_.rows.steps) break;
      const LstmStep step = lstm_step(ring_.rows, later);
      const T* from = ring_.states_of(ring, later);
      const int reaching = lstm_reaching(ring_.rows, later, offset);
      for (Index j = 0; j < reaching; ++j)
        ring_.add_scaled(weight(mix, weights, step, j, n), from + j * s_.padded,
                         to + j * s_.padded);
    }
  }

  // (3), (6): C' and h' once more.
  void combine(const LstmStep& step, int k, const T* saved) const {
    ring_.clear(c_before_, step.active * s_.padded);
    each_offset(p_.c_mix, k, [&](int n, int past, int reaching) {
      const T* cells = saved_at(saved, k, past);
      for (Index j = 0; j < reaching; ++j)
        ring_.add_scaled(weight(p_.c_mix, p_.a, step, j, n), cells_of(cells, j),
                         c_before_ + j * s_.padded, Layout::saved_block);
    });
    if (p_.lstm.dw_ih == nullptr) return;
    ring_.clear(h_before_, step.active * s_.padded);
    each_offset(p_.h_mix, k, [&](int n, int past, int reaching) {
      const LstmStep at = lstm_step(ring_.rows, past);
      for (Index j = 0; j < reaching; ++j)
        ring_.add_scaled_row(weight(p_.h_mix, p_.b, step, j, n), h_row(at, j),
                             h_before_ + j * s_.padded);
    });
  }

  // (14): from the slopes of the weights to those of the scores.
  void score(const StateMix<T>& mix, const LstmStep& step, int k, const T* weights,
             T* scores) const {
    ring_.clear(mean_, step.active);
    each_offset(mix, k, [&](int n, int, int reaching) {
      for (Index j = 0; j < reaching; ++j)
        mean_[j] += weight(mix, weights, step, j, n) * slopes_[n * ring_.sequences + j];
    });
    each_offset(mix, k, [&](int n, int past, int reaching) {
      T* to = ring_.numbers_of(scores, past);
      for (Index j = 0; j < reaching; ++j)
        to[j] += weight(mix, weights, step, j, n) * (slopes_[n * ring_.sequences + j] - mean_[j]);
    });
  }

  T weight(const StateMix<T>& mix, const T* weights, const LstmStep& step, Index j, int n) const {
    return mix.count > 0 ? weights[(step.row + j * stride_) * mix.count + n] : T(1);
  }
  // What was saved of step `past`, from that of step k.
  const T* saved_at(const T* saved, int k, int past) const {
    for (; k > past; --k) saved -= lstm_step(ring_.rows, k - 1).active * s_.saved_row;
    return saved;
  }
  const T* cells_of(const T* saved, Index j) const {
    return saved + j * s_.saved_row + Layout::c_offset;
  }
  const T* h_row(const LstmStep& step, Index j) const {
    return p_.lstm.h + (step.row + j * stride_) * s_.H;
  }

  const ALstmBackward<T>& p_;
  const Layout& s_;
  const Ring ring_;
  const Index stride_;
  T *all_dc_, *all_dh_;            // (slots, sequences, padded H)
  T *c_scores_, *h_scores_;        // (slots, sequences): gradients of the scores
  T *w_c_, *w_h_, *dw_c_, *dw_h_;  // (padded H)
  T *c_before_, *h_before_;        // (sequences, padded H): C' and h'
  T *mean_, *slopes_;              // (sequences), (K, sequences): gradients of the weights
};

}  // namespace sonant::kernels
