#include "ladder.h"

#include <algorithm>
#include <cmath>

#include <sonant/core/kernels/float_mode.h>
#include <sonant/core/kernels/gemm.h>
#include <sonant/core/kernels/lstm_cell.h>
#include <sonant/core/kernels/simd.h>
#include <sonant/core/parallel.h>
#include <sonant/core/random.h>

namespace sonant::bench {
namespace {

using kernels::Gate;
using kernels::LstmForward;
using kernels::LstmStep;
using kernels::Transpose;
using Index = std::int64_t;

kernels::LstmSizes sizes(int D, int H, const kernels::LstmRows& rows) {
  const Index G = Gate::count * H, sequences = kernels::lstm_sequences(rows);
  const Index gates = kernels::lstm_row_count(rows) * G;
  return {.prepared = (D + H + 1) * G,
          .saved = 0,
          .forward_workspace = gates + (2 * sequences + 1) * H,
          .backward_workspace = 0};
}

// C (rows,n) += A (rows,depth) B (depth,n), one row at a time. The innermost loop runs over
// neighbouring elements that do not depend on each other.
void add_rows(Index rows, Index n, Index depth, const float* a, const float* b, float* c) {
  for (Index m = 0; m < rows; ++m)
    for (Index k = 0; k < depth; ++k)
      for (Index q = 0; q < n; ++q) c[m * n + q] += a[m * depth + k] * b[k * n + q];
}

void add_gemm(Index rows, Index n, Index depth, const float* a, const float* b, float* c) {
  kernels::gemm<float>(Transpose::no, Transpose::no, rows, n, depth, 1, a, depth, b, n, 1, c, n);
}

struct VectorMath {
  Map sigmoid, tanh, fast_sigmoid, fast_tanh;
};

template <Isa isa>
VectorMath math_of() {
  using Math = kernels::SimdMath<isa, float>;
  return {Math::sigmoid, Math::tanh, Math::fast_sigmoid, Math::fast_tanh};
}

// With these features, as simd's best row has.
VectorMath math_with(CpuFeatures features) {
#if defined(__x86_64__)
  if (features_of(Isa::avx512).is_subset_of(features)) return math_of<Isa::avx512>();
  if (features_of(Isa::avx2).is_subset_of(features)) return math_of<Isa::avx2>();
  return math_of<Isa::sse2>();
#else
  return math_of<Isa::neon64>();
#endif
}

const VectorMath& vector_math() {
  static const VectorMath math = math_with(active_features());
  return math;
}

template <float (*f)(float)>
void each(const float* x, float* y, std::int64_t count) {
  for (std::int64_t n = 0; n < count; ++n) y[n] = f(x[n]);
}
float scalar_sigmoid(float x) { return 1 / (1 + std::exp(-x)); }
float scalar_tanh(float x) { return std::tanh(x); }

// As kernels::cell_forward, but each function in one pass over its gates.
void vector_gates(int H, float* gates, float* c, float* h) {
  const VectorMath& math = vector_math();
  math.sigmoid(gates + Gate::i * H, gates + Gate::i * H, 2 * H);  // f lies behind i
  math.tanh(gates + Gate::g * H, gates + Gate::g * H, H);
  math.sigmoid(gates + Gate::o * H, gates + Gate::o * H, H);
  for (int u = 0; u < H; ++u)
    c[u] = gates[Gate::f * H + u] * c[u] + gates[Gate::i * H + u] * gates[Gate::g * H + u];
  math.tanh(c, h, H);
  for (int u = 0; u < H; ++u) h[u] *= gates[Gate::o * H + u];
}

// docs/lstm.md (1)-(6): the input's part of all gates, then step by step the recurrent part and the
// activations. For one shard, whose rows then lie together.
template <auto add_product, auto activate>
void forward(const LstmForward<float>& p) {
  const int D = p.input, H = p.hidden, G = Gate::count * H;
  const Index rows = kernels::lstm_row_count(p.rows), states = kernels::lstm_sequences(p.rows) * H;
  const float *w_ih = p.prepared, *w_hh = w_ih + Index{D} * G, *bias = w_hh + Index{H} * G;
  float *gates = p.workspace, *h = gates + rows * G, *c = h + states;
  std::fill_n(h, 2 * states, 0.0f);
  for (Index n = 0; n < rows; ++n) std::copy_n(bias, G, gates + n * G);
  add_product(rows, G, D, p.x, w_ih, gates);
  for (int k = 0; k < p.rows.steps; ++k) {
    const LstmStep step = kernels::lstm_step(p.rows, k);
    add_product(step.active, G, H, h, w_hh, gates);
    for (Index j = 0; j < step.active; ++j, gates += G) activate(H, gates, c + j * H, h + j * H);
    std::copy_n(h, Index{step.active} * H, p.h + step.row * H);
  }
}

Tensor<float> normal(Shape shape, std::uint64_t stream, float stddev) {
  Tensor<float> t(shape);
  Random(64, stream).fill_normal(t.span(), 0.0f, stddev);
  return t;
}

// What differs from `blas`, whose prepared parameters these take.
kernels::LstmKernel<float> forward_row(const char* name, const char* idea,
                                       void (*forward)(const LstmForward<float>&)) {
  kernels::LstmKernel<float> row = kernels::lstm_kernels<float>().find("blas");
  row.name = name;
  row.idea = idea;
  row.sizes = sizes;
  row.forward = forward;
  row.backward = nullptr;
  return row;
}

}  // namespace

std::vector<Activation> activations() {
  const VectorMath& math = vector_math();
  return {{"sigmoid", each<scalar_sigmoid>, math.sigmoid, math.fast_sigmoid},
          {"tanh", each<scalar_tanh>, math.tanh, math.fast_tanh}};
}

kernels::LstmKernel<float> exchanged_loops() {
  return forward_row("exchanged loops", "gates innermost",
                     forward<add_rows, kernels::cell_forward<float>>);
}

kernels::LstmKernel<float> blas_vector_gates() {
  return forward_row("blas, vector gates", "activations in passes",
                     forward<add_gemm, vector_gates>);
}

LayerForward::LayerForward(const kernels::LstmKernel<float>& kernel, int input, int hidden,
                           std::span<const int> lengths, Split split)
    : kernel_(kernel) {
  const std::int64_t N = PackedLayout(lengths).rows(), D = input, H = hidden;
  const float scale = 1.0f / std::sqrt(static_cast<float>(H));
  x_ = normal({N, D}, 0, 1.0f);
  w_ih_ = normal({4 * H, D}, 1, scale);
  w_hh_ = normal({4 * H, H}, 2, scale);
  b_ih_ = normal({4 * H}, 3, 0.1f);
  b_hh_ = normal({4 * H}, 4, 0.1f);
  h_ = Tensor<float>({N, H});
  LstmForward<float> args{};
  args.input = input;
  args.hidden = hidden;
  args.parameters = {w_ih_.data(), w_hh_.data(), b_ih_.data(), b_hh_.data()};
  args.x = x_.data();
  args.h = h_.data();
  if (split.one_by_one) {
    std::int64_t workspace = 0;
    for (int length : lengths) {
      workspace = std::max(workspace, add_call(args, std::span(&length, 1), 0, 1));
      args.x += length * D;
      args.h += length * H;
    }
    workspaces_.emplace_back(Shape{workspace});
    for (LstmForward<float>& call : arguments_) call.workspace = workspaces_[0].data();
  } else {
    for (int shard = 0; shard < split.shards; ++shard) {
      workspaces_.emplace_back(Shape{add_call(args, lengths, shard, split.shards)});
      arguments_.back().workspace = workspaces_.back().data();
    }
  }
  prepared_ = Tensor<float>({kernel.sizes(input, hidden, arguments_[0].rows).prepared});
  for (LstmForward<float>& call : arguments_) call.prepared = prepared_.data();
  if (kernel.prepare)
    kernel.prepare(input, hidden, args.parameters, kernels::LstmPart::forward, prepared_.data());
}

// Returns the size of the workspace it needs.
std::int64_t LayerForward::add_call(LstmForward<float> call, std::span<const int> lengths,
                                    int shard, int shards) {
  const PackedLayout& layout = *layouts_.emplace_back(std::make_unique<PackedLayout>(lengths));
  call.rows = {layout.first_row().data(), layout.active().data(), layout.steps(), shard, shards};
  arguments_.push_back(call);
  return kernel_.sizes(call.input, call.hidden, call.rows).forward_workspace;
}

void LayerForward::run() {
  parallel_shards(static_cast<int>(arguments_.size()), [&](int call) {
    const kernels::FlushDenormals guard;
    kernel_.forward(arguments_[static_cast<std::size_t>(call)]);
  });
}

}  // namespace sonant::bench
