// The states that the simd Advanced LSTM's steps begin with: combinations of those of several steps
// before, which are kept in a ring. Included by simd_<set>.cpp. (n) are equations of
// docs/a_lstm.md.
#pragma once

#include <sonant/core/kernels/a_lstm_args.h>
#include <sonant/core/kernels/lstm_states_body.h>

namespace sonant::kernels {

// What both passes need: sizes, the ring, and rows of vectors.
template <Isa isa, class T>
struct ALstmRing {
  using Layout = LstmLayout<isa, T>;
  using Tiles = Tile<isa, T>;
  using V = typename Tiles::V;
  static constexpr int lanes = Tiles::lanes;

  const LstmRows& rows;
  const Layout& layout;
  Index slots;      // steps that are kept
  Index states;     // elements of one step's states
  Index sequences;  // of one number for each sequence, in whole vectors

  ALstmRing(int reach, const LstmRows& its_rows, const Layout& its_layout)
      : rows(its_rows),
        layout(its_layout),
        slots((reach < rows.steps ? reach : rows.steps - 1) + 1),
        states(lstm_sequences(rows) * layout.padded),
        sequences(Layout::aligned(lstm_sequences(rows))) {}

  T* states_of(T* ring, int k) const { return ring + k % slots * states; }
  T* numbers_of(T* ring, int k) const { return ring + k % slots * sequences; }

  // The sum of the lanes, in halves.
  static T total(V sum) {
    alignas(64) T part[lanes];
    sum.store_aligned(part);
    for (int width = lanes / 2; width > 0; width /= 2)
      for (int n = 0; n < width; ++n) part[n] += part[n + width];
    return part[0];
  }
  // Rows of states: block u of one is at u * block.
  T dot(const T* a, const T* b, Index b_block = lanes) const {
    V sum(T(0));
    for (int u = 0; u < layout.blocks; ++u)
      sum = xsimd::fma(V::load_aligned(a + u * lanes), V::load_aligned(b + u * b_block), sum);
    return total(sum);
  }
  void add_scaled(T factor, const T* from, T* to, Index from_block = lanes) const {
    for (int u = 0; u < layout.blocks; ++u)
      xsimd::fma(V(factor), V::load_aligned(from + u * from_block), V::load_aligned(to + u * lanes))
          .store_aligned(to + u * lanes);
  }
  // The same with a row of H numbers that is aligned to nothing.
  T dot_row(const T* a, const T* row) const {
    V sum(T(0));
    int u = 0;
    for (; u + lanes <= layout.H; u += lanes)
      sum = xsimd::fma(V::load_aligned(a + u), V::load_unaligned(row + u), sum);
    T rest = total(sum);
    for (; u < layout.H; ++u) rest += a[u] * row[u];
    return rest;
  }
  void add_scaled_row(T factor, const T* row, T* to) const {
    int u = 0;
    for (; u + lanes <= layout.H; u += lanes)
      xsimd::fma(V(factor), V::load_unaligned(row + u), V::load_aligned(to + u))
          .store_aligned(to + u);
    for (; u < layout.H; ++u) to[u] += factor * row[u];
  }
  static void clear(T* to, Index count) {
    for (Index n = 0; n < count; ++n) to[n] = 0;
  }
  void load_padded(const T* from, T* to) const {
    for (Index u = 0; u < layout.padded; ++u) to[u] = from && u < layout.H ? from[u] : T(0);
  }
};

// A mix of no states is the one before, with weight 1.
template <class T>
static inline int mix_count(const StateMix<T>& mix) {
  return mix.count > 0 ? mix.count : 1;
}
template <class T>
static inline int mix_offset(const StateMix<T>& mix, int n) {
  return mix.count > 0 ? mix.offsets[n] : 1;
}
template <class T>
static inline int mixes_count(const StateMix<T>& a, const StateMix<T>& b) {
  return mix_count(a) > mix_count(b) ? mix_count(a) : mix_count(b);
}
template <class T>
static inline int mixes_reach(const StateMix<T>& a, const StateMix<T>& b) {
  return farthest(a) > farthest(b) ? farthest(a) : farthest(b);
}

// c and h of each step stand in the ring, where later steps find them; h is what is combined.
template <Isa isa, class T>
class MixedStates {
 public:
  using Ring = ALstmRing<isa, T>;
  using Layout = typename Ring::Layout;
  using Math = MathBody<isa, T>;
  using V = typename Ring::V;
  T *c, *h, *h_next;

  MixedStates(const ALstmForward<T>& args, const Layout& layout)
      : p_(args),
        ring_(mixes_reach(args.c_mix, args.h_mix), args.lstm.rows, layout),
        all_c_(args.lstm.workspace),
        all_h_(all_c_ + ring_.slots * ring_.states),
        c_scores_(all_h_ + ring_.slots * ring_.states),
        h_scores_(c_scores_ + ring_.slots * ring_.sequences),
        w_c_(h_scores_ + ring_.slots * ring_.sequences),
        w_h_(w_c_ + layout.padded),
        e_(w_h_ + layout.padded) {
    c = h_next = nullptr;
    h = e_ + mixes_count(args.c_mix, args.h_mix) * ring_.sequences;
    ring_.load_padded(args.c_mix.w, w_c_);
    ring_.load_padded(args.h_mix.w, w_h_);
  }
  // `count`: of offsets, at most as many as the steps they reach.
  static Index size(const Ring& ring, Index count) {
    return 2 * ring.slots * (ring.states + ring.sequences) + 2 * ring.layout.padded +
           count * ring.sequences + ring.states;
  }
  T* end() const { return h + ring_.states; }

  void before(const LstmStep& step, int k) {
    c = ring_.states_of(all_c_, k);
    h_next = ring_.states_of(all_h_, k);
    combine(p_.c_mix, step, k, all_c_, c_scores_, p_.a, c);
    combine(p_.h_mix, step, k, all_h_, h_scores_, p_.b, h);
  }

  void after(const LstmStep& step, int k) {
    const Index padded = ring_.layout.padded;
    T *c_scores = ring_.numbers_of(c_scores_, k), *h_scores = ring_.numbers_of(h_scores_, k);
    for (Index j = 0; j < step.active; ++j) {
      if (p_.c_mix.w) c_scores[j] = ring_.dot(w_c_, c + j * padded);       // (1)
      if (p_.h_mix.w) h_scores[j] = ring_.dot(w_h_, h_next + j * padded);  // (4)
      if (p_.c)
        Ring::Tiles::copy(c + j * padded, ring_.layout.H,
                          p_.c + (step.row + j * ring_.rows.shards) * ring_.layout.H);
    }
  }

 private:
  // (2), (3) for all sequences of a step.
  void combine(const StateMix<T>& mix, const LstmStep& step, int k, T* states, T* scores,
               T* weights, T* to) const {
    const int K = mix_count(mix);
    const Index padded = ring_.layout.padded;
    softmax(mix, step, k, scores);
    for (int n = 0; mix.count > 0 && n < K; ++n)
      for (Index j = 0; j < step.active; ++j)
        weights[(step.row + j * ring_.rows.shards) * K + n] = e_[n * ring_.sequences + j];
    ring_.clear(to, step.active * padded);
    for (int n = 0; n < K; ++n) {
      const int offset = mix_offset(mix, n), reaching = lstm_reaching(ring_.rows, k, offset);
      const T* past = reaching > 0 ? ring_.states_of(states, k - offset) : nullptr;
      for (Index j = 0; j < reaching; ++j)
        ring_.add_scaled(e_[n * ring_.sequences + j], past + j * padded, to + j * padded);
    }
  }

  // (2): weights e (K, sequences), from the scores of the steps before.
  void softmax(const StateMix<T>& mix, const LstmStep& step, int k, T* scores) const {
    const int K = mix_count(mix);
    for (int n = 0; n < K; ++n) {
      const int offset = mix_offset(mix, n), reaching = lstm_reaching(ring_.rows, k, offset);
      const T* past = mix.w && reaching > 0 ? ring_.numbers_of(scores, k - offset) : nullptr;
      T* e = e_ + n * ring_.sequences;
      for (Index j = 0; j < ring_.sequences; ++j)
        e[j] = j >= reaching ? (mix.zero_past ? T(0) : left_out) : past ? past[j] : T(0);
    }
    for (Index j = 0; j < step.active; j += Ring::lanes) {
      V peak(left_out), sum(T(0));
      for (int n = 0; n < K; ++n) peak = Math::at_least(peak, load(n, j));
      for (int n = 0; n < K; ++n) {
        const V score = load(n, j);
        const auto x = Math::exp_parts(Math::at_least(V(-Math::C::largest), score - peak));
        const V e =
            Math::choose(score, V(left_out / 2), V(T(0)), xsimd::fma(x.scale, x.p, x.scale));
        sum = sum + e;
        e.store_aligned(e_ + n * ring_.sequences + j);
      }
      sum = Math::at_least(V(T(1)), sum);  // it is, or nothing is there to be weighted
      for (int n = 0; n < K; ++n)
        Math::divide(load(n, j), sum).store_aligned(e_ + n * ring_.sequences + j);
    }
  }
  V load(int n, Index j) const { return V::load_aligned(e_ + n * ring_.sequences + j); }

  static constexpr T left_out = T(-1e30);  // far below any score
  const ALstmForward<T>& p_;
  const Ring ring_;
  T *all_c_, *all_h_;        // (slots, sequences, padded H)
  T *c_scores_, *h_scores_;  // (slots, sequences)
  T *w_c_, *w_h_;            // (padded H)
  T* e_;                     // (K, sequences)
};

}  // namespace sonant::kernels
