#include <sonant/core/ops/regression_losses.h>

#include <cmath>

namespace sonant {
namespace {

void check_targets(const char* op, const Shape& x, std::span<const double> targets,
                   std::size_t fewest) {
  check((x.rank() == 1 || (x.rank() == 2 && x.dim(1) == 1)) &&
            x.dim(0) >= static_cast<std::int64_t>(fewest),
        op, "expects at least ", fewest, " predictions (B) or (B,1), got ", x);
  check(static_cast<std::int64_t>(targets.size()) == x.dim(0), op, "expects ", x.dim(0),
        " targets for predictions ", x, ", got ", targets.size());
  for (double y : targets) check(std::isfinite(y), op, "expects targets that are finite, got ", y);
}

}  // namespace

// docs/losses.md (4)    x (B) or (B,1) -> loss ()    saves: 2 (x - y) / B
template <Real T>
Var<T> mean_squared_error(Var<T> x, std::span<const double> targets) {
  check_targets("mean_squared_error", x.shape(), targets, 1);
  const auto n = static_cast<double>(targets.size());
  auto slope = Tensor<T>::uninitialized(x.shape());
  double sum = 0;
  for (std::size_t b = 0; b < targets.size(); ++b) {
    const auto i = static_cast<std::int64_t>(b);
    const double error = static_cast<double>(x.value()[i]) - targets[b];
    sum += error * error;
    slope[i] = static_cast<T>(2 * error / n);
  }
  return x.tape().record("mean_squared_error", {x}, Tensor<T>::scalar(static_cast<T>(sum / n)),
                         [slope = std::move(slope)](const Vjp<T>& v) {
                           T* dx = v.din().data();
                           for (std::int64_t b = 0; b < slope.size(); ++b)
                             dx[b] += v.dout()[0] * slope[b];
                         });
}

// docs/losses.md (5)-(7)    x (B) or (B,1) -> loss ()    saves: d loss / dx
template <Real T>
Var<T> concordance_loss(Var<T> x, std::span<const double> targets) {
  check_targets("concordance_loss", x.shape(), targets, 2);
  const auto n = static_cast<double>(targets.size());
  const auto at = [&](std::size_t b) {
    return static_cast<double>(x.value()[static_cast<std::int64_t>(b)]);
  };
  double mx = 0, my = 0;
  for (std::size_t b = 0; b < targets.size(); ++b) mx += at(b) / n, my += targets[b] / n;
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t b = 0; b < targets.size(); ++b) {
    const double dx = at(b) - mx, dy = targets[b] - my;
    xx += dx * dx / n, yy += dy * dy / n, xy += dx * dy / n;
  }
  const double d = xx + yy + (mx - my) * (mx - my);
  const double ccc = d > 0 ? 2 * xy / d : 0.0, scale = d > 0 ? -2 / (n * d) : 0.0;
  auto slope = Tensor<T>::uninitialized(x.shape());
  for (std::size_t b = 0; b < targets.size(); ++b) {
    slope[static_cast<std::int64_t>(b)] =
        static_cast<T>(scale * (targets[b] - my - ccc * (at(b) - my)));
  }
  return x.tape().record("concordance_loss", {x}, Tensor<T>::scalar(static_cast<T>(1 - ccc)),
                         [slope = std::move(slope)](const Vjp<T>& v) {
                           T* dx = v.din().data();
                           for (std::int64_t b = 0; b < slope.size(); ++b)
                             dx[b] += v.dout()[0] * slope[b];
                         });
}

template Var<float> mean_squared_error(Var<float>, std::span<const double>);
template Var<double> mean_squared_error(Var<double>, std::span<const double>);
template Var<float> concordance_loss(Var<float>, std::span<const double>);
template Var<double> concordance_loss(Var<double>, std::span<const double>);

}  // namespace sonant
