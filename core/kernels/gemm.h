// General matrix product on raw row-major memory: OpenBLAS, and a naive reference beside it.
#pragma once

#include <cstdint>
#include <string>

#include <sonant/core/real.h>

namespace sonant::kernels {

enum class Transpose { no, yes };

// C = alpha op(A) op(B) + beta C with op(A) (m,k), op(B) (k,n), C (m,n), all row-major.
// lda, ldb, ldc: elements between the starts of neighbouring rows as the matrix is stored, that is
// (k,m) for a transposed A and (n,k) for a transposed B. beta == 0 overwrites C, whatever it held.
// Any size may be zero. C must not overlap A or B. Error for an extent beyond 2^31 - 1.
//
// OpenBLAS runs one thread here: threads are core/parallel's business. Calls from several threads
// at once are safe.
template <Real T>
void gemm(Transpose ta, Transpose tb, std::int64_t m, std::int64_t n, std::int64_t k, T alpha,
          const T* a, std::int64_t lda, const T* b, std::int64_t ldb, T beta, T* c,
          std::int64_t ldc);

// The specification: three loops, every element of C summed over k in order.
template <Real T>
void gemm_reference(Transpose ta, Transpose tb, std::int64_t m, std::int64_t n, std::int64_t k,
                    T alpha, const T* a, std::int64_t lda, const T* b, std::int64_t ldb, T beta,
                    T* c, std::int64_t ldc);

// What OpenBLAS chose at run time: the core its kernels are for ("SkylakeX", "Haswell"; the
// environment variable OPENBLAS_CORETYPE overrides it), and how it was built to run in parallel
// ("sequential", "pthreads", "OpenMP").
std::string blas_core_name();
std::string blas_parallel_kind();

}  // namespace sonant::kernels
