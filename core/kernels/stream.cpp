// The registry, and the scalar variant, which follows docs/streaming.md; (n) are its equations.
#include <sonant/core/kernels/stream.h>

#include <algorithm>
#include <cmath>

#include <sonant/core/kernels/lstm_cell.h>
#include <sonant/core/kernels/simd.h>

namespace sonant::kernels {
namespace {

// A cell's parameters: w_ih (4H,D), w_hh (4H,H), b (4H), and room for the gates of a step.
StreamSizes sizes(int input, int hidden, int classes) {
  const std::int64_t D = input, H = hidden, C = classes, G = Gate::count * H;
  return {.cell = G * (D + H + 1), .gates = 2 * G, .state = H, .head = H + C * H + C, .classes = C};
}

template <class T>
void pack_cell(int D, int H, const LstmParameters<T>& p, T* packed) {
  const int G = Gate::count * H;
  T* b = std::copy_n(p.w_hh, G * H, std::copy_n(p.w_ih, G * D, packed));
  for (int q = 0; q < G; ++q) b[q] = p.b_ih[q] + p.b_hh[q];
}

template <class T>
void pack_head(int H, int C, const HeadParameters<T>& p, T* packed) {
  std::copy_n(p.b, C, std::copy_n(p.w, C * H, std::copy_n(p.u, H, packed)));
}

// y = y + m x for m (rows, columns)
template <class T>
void add_product(const T* m, int rows, int columns, const T* x, T* y) {
  for (int r = 0; r < rows; ++r)
    for (int k = 0; k < columns; ++k) y[r] += m[r * columns + k] * x[k];
}

template <class T>
void prepare(const StreamCell<T>& cell) {
  const int D = cell.input, H = cell.hidden, G = Gate::count * H;
  std::copy_n(cell.packed + G * (D + H), G, cell.ahead);
  add_product(cell.packed + G * D, G, H, cell.h, cell.ahead);  // (2)
}

template <class T>
void step(const StreamCell<T>& cell, const T* x) {
  const int D = cell.input, H = cell.hidden, G = Gate::count * H;
  T* gates = cell.ahead + G;
  std::copy_n(cell.ahead, G, gates);
  add_product(cell.packed, G, D, x, gates);  // (3)
  cell_forward(H, gates, cell.c, cell.h);
}

template <class T>
void attend(const StreamHead<T>& head, const T* h) {
  StreamMass<T>& mass = *head.mass;
  mass.score = 0;
  for (int u = 0; u < head.hidden; ++u) mass.score += head.packed[u] * h[u];
  const T peak = std::max(mass.peak, mass.score);  // (6)
  const T keep = std::exp(mass.peak - peak);       // 0 at the first step
  const T weight = std::exp(mass.score - peak);
  mass.peak = peak;
  mass.sum = mass.sum * static_cast<double>(keep) + static_cast<double>(weight);  // (7)
  for (int u = 0; u < head.hidden; ++u) {                                         // (8), (9)
    const T before = head.context[u] * keep;
    const T term = weight * h[u] - head.lost[u] * keep;
    head.context[u] = before + term;
    head.lost[u] = (head.context[u] - before) - term;
  }
}

template <class T>
void classify(const StreamHead<T>& head) {
  const int H = head.hidden, C = head.classes;
  for (int u = 0; u < H; ++u)
    head.embedding[u] = static_cast<T>(static_cast<double>(head.context[u]) / head.mass->sum);
  std::copy_n(head.packed + H + C * H, C, head.logits);
  add_product(head.packed + H, C, H, head.embedding, head.logits);  // (11)
  const T peak = *std::max_element(head.logits, head.logits + C);
  T sum = 0;
  for (int k = 0; k < C; ++k) sum += head.probabilities[k] = std::exp(head.logits[k] - peak);
  for (int k = 0; k < C; ++k) head.probabilities[k] /= sum;
}

template <class T>
KernelRow row(const char* name, Isa isa, const char* idea) {
  return {.name = name,
          .needs = features_of(isa),
          .storage = own_storage<T>,
          .accuracy = own_accuracy<T>,
          .choice = Choice::automatic,
          .idea = idea};
}

// Taking the addresses runs no code of that instruction set.
template <class T, Isa isa>
StreamKernel<T> simd_stream() {
  using Simd = SimdStream<isa, T>;
  return {row<T>("simd", isa,
                 "gates of a block of units in registers, two chains per sum, weights read in one "
                 "sweep"),
          &Simd::sizes,
          &Simd::pack_cell,
          &Simd::pack_head,
          &Simd::prepare,
          &Simd::step,
          &Simd::attend,
          &Simd::classify};
}

template <class T>
std::vector<StreamKernel<T>> all_rows() {
  return {
    {row<T>("reference", Isa::scalar, "scalar loops in the order of the equations"),
     sizes,
     pack_cell<T>,
     pack_head<T>,
     prepare<T>,
     step<T>,
     attend<T>,
     classify<T>},
#if defined(__x86_64__)
        simd_stream<T, Isa::sse2>(), simd_stream<T, Isa::avx2>(), simd_stream<T, Isa::avx512>(),
#elif defined(__aarch64__)
        simd_stream<T, Isa::neon64>(),
#endif
  };
}

}  // namespace

template <class T>
Registry<StreamKernel<T>>& stream_kernels() {
  static Registry<StreamKernel<T>> registry("streaming", all_rows<T>());
  return registry;
}

template Registry<StreamKernel<float>>& stream_kernels();
template Registry<StreamKernel<double>>& stream_kernels();

}  // namespace sonant::kernels
