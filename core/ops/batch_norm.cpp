#include <sonant/core/ops/batch_norm.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include <sonant/core/ops/shard_moments.h>
#include <sonant/core/parallel.h>

namespace sonant {
namespace {

using Sums = PoolVector<double>;  // one per feature

template <Real T>
void check_shapes(const Var<T>& x, const Var<T>& weight, const Var<T>& bias,
                  const Tensor<T>& running_mean, const Tensor<T>& running_var) {
  check(x.rank() == 2, "batch_norm", "expects x (N,D), got ", x.shape());
  const auto expects = [&](const char* what, const Shape& shape) {
    check(shape == Shape{x.dim(1)}, "batch_norm", "expects ", what, " (", x.dim(1), ") for x ",
          x.shape(), ", got ", shape);
  };
  expects("weight", weight.shape());
  expects("bias", bias.shape());
  expects("running_mean", running_mean.shape());
  expects("running_var", running_var.shape());
}

// How many parts the rows are worked on in: a function of the shape alone.
int part_count(std::int64_t rows, std::size_t features) {
  const int parts = light_shards(rows * static_cast<std::int64_t>(features));
  return static_cast<int>(std::min<std::int64_t>(parts, rows));
}

// body(where a row begins) for all rows, on all threads.
template <class Body>
void parallel_rows(std::int64_t rows, std::size_t features, const Body& body) {
  const int parts = part_count(rows, features);
  parallel_shards(parts, [&](int part) {
    const Range range = shard_range(rows, parts, part);
    for (std::int64_t r = range.begin; r < range.end; ++r)
      body(static_cast<std::size_t>(r) * features);
  });
}

// One part of the rows: sums a feature, each accumulated in double.
struct Part {
  Range rows;
  double *first, *second;  // (D)
};

// Calls body(part) for parts of the rows, on all threads, and returns the sums of both kinds, which
// body finds as zeros: [part][kind][feature].
template <class Body>
Sums row_parts(std::int64_t rows, std::size_t features, const Body& body) {
  const int parts = part_count(rows, features);
  Sums sums(2 * features * static_cast<std::size_t>(parts), 0.0);
  parallel_shards(parts, [&](int part) {
    double* first = sums.data() + 2 * features * static_cast<std::size_t>(part);
    body(Part{shard_range(rows, parts, part), first, first + features});
  });
  return sums;
}

// Calls body(count, at, f) for every feature f of `count` rows, four at a time and then one, of
// which the first has the feature at `at`: what they add up to goes to memory once.
template <class Body>
void each_four_rows(Range rows, std::size_t features, const Body& body) {
  std::int64_t r = rows.begin;
  for (; r + 4 <= rows.end; r += 4)
    for (std::size_t f = 0; f < features; ++f)
      body(std::integral_constant<std::size_t, 4>(), static_cast<std::size_t>(r) * features + f, f);
  for (; r < rows.end; ++r)
    for (std::size_t f = 0; f < features; ++f)
      body(std::integral_constant<std::size_t, 1>(), static_cast<std::size_t>(r) * features + f, f);
}

// Mean and biased variance over the rows of x and P rows of zeros.  docs/batch_norm.md (2), (3)
// A part counts from its first row, so that its squares lose no digits however far from zero the
// values are; what the parts' means differ by comes on top: Chan, Golub & LeVeque 1979.
template <Real T>
void row_statistics(const Tensor<T>& x, std::int64_t zero_rows, Sums& mean, Sums& var) {
  const std::int64_t rows = x.dim(0);
  const std::size_t features = mean.size();
  const Sums sums = row_parts(rows, features, [&](const Part& part) {
    const T *px = x.data(), *origin = px + static_cast<std::size_t>(part.rows.begin) * features;
    double *sum = part.first, *squares = part.second;
    each_four_rows(part.rows, features, [=](auto count, std::size_t at, std::size_t f) {
      const auto zero = static_cast<double>(origin[f]);
      double s = 0, q = 0;
      for (std::size_t k = 0; k < count; ++k) {
        const double d = static_cast<double>(px[at + k * features]) - zero;
        s += d;
        q += d * d;
      }
      sum[f] += s;
      squares[f] += q;
    });
    const auto count = static_cast<double>(part.rows.end - part.rows.begin);
    for (std::size_t f = 0; f < features; ++f) {
      const double offset = sum[f] / count;
      squares[f] -= offset * sum[f];
      sum[f] = static_cast<double>(origin[f]) + offset;  // the mean from here on
    }
  });
  const int parts = static_cast<int>(sums.size() / (2 * features));
  const double n = static_cast<double>(rows + zero_rows), p = static_cast<double>(zero_rows);
  // body(rows of the part, its means, its squares)
  const auto each_part = [&](auto body) {
    for (int k = 0; k < parts; ++k) {
      const Range range = shard_range(rows, parts, k);
      const double* first = sums.data() + 2 * features * static_cast<std::size_t>(k);
      body(static_cast<double>(range.end - range.begin), first, first + features);
    }
  };
  each_part([&](double count, const double* means, const double*) {
    for (std::size_t f = 0; f < features; ++f) mean[f] += count / n * means[f];
  });
  for (std::size_t f = 0; f < features; ++f) var[f] = p / n * mean[f] * mean[f];
  each_part([&](double count, const double* means, const double* squares) {
    for (std::size_t f = 0; f < features; ++f) {
      const double d = means[f] - mean[f];
      var[f] += (squares[f] + count * d * d) / n;
    }
  });
}

template <Real T>
void update_running(Tensor<T>& running, const Sums& batch, double momentum, double factor) {
  for (std::size_t f = 0; f < batch.size(); ++f) {
    T& r = running[static_cast<std::int64_t>(f)];
    r = static_cast<T>((1 - momentum) * static_cast<double>(r) + momentum * factor * batch[f]);
  }
}

// Adds the gradients of (1). n is 0 where mean and var were constants, else N + P, of all shards.
template <Real T>
void add_gradients(const Vjp<T>& v, const PoolVector<T>& mean, const PoolVector<T>& rstd,
                   std::int64_t n, Exchange* others) {
  const Tensor<T>&x = v.in(0), &weight = v.in(1), &dy = v.dout();
  const std::int64_t rows = x.dim(0);
  const std::size_t features = mean.size();
  Sums sums = row_parts(rows, features, [&](const Part& part) {
    double *sum_dy = part.first, *sum_dy_xhat = part.second;
    const T *px = x.data(), *pdy = dy.data(), *pmean = mean.data(), *prstd = rstd.data();
    each_four_rows(part.rows, features, [=](auto count, std::size_t at, std::size_t f) {
      double s = 0, q = 0;
      for (std::size_t k = 0; k < count; ++k) {
        const T dy_rf = pdy[at + k * features];
        const T xhat = (px[at + k * features] - pmean[f]) * prstd[f];
        s += static_cast<double>(dy_rf);
        q += static_cast<double>(dy_rf * xhat);
      }
      sum_dy[f] += s;
      sum_dy_xhat[f] += q;
    });
  });
  for (std::size_t k = 2 * features; k < sums.size(); ++k) sums[k % (2 * features)] += sums[k];
  sums.resize(2 * features);
  const double *sum_dy = sums.data(), *sum_dy_xhat = sum_dy + features;
  for (std::size_t f = 0; f < features; ++f) {
    const auto i = static_cast<std::int64_t>(f);
    if (v.wants(1)) v.din(1)[i] += static_cast<T>(sum_dy_xhat[f]);  // docs/batch_norm.md (6)
    if (v.wants(2)) v.din(2)[i] += static_cast<T>(sum_dy[f]);       // (7)
  }
  if (!v.wants(0)) return;
  if (n > 0) join_sums(others, sums);
  // (8): what the statistics take back, per row. Virtual rows have dy = 0, so they are in n only.
  PoolVector<T> scale(features), offset(features), slope(features);
  for (std::size_t f = 0; f < features; ++f) {
    scale[f] = weight[static_cast<std::int64_t>(f)] * rstd[f];
    offset[f] = n == 0 ? T(0) : static_cast<T>(sum_dy[f] / static_cast<double>(n));
    slope[f] = n == 0 ? T(0) : static_cast<T>(sum_dy_xhat[f] / static_cast<double>(n));
  }
  T* dx = v.din(0).data();
  parallel_rows(rows, features, [&](std::size_t row) {
    for (std::size_t f = 0; f < features; ++f) {
      const T xhat = (x.data()[row + f] - mean[f]) * rstd[f];
      dx[row + f] += scale[f] * (dy.data()[row + f] - offset[f] - slope[f] * xhat);
    }
  });
}

}  // namespace

// docs/batch_norm.md (1)-(8)    x (N,D) -> y (N,D)    saves: mean (D), 1/sqrt(var + eps) (D)
template <Real T>
Var<T> batch_norm(Var<T> x, Var<T> weight, Var<T> bias, Tensor<T>& running_mean,
                  Tensor<T>& running_var, const BatchNormOptions& options) {
  check_shapes(x, weight, bias, running_mean, running_var);
  check(options.zero_rows >= 0, "batch_norm", "expects zero_rows >= 0, got ", options.zero_rows);
  const std::int64_t rows = x.dim(0);
  std::int64_t n = options.training ? rows + options.zero_rows : 0;
  const auto features = static_cast<std::size_t>(x.dim(1));
  Exchange* const others = x.tape().exchange();
  Sums batch_mean(features, 0.0), batch_var(features, 0.0);
  if (options.training) {
    row_statistics(x.value(), options.zero_rows, batch_mean, batch_var);
    n = join_moments(others, n, batch_mean, batch_var);
    check(n > 1, "batch_norm", "expects more than 1 value per channel when training, got x ",
          x.shape());
    const double unbiased = static_cast<double>(n) / static_cast<double>(n - 1);
    update_running(running_mean, batch_mean, options.momentum, 1.0);
    update_running(running_var, batch_var, options.momentum, unbiased);
  } else {
    batch_mean.assign(running_mean.span().begin(), running_mean.span().end());
    batch_var.assign(running_var.span().begin(), running_var.span().end());
  }
  PoolVector<T> mean(batch_mean.begin(), batch_mean.end()), rstd(features);
  for (std::size_t f = 0; f < features; ++f)
    rstd[f] = static_cast<T>(1 / std::sqrt(batch_var[f] + options.eps));

  auto y = Tensor<T>::uninitialized(x.shape());
  const T *px = x.value().data(), *w = weight.value().data(), *b = bias.value().data();
  parallel_rows(rows, features, [&](std::size_t row) {
    for (std::size_t f = 0; f < features; ++f)
      y.data()[row + f] = (px[row + f] - mean[f]) * rstd[f] * w[f] + b[f];
  });
  return x.tape().record("batch_norm", {x, weight, bias}, std::move(y),
                         [mean = std::move(mean), rstd = std::move(rstd), n,
                          others](const Vjp<T>& v) { add_gradients(v, mean, rstd, n, others); });
}

template Var<float> batch_norm(Var<float>, Var<float>, Var<float>, Tensor<float>&, Tensor<float>&,
                               const BatchNormOptions&);
template Var<double> batch_norm(Var<double>, Var<double>, Var<double>, Tensor<double>&,
                                Tensor<double>&, const BatchNormOptions&);

}  // namespace sonant
