#include <sonant/core/ops/soft_attention.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <sonant/core/parallel.h>

namespace sonant {
namespace {

// Where the caller's row of the sequence sorted to place b begins.
std::int64_t callers(const PackedLayout& layout, int b, std::int64_t width) {
  return layout.order()[static_cast<std::size_t>(b)] * width;
}

// The steps are worked on in shards of nearly equal numbers of rows, as many as the work is worth,
// so that each shard's rows lie together in memory.
int shard_count(const PackedLayout& layout, std::int64_t width) {
  return std::min(light_shards(layout.rows() * width), layout.steps());
}

// body(b, row) for the packed rows of a shard's steps, in the order they lie in memory.
template <class Body>
void for_each_row(const PackedLayout& layout, int shards, int shard, Body body) {
  const auto first = layout.first_row();
  const Range rows = shard_range(layout.rows(), shards, shard);
  auto t = std::lower_bound(first.begin(), first.end(), rows.begin) - first.begin();
  for (; first[static_cast<std::size_t>(t)] < rows.end; ++t) {
    const std::int64_t row = first[static_cast<std::size_t>(t)];
    for (int b = 0; b < layout.active()[static_cast<std::size_t>(t)]; ++b) body(b, row + b);
  }
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

// One shard of the softmax and of the mean it weighs, relative to the largest score in the shard,
// so that exp cannot overflow.
template <Real T>
struct Partial {
  T *peak, *sum;  // (B): largest score, sum of exp(score - peak)
  T* context;     // (B,H): sum of exp(score - peak) h
};

// docs/attention.md (1), (2). Leaves exp(score - peak) in e.
template <Real T, class EachRow>
void attend(const T* h, const T* u, std::int64_t width, const Partial<T>& mine, T* e,
            const EachRow& each_row) {
  each_row([&](int b, std::int64_t row) {
    e[row] = dot(h + row * width, u, width);
    mine.peak[b] = std::max(mine.peak[b], e[row]);
  });
  each_row([&](int b, std::int64_t row) {
    e[row] = std::exp(e[row] - mine.peak[b]);
    mine.sum[b] += e[row];
    add_scaled(e[row], h + row * width, mine.context + b * width, width);
  });
}

// Puts the shards of sequence b together. Adds its context, and leaves in each shard's `sum` what
// its exponentials must be multiplied with to become weights. `zeros` padded steps have the score
// 0: docs/attention.md (4).
template <Real T>
void combine(std::span<const Partial<T>> shards, int b, int zeros, std::int64_t width, T* context) {
  T peak = zeros > 0 ? T(0) : -std::numeric_limits<T>::infinity();
  for (const Partial<T>& shard : shards) peak = std::max(peak, shard.peak[b]);
  T sum = zeros > 0 ? static_cast<T>(zeros) * std::exp(-peak) : T(0);
  for (const Partial<T>& shard : shards)
    if (shard.sum[b] != 0) sum += shard.sum[b] * std::exp(shard.peak[b] - peak);
  for (const Partial<T>& shard : shards) {
    if (shard.sum[b] == 0) continue;  // no rows of b
    shard.sum[b] = std::exp(shard.peak[b] - peak) / sum;
    add_scaled(shard.sum[b], shard.context + b * width, context, width);
  }
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
  const Tensor<T>&h = v.in(0), &u = v.in(1), &context = v.out(0), &alpha = v.out(1);
  const std::int64_t width = h.dim(1);
  const int shards = shard_count(layout, width);
  // (6): sum_t alpha_t g_t of each sequence, which needs no pass over h.
  PoolVector<T> mean(static_cast<std::size_t>(layout.batch()), T(0));
  for (int b = 0; d_context != nullptr && b < layout.batch(); ++b)
    mean[static_cast<std::size_t>(b)] = dot(d_context + callers(layout, b, width),
                                            context.data() + callers(layout, b, width), width);
  if (d_weights != nullptr)
    for_each_row(layout, 1, 0, [&](int b, std::int64_t row) {
      mean[static_cast<std::size_t>(b)] += alpha[row] * d_weights[row];
    });
  Tensor<T> du({shards, width});  // of each shard
  T* dh = v.wants(0) ? v.din(0).data() : nullptr;
  parallel_shards(shards, [&](int shard) {
    T* du_shard = du.data() + shard * width;
    for_each_row(layout, shards, shard, [&](int b, std::int64_t row) {
      const T* h_row = h.data() + row * width;
      const T* dc = d_context == nullptr ? nullptr : d_context + callers(layout, b, width);
      T g = d_weights == nullptr ? T(0) : d_weights[row];  // (5): g = d loss / d alpha
      if (d_context != nullptr) g += dot(dc, h_row, width);
      const T a = alpha[row], d = a * (g - mean[static_cast<std::size_t>(b)]);  // (6)
      add_scaled(d, h_row, du_shard, width);                                    // (8)
      if (dh == nullptr) return;
      add_scaled(d, u.data(), dh + row * width, width);  // (7)
      if (d_context != nullptr) add_scaled(a, dc, dh + row * width, width);
    });
  });
  if (!v.wants(1)) return;
  for (int shard = 0; shard < shards; ++shard)
    add_scaled(T(1), du.data() + shard * width, v.din(1).data(), width);
}

}  // namespace

// docs/attention.md (1)-(8)    h (N,H), u (H,1) -> context (B,H), weights (N,1)
// saves: context, weights
template <Real T>
AttentionOutput<T> soft_attention(const Packed<T>& h, Var<T> u, std::span<const int> zero_steps) {
  check_arguments(h, u, zero_steps);
  const PackedLayout& layout = *h.layout;
  const T *rows = h.data.value().data(), *vector = u.value().data();
  const std::int64_t width = h.data.dim(1), batch = layout.batch();
  auto alpha = Tensor<T>::uninitialized({layout.rows(), 1});
  Tensor<T> context({batch, width});
  const int shards = shard_count(layout, width);
  Tensor<T> scratch({shards, batch, width + 2});
  PoolVector<Partial<T>> partial;
  for (int shard = 0; shard < shards; ++shard) {
    T* mine = scratch.data() + shard * batch * (width + 2);
    partial.push_back({mine, mine + batch, mine + 2 * batch});
    std::fill_n(mine, batch, -std::numeric_limits<T>::infinity());
  }
  parallel_shards(shards, [&](int shard) {
    attend(rows, vector, width, partial[static_cast<std::size_t>(shard)], alpha.data(),
           [&](auto body) { for_each_row(layout, shards, shard, body); });
  });
  for (int b = 0; b < layout.batch(); ++b) {
    const auto caller = static_cast<std::size_t>(callers(layout, b, 1));
    combine(std::span<const Partial<T>>(partial), b, zero_steps.empty() ? 0 : zero_steps[caller],
            width, context.data() + callers(layout, b, width));
  }
  parallel_shards(shards, [&](int shard) {
    const T* scale = partial[static_cast<std::size_t>(shard)].sum;
    for_each_row(layout, shards, shard, [&](int b, std::int64_t row) { alpha[row] *= scale[b]; });
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
