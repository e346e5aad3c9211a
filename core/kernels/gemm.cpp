#include <sonant/core/kernels/gemm.h>

#include <cblas.h>

#include <algorithm>
#include <limits>

#include <sonant/core/error.h>

namespace sonant::kernels {
namespace {

// BLAS threads would fight with the pool of core/parallel, and would make results depend on their
// number. Set once, before the first product.
void keep_blas_single_threaded() {
  [[maybe_unused]] static const bool done = [] {
    openblas_set_num_threads(1);
    return true;
  }();
}

blasint narrow(std::int64_t extent) {
  check(extent >= 0 && extent <= std::numeric_limits<blasint>::max(), "gemm", "extent ", extent,
        " is outside BLAS's range 0 to ", std::numeric_limits<blasint>::max());
  return static_cast<blasint>(extent);
}

CBLAS_TRANSPOSE blas_transpose(Transpose t) {
  return t == Transpose::no ? CblasNoTrans : CblasTrans;
}

// C *= beta, where 0 * NaN is 0 as BLAS has it.
template <Real T>
void scale_rows(std::int64_t m, std::int64_t n, T beta, T* c, std::int64_t ldc) {
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      c[i * ldc + j] = beta == T(0) ? T(0) : beta * c[i * ldc + j];
}

}  // namespace

template <Real T>
void gemm(Transpose ta, Transpose tb, std::int64_t m, std::int64_t n, std::int64_t k, T alpha,
          const T* a, std::int64_t lda, const T* b, std::int64_t ldb, T beta, T* c,
          std::int64_t ldc) {
  if (m == 0 || n == 0) return;
  if (k == 0) return scale_rows(m, n, beta, c, ldc);  // BLAS objects to leading dimensions of 0
  keep_blas_single_threaded();
  const auto product = [](auto... arguments) {
    if constexpr (std::same_as<T, float>) {
      cblas_sgemm(arguments...);
    } else {
      cblas_dgemm(arguments...);
    }
  };
  product(CblasRowMajor, blas_transpose(ta), blas_transpose(tb), narrow(m), narrow(n), narrow(k),
          alpha, a, narrow(lda), b, narrow(ldb), beta, c, narrow(ldc));
}

template <Real T>
void gemm_reference(Transpose ta, Transpose tb, std::int64_t m, std::int64_t n, std::int64_t k,
                    T alpha, const T* a, std::int64_t lda, const T* b, std::int64_t ldb, T beta,
                    T* c, std::int64_t ldc) {
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      T sum = 0;
      for (std::int64_t p = 0; p < k; ++p) {
        const T x = ta == Transpose::no ? a[i * lda + p] : a[p * lda + i];
        const T y = tb == Transpose::no ? b[p * ldb + j] : b[j * ldb + p];
        sum += x * y;
      }
      T& out = c[i * ldc + j];
      out = alpha * sum + (beta == T(0) ? T(0) : beta * out);
    }
  }
}

std::string blas_core_name() { return openblas_get_corename(); }

std::string blas_parallel_kind() {
  switch (openblas_get_parallel()) {
    case OPENBLAS_SEQUENTIAL:
      return "sequential";
    case OPENBLAS_OPENMP:
      return "OpenMP";
    default:
      return "pthreads";
  }
}

template void gemm(Transpose, Transpose, std::int64_t, std::int64_t, std::int64_t, float,
                   const float*, std::int64_t, const float*, std::int64_t, float, float*,
                   std::int64_t);
template void gemm(Transpose, Transpose, std::int64_t, std::int64_t, std::int64_t, double,
                   const double*, std::int64_t, const double*, std::int64_t, double, double*,
                   std::int64_t);
template void gemm_reference(Transpose, Transpose, std::int64_t, std::int64_t, std::int64_t, float,
                             const float*, std::int64_t, const float*, std::int64_t, float, float*,
                             std::int64_t);
template void gemm_reference(Transpose, Transpose, std::int64_t, std::int64_t, std::int64_t, double,
                             const double*, std::int64_t, const double*, std::int64_t, double,
                             double*, std::int64_t);

}  // namespace sonant::kernels
