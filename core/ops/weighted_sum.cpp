#include <sonant/core/ops/weighted_sum.h>

#include <cmath>

namespace sonant {

// x_k () -> y ()    saves: w [K]
template <Real T>
Var<T> weighted_sum(std::span<const Var<T>> x, std::span<const double> weights) {
  constexpr const char* op = "weighted_sum";
  check(!x.empty() && x.size() == weights.size(), op,
        "expects at least one value and as many weights, got ", x.size(), " and ", weights.size());
  double sum = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    check(x[k].shape().rank() == 0, op, "expects single numbers (), got ", x[k].shape());
    check(std::isfinite(weights[k]), op, "expects weights that are finite, got ", weights[k]);
    if (weights[k] != 0) sum += weights[k] * static_cast<double>(x[k].item());
  }
  return x[0].tape().record(
      op, x, Tensor<T>::scalar(static_cast<T>(sum)),
      [w = PoolVector<double>(weights.begin(), weights.end())](const Vjp<T>& v) {
        for (std::size_t k = 0; k < w.size(); ++k) {
          const int input = static_cast<int>(k);
          if (w[k] != 0 && v.wants(input)) v.din(input)[0] += static_cast<T>(w[k]) * v.dout()[0];
        }
      });
}

template Var<float> weighted_sum(std::span<const Var<float>>, std::span<const double>);
template Var<double> weighted_sum(std::span<const Var<double>>, std::span<const double>);

}  // namespace sonant
