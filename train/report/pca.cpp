#include <sonant/train/report/pca.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sonant {
namespace {

// Turns the plane of axes p and q so that a(p,q) becomes 0, and the columns of v with it.
void rotate(Tensor<double>& a, Tensor<double>& v, std::int64_t p, std::int64_t q) {
  if (a(p, q) == 0) return;
  const double theta = (a(q, q) - a(p, p)) / (2 * a(p, q));
  const double t = std::copysign(1 / (std::abs(theta) + std::hypot(theta, 1)), theta);
  const double c = 1 / std::hypot(t, 1), s = t * c;
  const auto turn = [&](double& x, double& y) {
    const double old = x;
    x = c * old - s * y;
    y = s * old + c * y;
  };
  const std::int64_t n = a.dim(0);
  for (std::int64_t k = 0; k < n; ++k) turn(a(k, p), a(k, q));
  for (std::int64_t k = 0; k < n; ++k) turn(a(p, k), a(q, k));
  for (std::int64_t k = 0; k < n; ++k) turn(v(k, p), v(k, q));
}

double off_diagonal(const Tensor<double>& a) {
  double sum = 0;
  for (std::int64_t i = 0; i < a.dim(0); ++i)
    for (std::int64_t j = 0; j < i; ++j) sum += a(i, j) * a(i, j);
  return sum;
}

Tensor<double> centred(const Tensor<float>& x) {
  const std::int64_t n = x.dim(0), F = x.dim(1);
  Tensor<double> y = x.to<double>();
  for (std::int64_t f = 0; f < F; ++f) {
    double mean = 0;
    for (std::int64_t i = 0; i < n; ++i) mean += y(i, f) / static_cast<double>(n);
    check(std::isfinite(mean), "principal_components", "expects finite values, column ", f,
          " has others");
    for (std::int64_t i = 0; i < n; ++i) y(i, f) -= mean;
  }
  return y;
}

}  // namespace

SymmetricEigen symmetric_eigen(Tensor<double> a) {
  const std::int64_t n = a.rank() == 2 ? a.dim(0) : 0;
  check(n >= 1 && a.dim(1) == n, "symmetric_eigen", "expects (n,n), got ", a.shape());
  double size = 0;
  for (double v : a.span()) size += v * v;
  Tensor<double> v({n, n});
  for (std::int64_t i = 0; i < n; ++i) {
    v(i, i) = 1;
    for (std::int64_t j = 0; j < i; ++j)
      check(std::abs(a(i, j) - a(j, i)) <= 1e-12 * std::sqrt(size), "symmetric_eigen",
            "expects a symmetric matrix, got ", a(i, j), " and ", a(j, i));
  }
  constexpr int most_sweeps = 60;  // quadratic convergence: about ten are needed
  for (int sweep = 0; sweep < most_sweeps && off_diagonal(a) > 1e-30 * size; ++sweep)
    for (std::int64_t p = 0; p < n; ++p)
      for (std::int64_t q = p + 1; q < n; ++q) rotate(a, v, p, q);

  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t i, std::int64_t j) { return a(i, i) > a(j, j); });
  SymmetricEigen result{{}, Tensor<double>({n, n})};
  for (std::int64_t k = 0; k < n; ++k) {
    const std::int64_t from = order[static_cast<std::size_t>(k)];
    result.values.push_back(a(from, from));
    for (std::int64_t i = 0; i < n; ++i) result.vectors(i, k) = v(i, from);
  }
  return result;
}

Pca principal_components(const Tensor<float>& x, int k) {
  check(x.rank() == 2 && x.dim(0) >= 2 && k >= 1 && k <= x.dim(1), "principal_components",
        "expects at least 2 rows and 1 to F components, got ", x.shape(), " and ", k);
  const std::int64_t n = x.dim(0), F = x.dim(1);
  const Tensor<double> y = centred(x);
  Tensor<double> covariance({F, F});
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t f = 0; f < F; ++f)
      for (std::int64_t g = 0; g < F; ++g)
        covariance(f, g) += y(i, f) * y(i, g) / static_cast<double>(n - 1);
  const SymmetricEigen eigen = symmetric_eigen(covariance);
  const double total = std::accumulate(eigen.values.begin(), eigen.values.end(), 0.0);

  Pca pca{Tensor<double>({n, k}), {}};
  for (std::int64_t c = 0; c < k; ++c) {
    double largest = 0;
    for (std::int64_t f = 0; f < F; ++f)
      if (std::abs(eigen.vectors(f, c)) > std::abs(largest)) largest = eigen.vectors(f, c);
    const double sign = largest < 0 ? -1 : 1;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t f = 0; f < F; ++f) pca.scores(i, c) += sign * eigen.vectors(f, c) * y(i, f);
    const double share = eigen.values[static_cast<std::size_t>(c)] / total;
    pca.explained.push_back(total > 0 ? std::max(0.0, share) : 0);
  }
  return pca;
}

}  // namespace sonant
