#include <sonant/core/kernels/gemm.h>
#include <sonant/core/random.h>

#include <cmath>
#include <limits>

#include "support/catch.h"

using namespace sonant;
using kernels::Transpose;

namespace {

template <class T>
Tensor<T> normal(Shape shape, std::uint64_t seed) {
  auto t = Tensor<T>::uninitialized(shape);
  Random(seed).fill_normal(t.span(), T(0), T(1));
  return t;
}

// Largest |gemm - gemm_reference| over all of C, whose rows are longer than n: the rest must stay.
template <class T>
double worst_difference(Transpose ta, Transpose tb, std::int64_t m, std::int64_t n, std::int64_t k,
                        T alpha, T beta) {
  const auto lda = (ta == Transpose::no ? k : m) + 2, ldb = (tb == Transpose::no ? n : k) + 1;
  const auto a = normal<T>({(ta == Transpose::no ? m : k), lda}, 1);
  const auto b = normal<T>({(tb == Transpose::no ? k : n), ldb}, 2);
  auto c = normal<T>({m, n + 3}, 3);
  auto expected = c;
  kernels::gemm(ta, tb, m, n, k, alpha, a.data(), lda, b.data(), ldb, beta, c.data(), n + 3);
  kernels::gemm_reference(ta, tb, m, n, k, alpha, a.data(), lda, b.data(), ldb, beta,
                          expected.data(), n + 3);
  double worst = 0;
  for (std::int64_t i = 0; i < c.size(); ++i)
    worst = std::max(worst, std::abs(double(c[i]) - double(expected[i])));
  return worst;
}

}  // namespace

TEMPLATE_TEST_CASE("gemm equals its reference", "[kernels][gemm]", float, double) {
  using T = TestType;
  const double tolerance = 64 * 8 * double(std::numeric_limits<T>::epsilon());
  for (auto ta : {Transpose::no, Transpose::yes})
    for (auto tb : {Transpose::no, Transpose::yes})
      for (std::int64_t m : {0, 1, 7, 33})
        for (std::int64_t n : {0, 1, 8, 31})
          for (std::int64_t k : {0, 1, 9, 64})
            for (T beta : {T(0), T(1), T(-0.5)}) {
              INFO("m " << m << " n " << n << " k " << k << " beta " << beta << " transposed "
                        << int(ta) << int(tb));
              CHECK(worst_difference<T>(ta, tb, m, n, k, T(1.5), beta) <= tolerance);
            }
}

TEST_CASE("gemm with beta = 0 overwrites what was not a number", "[kernels][gemm]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor<double> a({1, 2}, {1, 2}), b({2, 1}, {3, 4});
  for (std::int64_t k : {2, 0}) {
    double c = nan, expected = nan;
    kernels::gemm(Transpose::no, Transpose::no, 1, 1, k, 1.0, a.data(), 2, b.data(), 1, 0.0, &c, 1);
    kernels::gemm_reference(Transpose::no, Transpose::no, 1, 1, k, 1.0, a.data(), 2, b.data(), 1,
                            0.0, &expected, 1);
    CHECK(c == (k == 2 ? 11.0 : 0.0));
    CHECK(expected == c);
  }
}

TEST_CASE("gemm refuses extents that BLAS cannot count", "[kernels][gemm]") {
  const float x = 1;
  float y = 0;
  CHECK_THROWS_WITH(kernels::gemm(Transpose::no, Transpose::no, 1, 1, std::int64_t{1} << 32, 1.0f,
                                  &x, 1, &x, 1, 0.0f, &y, 1),
                    ContainsSubstring("4294967296"));
}

TEST_CASE("the BLAS names its core and its threads", "[kernels][gemm]") {
  CHECK_FALSE(kernels::blas_core_name().empty());
  CHECK_FALSE(kernels::blas_parallel_kind().empty());
}
