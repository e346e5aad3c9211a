#include <sonant/core/ops/soft_attention.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <sonant/core/kernels/gemm.h>

namespace sonant {
namespace {

using kernels::gemm;
using kernels::Transpose;

// body(b, row) for every packed row, in the order they lie in memory.
template <class Body>
void for_each_row(const PackedLayout& layout, Body body) {
  for (int t = 0; t < layout.steps(); ++t)
    for (int b = 0; b < layout.active()[static_cast<std::size_t>(t)]; ++b)
      body(b, layout.row(b, t));
}

// Scores -> weights, in place; docs/attention.md (2), (4). The largest score, which may be the zero
// of a padded step, is subtracted first, so that exp cannot overflow.
template <Real T>
void softmax_per_sequence(T* e, const PackedLayout& layout, std::span<const int> zero_steps) {
  const auto batch = static_cast<std::size_t>(layout.batch());
  PoolVector<T> peak(batch), sum(batch);
  const auto zeros = [&](std::size_t b) { return zero_steps.empty() ? 0 : zero_steps[b]; };
  for (std::size_t b = 0; b < batch; ++b)
    peak[b] = zeros(b) > 0 ? std::max(e[b], T(0)) : e[b];  // row b is step 0 of sequence b
  for_each_row(layout, [&](int b, std::int64_t row) {
    T& p = peak[static_cast<std::size_t>(b)];
    p = std::max(p, e[row]);
  });
  for (std::size_t b = 0; b < batch; ++b) sum[b] = static_cast<T>(zeros(b)) * std::exp(-peak[b]);
  for_each_row(layout, [&](int b, std::int64_t row) {
    const auto i = static_cast<std::size_t>(b);
    e[row] = std::exp(e[row] - peak[i]);
    sum[i] += e[row];
  });
  for_each_row(layout,
               [&](int b, std::int64_t row) { e[row] /= sum[static_cast<std::size_t>(b)]; });
}

template <Real T>
void check_arguments(const Packed<T>& h, const Var<T>& u, std::span<const int> zero_steps) {
  check(h.layout != nullptr, "soft_attention", "expects a packed batch with a layout");
  check(h.data.rank() == 2 && h.data.dim(0) == h.layout->rows(), "soft_attention", "expects h (",
        h.layout->rows(), ",H) for the layout, got ", h.data.shape());
  check(u.shape() == Shape({h.data.dim(1), 1}), "soft_attention", "expects u (", h.data.dim(1),
        ",1) for h ", h.data.shape(), ", got ", u.shape());
  check(zero_steps.empty() || static_cast<int>(zero_steps.size()) == h.layout->batch(),
        "soft_attention", "expects zero_steps for ", h.layout->batch(), " sequences, got ",
        zero_steps.size());
  for (int zeros : zero_steps)
    check(zeros >= 0, "soft_attention", "expects zero_steps >= 0, got ", zeros);
}

// docs/attention.md (5)-(8). d_context and d_weights are null where nothing used that output.
template <Real T>
void add_gradients(const Vjp<T>& v, const PackedLayout& layout, const T* d_context,
                   const T* d_weights) {
  const Tensor<T>&h = v.in(0), &u = v.in(1), &alpha = v.out(1);
  const std::int64_t width = h.dim(1), rows = h.dim(0);
  PoolVector<T> de(static_cast<std::size_t>(rows));
  PoolVector<T> mean(static_cast<std::size_t>(layout.batch()), T(0));
  for_each_row(layout, [&](int b, std::int64_t row) {
    T g = d_weights == nullptr ? T(0) : d_weights[row];  // (5): g = d loss / d alpha
    if (d_context != nullptr)
      for (std::int64_t j = 0; j < width; ++j) g += d_context[b * width + j] * h[row * width + j];
    de[static_cast<std::size_t>(row)] = g;
    mean[static_cast<std::size_t>(b)] += alpha[row] * g;
  });
  for_each_row(layout, [&](int b, std::int64_t row) {  // (6)
    T& d = de[static_cast<std::size_t>(row)];
    d = alpha[row] * (d - mean[static_cast<std::size_t>(b)]);
  });
  if (v.wants(0)) {  // (7)
    T* dh = v.din(0).data();
    for_each_row(layout, [&](int b, std::int64_t row) {
      const T d = de[static_cast<std::size_t>(row)], a = alpha[row];
      for (std::int64_t j = 0; j < width; ++j) dh[row * width + j] += d * u[j];
      if (d_context != nullptr)
        for (std::int64_t j = 0; j < width; ++j)
          dh[row * width + j] += a * d_context[b * width + j];
    });
  }
  if (v.wants(1))  // (8): du = h^T de
    gemm(Transpose::yes, Transpose::no, width, 1, rows, T(1), h.data(), width, de.data(), 1, T(1),
         v.din(1).data(), 1);
}

}  // namespace

// docs/attention.md (1)-(8)    h (N,H), u (H,1) -> context (B,H), weights (N,1)    saves: weights
template <Real T>
AttentionOutput<T> soft_attention(const Packed<T>& h, Var<T> u, std::span<const int> zero_steps) {
  check_arguments(h, u, zero_steps);
  const PackedLayout& layout = *h.layout;
  const Tensor<T>& value = h.data.value();
  const std::int64_t rows = value.dim(0), width = value.dim(1);
  auto alpha = Tensor<T>::uninitialized({rows, 1});
  gemm(Transpose::no, Transpose::no, rows, 1, width, T(1), value.data(), width, u.value().data(), 1,
       T(0), alpha.data(), 1);
  softmax_per_sequence(alpha.data(), layout, zero_steps);
  Tensor<T> context({layout.batch(), width});
  for_each_row(layout, [&](int b, std::int64_t row) {
    const T a = alpha[row];
    for (std::int64_t j = 0; j < width; ++j) context[b * width + j] += a * value[row * width + j];
  });
  const std::array inputs = {h.data, u};
  std::array values = {std::move(context), std::move(alpha)};
  const auto out =
      h.data.tape().record("soft_attention", std::span<const Var<T>>(inputs),
                           std::span<Tensor<T>>(values), [layout = h.layout](const Vjp<T>& v) {
                             add_gradients(v, *layout, v.has_dout(0) ? v.dout(0).data() : nullptr,
                                           v.has_dout(1) ? v.dout(1).data() : nullptr);
                           });
  return {out[0], out[1]};
}

template AttentionOutput<float> soft_attention(const Packed<float>&, Var<float>,
                                               std::span<const int>);
template AttentionOutput<double> soft_attention(const Packed<double>&, Var<double>,
                                                std::span<const int>);

}  // namespace sonant
