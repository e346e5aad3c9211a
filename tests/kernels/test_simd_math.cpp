#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <sonant/core/kernels/isa.h>
#include <sonant/core/kernels/simd.h>
#include <sonant/core/random.h>

#include "support/catch.h"

using namespace sonant;
using kernels::SimdMath;

namespace {

template <class T>
struct Row {
  Isa isa;
  const char* name;
  void (*f)(const T*, T*, std::int64_t);
  long double (*exact)(long double);
  double limit;   // of the error
  bool absolute;  // and not in units of the last place
};

long double exact_sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
long double exact_tanh(long double x) { return std::tanh(x); }

template <class T, Isa isa>
void add_rows(std::vector<Row<T>>& rows) {
  if (!isa_supported(isa)) return;
  using Math = SimdMath<isa, T>;
  const double fast = sizeof(T) == 4 ? 3e-7 : 1e-15;
  rows.push_back({isa, "sigmoid", &Math::sigmoid, exact_sigmoid, 2, false});
  rows.push_back({isa, "tanh", &Math::tanh, exact_tanh, 2, false});
  rows.push_back({isa, "fast sigmoid", &Math::fast_sigmoid, exact_sigmoid, fast, true});
  rows.push_back({isa, "fast tanh", &Math::fast_tanh, exact_tanh, fast, true});
}

template <class T>
std::vector<Row<T>> all_rows() {
  std::vector<Row<T>> rows;
#if defined(__x86_64__)
  add_rows<T, Isa::sse2>(rows);
  add_rows<T, Isa::avx2>(rows);
  add_rows<T, Isa::avx512>(rows);
#elif defined(__aarch64__)
  add_rows<T, Isa::neon64>(rows);
#endif
  return rows;
}

// Both signs of: magnitudes of every order, and an even spread where the functions bend.
template <class T>
std::vector<T> arguments() {
  std::vector<T> x = {T(0), std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
  const Random random(1);
  for (std::uint64_t n = 0; n < 200'000; ++n) {
    const double u = random.uniform(n);
    x.push_back(static_cast<T>(std::exp((u - 0.5) * 2 * 80)));
    x.push_back(static_cast<T>(u * (n % 2 ? 1 : 25)));
    // Where 1 + exp(x) is about to lose its 1.
    x.push_back(static_cast<T>((std::numeric_limits<T>::digits + 2 * u - 1) * std::log(2.0)));
  }
  const std::size_t count = x.size();
  for (std::size_t n = 0; n < count; ++n) x.push_back(-x[n]);
  return x;
}

// In units of the last place of T at `exact`. Below the normal numbers, which may be flushed to
// zero, only the absolute size counts.
template <class T>
double in_ulps(double error, long double exact) {
  constexpr T smallest = std::numeric_limits<T>::min();
  if (std::abs(exact) < 4 * smallest) return error / (4.0 * smallest);
  return std::ldexp(error, std::numeric_limits<T>::digits - 1 - std::ilogb(static_cast<T>(exact)));
}

template <class T>
void check_errors() {
  const std::vector<T> x = arguments<T>();
  std::vector<T> y(x.size());
  for (const Row<T>& row : all_rows<T>()) {
    row.f(x.data(), y.data(), static_cast<std::int64_t>(x.size()));
    double worst = 0;
    T at = 0;
    for (std::size_t n = 0; n < x.size(); ++n) {
      const long double exact = row.exact(static_cast<long double>(x[n]));
      const double difference = static_cast<double>(std::abs(y[n] - exact));
      const double error = row.absolute ? difference : in_ulps<T>(difference, exact);
      if (!(error <= worst)) worst = error, at = x[n];
    }
    INFO(row.name << " " << isa_name(row.isa) << ": " << worst << " at " << at);
    CHECK(worst <= row.limit);
    WARN(row.name << " " << isa_name(row.isa) << ": at most " << worst
                  << (row.absolute ? "" : " ulp") << ", at " << at);
  }
}

template <class T>
void check_special_values() {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  for (const Row<T>& row : all_rows<T>())
    for (std::int64_t count : {1, 3, 16, 19}) {
      const bool tanh = row.exact == exact_tanh;
      const auto all = [&](T value) {
        std::vector<T> x(static_cast<std::size_t>(count), value);
        row.f(x.data(), x.data(), count);
        CHECK(std::all_of(x.begin(), x.end(), [&](T y) { return y == x[0] || y != y; }));
        return x.back();
      };
      INFO(row.name << " " << isa_name(row.isa));
      CHECK(std::isnan(all(nan)));
      CHECK(all(inf) == 1);
      CHECK(all(T(100)) == 1);
      CHECK(all(T(0)) == (tanh ? T(0) : T(0.5)));
      if (tanh) {
        CHECK(all(-inf) == -1);
        CHECK(all(T(-100)) == -1);
      } else {
        CHECK(std::abs(all(-inf)) <= 4 * std::numeric_limits<T>::min());
      }
    }
}

}  // namespace

TEST_CASE("vector sigmoid and tanh are accurate over all of their range", "[kernels]") {
  check_errors<float>();
  check_errors<double>();
}

TEST_CASE("vector sigmoid and tanh pass NaN on and saturate at infinity", "[kernels]") {
  check_special_values<float>();
  check_special_values<double>();
}
