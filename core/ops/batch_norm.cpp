#include <sonant/core/ops/batch_norm.h>

#include <cmath>

namespace sonant {
namespace {

using Sums = PoolVector<double>;  // one a feature

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

// Mean and biased variance over the rows of x and P rows of zeros.  docs/batch_norm.md (2), (3)
template <Real T>
void row_statistics(const Tensor<T>& x, std::int64_t zero_rows, Sums& mean, Sums& var) {
  const std::int64_t rows = x.dim(0);
  const std::size_t features = mean.size();
  const double n = static_cast<double>(rows + zero_rows), p = static_cast<double>(zero_rows);
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* x_r = x.data() + static_cast<std::size_t>(r) * features;
    for (std::size_t f = 0; f < features; ++f) mean[f] += static_cast<double>(x_r[f]);
  }
  for (double& m : mean) m /= n;
  for (std::size_t f = 0; f < features; ++f) var[f] = p * mean[f] * mean[f];
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* x_r = x.data() + static_cast<std::size_t>(r) * features;
    for (std::size_t f = 0; f < features; ++f) {
      const double d = static_cast<double>(x_r[f]) - mean[f];
      var[f] += d * d;
    }
  }
  for (double& s : var) s /= n;
}

template <Real T>
void update_running(Tensor<T>& running, const Sums& batch, double momentum, double factor) {
  for (std::size_t f = 0; f < batch.size(); ++f) {
    T& r = running[static_cast<std::int64_t>(f)];
    r = static_cast<T>((1 - momentum) * static_cast<double>(r) + momentum * factor * batch[f]);
  }
}

// Adds the gradients of (1). n is 0 where mean and var were constants, else N + P.
template <Real T>
void add_gradients(const Vjp<T>& v, const PoolVector<T>& mean, const PoolVector<T>& rstd,
                   std::int64_t n) {
  const Tensor<T>&x = v.in(0), &weight = v.in(1), &dy = v.dout();
  const std::int64_t rows = x.dim(0);
  const std::size_t features = mean.size();
  Sums sum_dy(features, 0.0), sum_dy_xhat(features, 0.0);
  for (std::int64_t r = 0; r < rows; ++r) {
    const T *x_r = x.data() + static_cast<std::size_t>(r) * features,
            *dy_r = dy.data() + static_cast<std::size_t>(r) * features;
    for (std::size_t f = 0; f < features; ++f) {
      const T xhat = (x_r[f] - mean[f]) * rstd[f];
      sum_dy[f] += static_cast<double>(dy_r[f]);
      sum_dy_xhat[f] += static_cast<double>(dy_r[f] * xhat);
    }
  }
  for (std::size_t f = 0; f < features; ++f) {
    const auto i = static_cast<std::int64_t>(f);
    if (v.wants(1)) v.din(1)[i] += static_cast<T>(sum_dy_xhat[f]);  // docs/batch_norm.md (6)
    if (v.wants(2)) v.din(2)[i] += static_cast<T>(sum_dy[f]);       // (7)
  }
  if (!v.wants(0)) return;
  // (8): what the statistics take back, per row. Virtual rows have dy = 0, so they are in n only.
  PoolVector<T> scale(features), offset(features), slope(features);
  for (std::size_t f = 0; f < features; ++f) {
    scale[f] = weight[static_cast<std::int64_t>(f)] * rstd[f];
    offset[f] = n == 0 ? T(0) : static_cast<T>(sum_dy[f] / static_cast<double>(n));
    slope[f] = n == 0 ? T(0) : static_cast<T>(sum_dy_xhat[f] / static_cast<double>(n));
  }
  T* dx = v.din(0).data();
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::size_t row = static_cast<std::size_t>(r) * features;
    for (std::size_t f = 0; f < features; ++f) {
      const T xhat = (x.data()[row + f] - mean[f]) * rstd[f];
      dx[row + f] += scale[f] * (dy.data()[row + f] - offset[f] - slope[f] * xhat);
    }
  }
}

}  // namespace

// docs/batch_norm.md (1)-(8)    x (N,D) -> y (N,D)    saves: mean (D), 1/sqrt(var + eps) (D)
template <Real T>
Var<T> batch_norm(Var<T> x, Var<T> weight, Var<T> bias, Tensor<T>& running_mean,
                  Tensor<T>& running_var, const BatchNormOptions& options) {
  check_shapes(x, weight, bias, running_mean, running_var);
  check(options.zero_rows >= 0, "batch_norm", "expects zero_rows >= 0, got ", options.zero_rows);
  const std::int64_t rows = x.dim(0), n = options.training ? rows + options.zero_rows : 0;
  check(!options.training || n > 1, "batch_norm",
        "expects more than 1 value per channel when training, got x ", x.shape());
  const auto features = static_cast<std::size_t>(x.dim(1));
  Sums batch_mean(features, 0.0), batch_var(features, 0.0);
  if (options.training) {
    row_statistics(x.value(), options.zero_rows, batch_mean, batch_var);
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
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::size_t row = static_cast<std::size_t>(r) * features;
    for (std::size_t f = 0; f < features; ++f)
      y.data()[row + f] = (px[row + f] - mean[f]) * rstd[f] * w[f] + b[f];
  }
  return x.tape().record("batch_norm", {x, weight, bias}, std::move(y),
                         [mean = std::move(mean), rstd = std::move(rstd), n](const Vjp<T>& v) {
                           add_gradients(v, mean, rstd, n);
                         });
}

template Var<float> batch_norm(Var<float>, Var<float>, Var<float>, Tensor<float>&, Tensor<float>&,
                               const BatchNormOptions&);
template Var<double> batch_norm(Var<double>, Var<double>, Var<double>, Tensor<double>&,
                                Tensor<double>&, const BatchNormOptions&);

}  // namespace sonant
