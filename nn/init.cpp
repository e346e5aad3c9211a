#include <sonant/nn/init.h>

#include <cmath>
#include <vector>

namespace sonant {
namespace {

thread_local bool skipped = false;

template <Real T>
double fan_sum(const Tensor<T>& w, const char* op) {
  check(w.rank() >= 2 && w.size() > 0, op, "expects weights (out,in,...), got shape ", w.shape());
  const std::int64_t taps = w.size() / (w.dim(0) * w.dim(1));
  return static_cast<double>((w.dim(0) + w.dim(1)) * taps);
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

template <Real T>
void xavier_uniform(Tensor<T>& w, const Random& random) {
  if (skipped) return;
  const double bound = std::sqrt(6.0 / fan_sum(w, "xavier_uniform"));
  random.fill_uniform(w.span(), static_cast<T>(-bound), static_cast<T>(bound));
}

template <Real T>
void xavier_normal(Tensor<T>& w, const Random& random) {
  if (skipped) return;
  const double deviation = std::sqrt(2.0 / fan_sum(w, "xavier_normal"));
  random.fill_normal(w.span(), T(0), static_cast<T>(deviation));
}

template <Real T>
void orthogonal(Tensor<T>& w, const Random& random) {
  check(w.rank() == 2, "orthogonal", "expects a matrix, got shape ", w.shape());
  if (skipped) return;
  const std::int64_t rows = w.dim(0), columns = w.dim(1);
  const bool tall = rows >= columns;
  const auto length = static_cast<std::size_t>(tall ? rows : columns);
  std::vector<std::vector<double>> basis(static_cast<std::size_t>(tall ? columns : rows),
                                         std::vector<double>(length));
  // Gram-Schmidt in double: its R has a positive diagonal, which is the sign convention that makes
  // Q uniform. Projecting twice keeps the columns orthogonal to rounding error.
  for (std::size_t k = 0; k < basis.size(); ++k) {
    std::vector<double>& q = basis[k];
    random.fill_normal(std::span<double>(q), 0.0, 1.0, k * length);
    for (int pass = 0; pass < 2; ++pass)
      for (std::size_t j = 0; j < k; ++j) {
        const double projection = dot(basis[j], q);
        for (std::size_t i = 0; i < length; ++i) q[i] -= projection * basis[j][i];
      }
    const double norm = std::sqrt(dot(q, q));
    for (double& x : q) x /= norm;
  }
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) {
      const auto k = static_cast<std::size_t>(tall ? j : i);
      w[i * columns + j] = static_cast<T>(basis[k][static_cast<std::size_t>(tall ? i : j)]);
    }
}

WithoutInitialWeights::WithoutInitialWeights() : before_(skipped) { skipped = true; }
WithoutInitialWeights::~WithoutInitialWeights() { skipped = before_; }

template void xavier_uniform(Tensor<float>&, const Random&);
template void xavier_uniform(Tensor<double>&, const Random&);
template void xavier_normal(Tensor<float>&, const Random&);
template void xavier_normal(Tensor<double>&, const Random&);
template void orthogonal(Tensor<float>&, const Random&);
template void orthogonal(Tensor<double>&, const Random&);

}  // namespace sonant
