// Comparing tensors in tests, and random tensors to compare.
#pragma once

#include <sonant/core/gradcheck.h>
#include <sonant/core/random.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "support/catch.h"

namespace sonant::test {

// Passes if shapes are equal and |a - b| <= absolute + relative |b| everywhere; else says where the
// worst element is and how far over the limit it lies. Two NaNs, or two equal infinities, agree.
class Closeness {
 public:
  template <Real T, Real U>
  Closeness(const Tensor<T>& a, const Tensor<U>& b, double relative, double absolute) {
    std::ostringstream text;
    if (a.shape() != b.shape()) {
      text << "shapes differ: " << a.shape() << " and " << b.shape();
      message_ = text.str();
      return;
    }
    double worst = -1;
    for (std::int64_t i = 0; i < a.size(); ++i) {
      const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
      if (x == y || (std::isnan(x) && std::isnan(y))) continue;
      const double used = std::abs(x - y) / (absolute + relative * std::abs(y));
      if (!(used > worst) && !std::isnan(used)) continue;
      worst = std::isnan(used) ? HUGE_VAL : used;
      text.str("");
      text.precision(17);
      text << "worst at element " << i << " of " << a.shape() << ": " << x << " against " << y;
      text.precision(3);
      text << ", " << worst << " times the limit";
    }
    close_ = worst <= 1;
    message_ = text.str();
  }
  explicit operator bool() const { return close_; }
  friend std::ostream& operator<<(std::ostream& out, const Closeness& c) {
    return out << c.message_;
  }

 private:
  bool close_ = false;
  std::string message_;
};

// CHECK(close(a, b)) prints the worst element when it fails. b is the expectation.
template <Real T, Real U>
Closeness close(const Tensor<T>& a, const Tensor<U>& b, double relative = 1e-12,
                double absolute = 0) {
  return Closeness(a, b, relative, absolute);
}

// Independent standard normal numbers; another seed, other numbers.
template <Real T = double>
Tensor<T> normal(Shape shape, std::uint64_t seed = 1) {
  auto t = Tensor<T>::uninitialized(shape);
  Random(seed).fill_normal(t.span(), T(0), T(1));
  return t;
}

// Independent numbers in [low, high).
template <Real T = double>
Tensor<T> uniform(Shape shape, double low, double high, std::uint64_t seed = 1) {
  auto t = Tensor<T>::uninitialized(shape);
  Random(seed).fill_uniform(t.span(), static_cast<T>(low), static_cast<T>(high));
  return t;
}

}  // namespace sonant::test

namespace Catch {
template <>
struct StringMaker<sonant::test::Closeness> {
  static std::string convert(const sonant::test::Closeness& c) {
    std::ostringstream out;
    out << c;
    return out.str();
  }
};
template <>
struct StringMaker<sonant::GradcheckReport> {
  static std::string convert(const sonant::GradcheckReport& report) {
    std::ostringstream out;
    out << report;
    return out.str();
  }
};
}  // namespace Catch
