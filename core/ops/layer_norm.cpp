#include <sonant/core/ops/layer_norm.h>

#include <cmath>

namespace sonant {
namespace {

// 1/sqrt(var + eps) of one row, and its mean.
template <Real T>
std::pair<T, T> mean_and_rstd(const T* x, std::int64_t features, double eps) {
  const double n = static_cast<double>(features);
  double mean = 0, var = 0;
  for (std::int64_t f = 0; f < features; ++f) mean += static_cast<double>(x[f]);
  mean /= n;
  for (std::int64_t f = 0; f < features; ++f) {
    const double d = static_cast<double>(x[f]) - mean;
    var += d * d;
  }
  return {static_cast<T>(mean), static_cast<T>(1 / std::sqrt(var / n + eps))};
}

}  // namespace

// saves: mean and 1/sqrt(var + eps), one of each per row
template <Real T>
Var<T> layer_norm(Var<T> x, Var<T> weight, Var<T> bias, double eps) {
  check(x.rank() >= 1 && x.dim(-1) > 0, "layer_norm", "expects x (...,D) with D > 0, got ",
        x.shape());
  const std::int64_t features = x.dim(-1), rows = x.value().size() / features;
  for (const auto& parameter : {weight, bias})
    check(parameter.shape() == Shape{features}, "layer_norm", "expects weight and bias (", features,
          ") for x ", x.shape(), ", got ", parameter.shape());
  PoolVector<std::pair<T, T>> statistics;
  auto y = Tensor<T>::uninitialized(x.shape());
  const T *w = weight.value().data(), *b = bias.value().data();
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* x_r = x.value().data() + r * features;
    const auto [mean, rstd] = statistics.emplace_back(mean_and_rstd(x_r, features, eps));
    for (std::int64_t f = 0; f < features; ++f)
      y[r * features + f] = (x_r[f] - mean) * rstd * w[f] + b[f];
  }
  return x.tape().record(
      "layer_norm", {x, weight, bias}, std::move(y),
      [statistics = std::move(statistics), features](const Vjp<T>& v) {
        const T* weights = v.in(1).data();
        T* dx = v.wants(0) ? v.din(0).data() : nullptr;
        T* dw = v.wants(1) ? v.din(1).data() : nullptr;
        T* db = v.wants(2) ? v.din(2).data() : nullptr;
        const double n = static_cast<double>(features);
        for (std::size_t r = 0; r < statistics.size(); ++r) {
          const std::size_t row = r * static_cast<std::size_t>(features);
          const T *x_r = v.in(0).data() + row, *dy_r = v.dout().data() + row;
          const auto [mean, rstd] = statistics[r];
          double sum_g = 0, sum_g_xhat = 0;
          for (std::int64_t f = 0; f < features; ++f) {
            const T xhat = (x_r[f] - mean) * rstd, g = weights[f] * dy_r[f];
            sum_g += static_cast<double>(g);
            sum_g_xhat += static_cast<double>(g * xhat);
            if (dw != nullptr) dw[f] += dy_r[f] * xhat;
            if (db != nullptr) db[f] += dy_r[f];
          }
          if (dx == nullptr) continue;
          const T mean_g = static_cast<T>(sum_g / n), mean_g_xhat = static_cast<T>(sum_g_xhat / n);
          for (std::int64_t f = 0; f < features; ++f) {
            const T xhat = (x_r[f] - mean) * rstd, g = weights[f] * dy_r[f];
            dx[row + static_cast<std::size_t>(f)] += rstd * (g - mean_g - xhat * mean_g_xhat);
          }
        }
      });
}

template Var<float> layer_norm(Var<float>, Var<float>, Var<float>, double);
template Var<double> layer_norm(Var<double>, Var<double>, Var<double>, double);

}  // namespace sonant
