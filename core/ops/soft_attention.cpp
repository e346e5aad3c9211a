#include <sonant/core/ops/soft_attention.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <sonant/core/parallel.h>

namespace sonant {
namespace {

// The sequences are worked on in shards, as many as the work is worth: every shards-th sequence, so
// that each has long ones and short ones.
int shard_count(const PackedLayout& layout, std::int64_t width) {
  return std::min(light_shards(layout.rows() * width), layout.batch());
}

// body(b, row) for the packed rows of a shard's sequences, in the order they lie in memory.
template <class Body>
void for_each_row(const PackedLayout& layout, int shards, int shard, Body body) {
  for (int t = 0; t < layout.steps(); ++t)
    for (int b = shard; b < layout.active()[static_cast<std::size_t>(t)]; b += shards)
      body(static_cast<std::size_t>(b), layout.row(b, t));
}

// Eight sums side by side: additions that wait for each other take four times as long.
template <Real T>
T dot(const T* a, const T* b, std::int64_t count) {
  constexpr std::int64_t lanes = 8;
  T sums[lanes] = {};
  std::int64_t j = 0;
  for (; j + lanes <= count; j += lanes)
    for (std::int64_t lane = 0; lane < lanes; ++lane) sums[lane] += a[j + lane] * b[j + lane];
  for (; j < count; ++j) sums[0] += a[j] * b[j];
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

template <Real T>
void add_scaled(T factor, const T* x, T* y, std::int64_t count) {
  for (std::int64_t j = 0; j < count; ++j) y[j] += factor * x[j];
}

// Scores -> weights, in place; docs/attention.md (2), (4). The largest score, which may be the zero
// of a padded step, is subtracted first, so that exp cannot overflow. peak and sum: scratch, (B).
template <Real T, class EachRow>
void softmax_per_sequence(T* e, std::span<const int> zero_steps, T* peak, T* sum,
                          const EachRow& each_row) {
  // A sequence's first row, that of step 0, has its own number.
  const auto zeros = [&](std::size_t b) { return zero_steps.empty() ? 0 : zero_steps[b]; };
  const auto is_first = [](std::size_t b, std::int64_t row) {
    return row == static_cast<std::int64_t>(b);
  };
  each_row([&](std::size_t b, std::int64_t row) {
    if (is_first(b, row)) peak[b] = zeros(b) > 0 ? std::max(e[row], T(0)) : e[row];
    peak[b] = std::max(peak[b], e[row]);
  });
  each_row([&](std::size_t b, std::int64_t row) {
    if (is_first(b, row)) sum[b] = static_cast<T>(zeros(b)) * std::exp(-peak[b]);
    e[row] = std::exp(e[row] - peak[b]);
    sum[b] += e[row];
  });
  each_row([&](std::size_t b, std::int64_t row) { e[row] /= sum[b]; });
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
  const std::int64_t width = h.dim(1);
  const int shards = shard_count(layout, width);
  PoolVector<T> de(static_cast<std::size_t>(layout.rows()));
  PoolVector<T> mean(static_cast<std::size_t>(layout.batch()), T(0));
  Tensor<T> du({shards, width});  // of each shard
  T* dh = v.wants(0) ? v.din(0).data() : nullptr;
  parallel_shards(shards, [&](int shard) {
    const auto each_row = [&](auto body) { for_each_row(layout, shards, shard, body); };
    each_row([&](std::size_t b, std::int64_t row) {
      T g = d_weights == nullptr ? T(0) : d_weights[row];  // (5): g = d loss / d alpha
      if (d_context != nullptr)
        g += dot(d_context + static_cast<std::int64_t>(b) * width, h.data() + row * width, width);
      de[static_cast<std::size_t>(row)] = g;
      mean[b] += alpha[row] * g;
    });
    T* du_shard = du.data() + shard * width;
    each_row([&](std::size_t b, std::int64_t row) {
      const T a = alpha[row], d = a * (de[static_cast<std::size_t>(row)] - mean[b]);  // (6)
      add_scaled(d, h.data() + row * width, du_shard, width);                         // (8)
      if (dh == nullptr) return;
      add_scaled(d, u.data(), dh + row * width, width);  // (7)
      if (d_context != nullptr)
        add_scaled(a, d_context + static_cast<std::int64_t>(b) * width, dh + row * width, width);
    });
  });
  if (!v.wants(1)) return;
  for (int shard = 0; shard < shards; ++shard)
    add_scaled(T(1), du.data() + shard * width, v.din(1).data(), width);
}

}  // namespace

// docs/attention.md (1)-(8)    h (N,H), u (H,1) -> context (B,H), weights (N,1)    saves: weights
template <Real T>
AttentionOutput<T> soft_attention(const Packed<T>& h, Var<T> u, std::span<const int> zero_steps) {
  check_arguments(h, u, zero_steps);
  const PackedLayout& layout = *h.layout;
  const T *rows = h.data.value().data(), *vector = u.value().data();
  const std::int64_t width = h.data.dim(1);
  const auto batch = static_cast<std::size_t>(layout.batch());
  auto alpha = Tensor<T>::uninitialized({layout.rows(), 1});
  PoolVector<T> peak(batch), sum(batch);
  Tensor<T> context({layout.batch(), width});
  const int shards = shard_count(layout, width);
  parallel_shards(shards, [&](int shard) {
    const auto each_row = [&](auto body) { for_each_row(layout, shards, shard, body); };
    each_row([&](std::size_t, std::int64_t row) {
      alpha[row] = dot(rows + row * width, vector, width);
    });
    softmax_per_sequence(alpha.data(), zero_steps, peak.data(), sum.data(), each_row);
    each_row([&](std::size_t b, std::int64_t row) {
      add_scaled(alpha[row], rows + row * width,
                 context.data() + static_cast<std::int64_t>(b) * width, width);
    });
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
