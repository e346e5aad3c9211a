// The simd streaming kernel; included by simd_<set>.cpp alone. (n) are equations of
// docs/streaming.md.
//
// One row has no second row to share a loaded weight with: every weight is read once per frame and
// used once, so the speed is that of the second-level cache. What helps is to read them in the
// order in which they lie in memory, and never to wait for a sum.
#pragma once

#include <sonant/core/kernels/lstm_layout_body.h>
#include <sonant/core/kernels/stream_args.h>

namespace sonant::kernels {

template <Isa isa, class T>
struct StreamBody {
  using Layout = LstmLayout<isa, T>;
  using Math = MathBody<isa, T>;
  using V = typename Math::V;
  static constexpr int lanes = Layout::lanes, gate_block = Layout::gate_block;

  // sum += x m for x (depth) and m (depth, W vectors). Every sum is kept in `chains` parts, of
  // which the next can begin before the last is done.
  template <int W, int chains>
  static void multiply(const T* x, Index depth, const T* m, V* sum) {
    V part[chains][W];
#pragma GCC unroll 8
    for (int n = 0; n < chains; ++n)
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w) part[n][w] = n == 0 ? sum[w] : V(T(0));
    Index k = 0;
    for (; k + chains <= depth; k += chains, m += chains * W * lanes)
#pragma GCC unroll 8
      for (int n = 0; n < chains; ++n)
#pragma GCC unroll 4
        for (int w = 0; w < W; ++w)
          part[n][w] =
              xsimd::fma(V(x[k + n]), V::load_aligned(m + (n * W + w) * lanes), part[n][w]);
    for (; k < depth; ++k, m += W * lanes)
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w)
        part[0][w] = xsimd::fma(V(x[k]), V::load_aligned(m + w * lanes), part[0][w]);
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) {
      sum[w] = part[0][w];
#pragma GCC unroll 8
      for (int n = 1; n < chains; ++n) sum[w] += part[n][w];
    }
  }

  // Within exp(+-`largest`), beyond which weights are nothing.
  static V exp(V x) {
    using C = ExpConstants<T>;
    const auto e = Math::exp_parts(Math::at_most(V(C::largest), Math::at_least(V(-C::largest), x)));
    return xsimd::fma(e.scale, e.p, e.scale);
  }
  static T first_lane(V x) {
    alignas(64) T all[lanes];
    x.store_aligned(all);
    return all[0];
  }
  static T sum_of_lanes(V x) {
    alignas(64) T all[lanes];
    x.store_aligned(all);
    for (int width = lanes / 2; width > 0; width /= 2)
      for (int n = 0; n < width; ++n) all[n] += all[n + width];
    return all[0];
  }

  static int class_vectors(int classes) { return (classes + lanes - 1) / lanes; }
};

// A cell: w_ih as (blocks, D, 4, L), w_hh as (blocks, H, 4, L), b as (blocks, 4, L). The head: u
// (padded H), w as (vectors of classes, H, L), b.
template <Isa isa, class T>
StreamSizes SimdStream<isa, T>::sizes(int input, int hidden, int classes) {
  const LstmLayout<isa, T> s(input, hidden);
  const Index C = Index{StreamBody<isa, T>::class_vectors(classes)} * s.lanes;
  StreamSizes sizes;
  sizes.cell = s.gates * s.inputs;
  sizes.gates = s.gates;
  sizes.state = s.padded;
  sizes.head = s.padded + C * (hidden + 1);
  sizes.classes = C;
  return sizes;
}

template <Isa isa, class T>
void SimdStream<isa, T>::pack_cell(int input, int hidden, const LstmParameters<T>& parameters,
                                   T* packed) {
  const LstmLayout<isa, T> s(input, hidden);
  T* end = s.pack_gates(parameters.w_ih, input, false, parameters, packed);
  end = s.pack_gates(parameters.w_hh, hidden, false, parameters, end);
  s.pack_gates(nullptr, 0, true, parameters, end);
}

template <Isa isa, class T>
void SimdStream<isa, T>::pack_head(int hidden, int classes, const HeadParameters<T>& p, T* packed) {
  const LstmLayout<isa, T> s(1, hidden);
  for (Index u = 0; u < s.padded; ++u) *packed++ = u < hidden ? p.u[u] : T(0);
  const int vectors = StreamBody<isa, T>::class_vectors(classes);
  for (int n = 0; n < vectors; ++n)
    for (Index k = 0; k <= hidden; ++k)  // the bias is the last row
      for (int q = n * s.lanes; q < (n + 1) * s.lanes; ++q)
        *packed++ = q >= classes ? T(0) : k < hidden ? p.w[Index{q} * hidden + k] : p.b[q];
}

// (2)
template <Isa isa, class T>
void SimdStream<isa, T>::prepare(const StreamCell<T>& cell) {
  using Body = StreamBody<isa, T>;
  using V = typename Body::V;
  const LstmLayout<isa, T> s(cell.input, cell.hidden);
  const T* panel = cell.packed + s.D * s.gates;
  const T* bias = panel + s.H * s.gates;
  for (Index u = 0; u < s.blocks; ++u, panel += s.H * s.gate_block) {
    V sum[Gate::count];
#pragma GCC unroll 4
    for (int q = 0; q < Gate::count; ++q)
      sum[q] = V::load_aligned(bias + u * s.gate_block + q * s.lanes);
    Body::template multiply<Gate::count, 2>(cell.h, s.H, panel, sum);
#pragma GCC unroll 4
    for (int q = 0; q < Gate::count; ++q)
      sum[q].store_aligned(cell.ahead + u * s.gate_block + q * s.lanes);
  }
}

// (3), and the gates and states of docs/lstm.md (1)-(6)
template <Isa isa, class T>
void SimdStream<isa, T>::step(const StreamCell<T>& cell, const T* x) {
  using Body = StreamBody<isa, T>;
  using Math = typename Body::Math;
  using V = typename Body::V;
  const LstmLayout<isa, T> s(cell.input, cell.hidden);
  const T* panel = cell.packed;
  for (Index u = 0; u < s.blocks; ++u, panel += s.D * s.gate_block) {
    V sum[Gate::count];
#pragma GCC unroll 4
    for (int q = 0; q < Gate::count; ++q)
      sum[q] = V::load_aligned(cell.ahead + u * s.gate_block + q * s.lanes);
    Body::template multiply<Gate::count, 2>(x, s.D, panel, sum);
    const V i = Math::sigmoid(sum[Gate::i]), f = Math::sigmoid(sum[Gate::f]);
    const V g = Math::tanh(sum[Gate::g]), o = Math::sigmoid(sum[Gate::o]);
    const V c = xsimd::fma(f, V::load_aligned(cell.c + u * s.lanes), i * g);
    c.store_aligned(cell.c + u * s.lanes);
    (o * Math::tanh(c)).store_aligned(cell.h + u * s.lanes);
  }
}

// (5)-(9). Of the two exponentials one is always exp(0), and the sums are seldom rescaled.
template <Isa isa, class T>
void SimdStream<isa, T>::attend(const StreamHead<T>& head, const T* h) {
  using Body = StreamBody<isa, T>;
  using V = typename Body::V;
  const LstmLayout<isa, T> s(1, head.hidden);
  StreamMass<T>& mass = *head.mass;
  V dot(T(0));
  for (Index u = 0; u < s.padded; u += s.lanes)
    dot = xsimd::fma(V::load_aligned(head.packed + u), V::load_aligned(h + u), dot);
  mass.score = Body::sum_of_lanes(dot);
  V weight(T(1));
  if (mass.score > mass.peak) {
    const V keep = Body::exp(V(mass.peak - mass.score));
    mass.peak = mass.score;
    mass.sum *= static_cast<double>(Body::first_lane(keep));
    for (Index u = 0; u < s.padded; u += s.lanes) {
      (V::load_aligned(head.context + u) * keep).store_aligned(head.context + u);
      (V::load_aligned(head.lost + u) * keep).store_aligned(head.lost + u);
    }
  } else {
    weight = Body::exp(V(mass.score - mass.peak));
  }
  mass.sum += static_cast<double>(Body::first_lane(weight));
  for (Index u = 0; u < s.padded; u += s.lanes) {
    const V before = V::load_aligned(head.context + u);
    const V term = weight * V::load_aligned(h + u) - V::load_aligned(head.lost + u);
    const V after = before + term;
    after.store_aligned(head.context + u);
    ((after - before) - term).store_aligned(head.lost + u);
  }
}

// (10)-(12)
template <Isa isa, class T>
void SimdStream<isa, T>::classify(const StreamHead<T>& head) {
  using Body = StreamBody<isa, T>;
  using V = typename Body::V;
  const LstmLayout<isa, T> s(1, head.hidden);
  const V share(static_cast<T>(1 / head.mass->sum));
  for (Index u = 0; u < s.padded; u += s.lanes)
    (V::load_aligned(head.context + u) * share).store_aligned(head.embedding + u);
  const int vectors = Body::class_vectors(head.classes);
  const T* panel = head.packed + s.padded;
  for (Index n = 0; n < vectors; ++n, panel += (s.H + 1) * s.lanes) {
    V sum = V::load_aligned(panel + s.H * s.lanes);
    Body::template multiply<1, 8>(head.embedding, s.H, panel, &sum);
    sum.store_aligned(head.logits + n * s.lanes);
  }
  T peak = head.logits[0];
  for (int q = 1; q < head.classes; ++q) peak = head.logits[q] > peak ? head.logits[q] : peak;
  for (Index n = 0; n < vectors * s.lanes; n += s.lanes)
    Body::exp(V::load_aligned(head.logits + n) - V(peak)).store_aligned(head.probabilities + n);
  T total = 0;
  for (int q = 0; q < head.classes; ++q) total += head.probabilities[q];
  const V scale(1 / total);
  for (Index n = 0; n < vectors * s.lanes; n += s.lanes)
    (V::load_aligned(head.probabilities + n) * scale).store_aligned(head.probabilities + n);
}

}  // namespace sonant::kernels
