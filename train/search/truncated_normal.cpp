#include <sonant/train/search/truncated_normal.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace sonant {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kLogSqrt2Pi = 0.5 * std::log(2 * std::numbers::pi);

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

// log(e^p + e^q) and log(e^p - e^q), p >= q.
double log_sum(double p, double q) {
  if (p < q) std::swap(p, q);
  return p == -kInfinity ? p : p + std::log1p(std::exp(q - p));
}
double log_difference(double p, double q) {
  return p == -kInfinity ? p : p + std::log1p(-std::exp(q - p));
}

// Phi(x) = phi(x)/|x| (1 - 1/x^2 + 1*3/x^4 - 1*3*5/x^6 ...). At x <= -20 the terms fall below the
// last bit long before they grow again.
double log_cdf_of_tail(double x) {
  double sum = 1, term = 1;
  for (int i = 1; std::abs(term) > std::numeric_limits<double>::epsilon(); ++i) {
    term *= -(2 * i - 1) / (x * x);
    sum += term;
  }
  return -0.5 * x * x - std::log(-x) - kLogSqrt2Pi + std::log(sum);
}

}  // namespace

double log_normal_cdf(double x) {
  if (x < -20) return log_cdf_of_tail(x);
  // To the right it is the small rest that has the digits.
  return x > 0 ? std::log1p(-normal_cdf(-x)) : std::log(normal_cdf(x));
}

double log_normal_mass(double a, double b) {
  if (a > 0) return log_normal_mass(-b, -a);  // the left tail has the digits
  if (b <= 0) return log_difference(log_normal_cdf(b), log_normal_cdf(a));
  return std::log1p(-normal_cdf(a) - normal_cdf(-b));
}

double log_truncated_pdf(double x, double a, double b) {
  if (x < a || x > b) return -kInfinity;
  return -0.5 * x * x - kLogSqrt2Pi - log_normal_mass(a, b);
}

double truncated_quantile(double q, double a, double b) {
  if (q <= 0) return a;
  if (q >= 1) return b;
  if (a >= 0) return -truncated_quantile(1 - q, -b, -a);
  const double wanted = log_sum(log_normal_cdf(a), std::log(q) + log_normal_mass(a, b));
  for (;;) {
    const double middle = a + (b - a) / 2;
    if (middle <= a || middle >= b) return middle;
    (log_normal_cdf(middle) < wanted ? a : b) = middle;
  }
}

}  // namespace sonant
