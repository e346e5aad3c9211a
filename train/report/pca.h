// Principal component analysis of a few hundred rows: directions in which they vary most.
#pragma once

#include <vector>

#include <sonant/core/tensor.h>

namespace sonant {

struct SymmetricEigen {
  std::vector<double> values;  // [n], largest first
  Tensor<double> vectors;      // (n,n), vectors(i,k): component i of the k-th, of length 1
};
// Of a symmetric (n,n) matrix, by Jacobi's rotations (Golub & Van Loan, Matrix Computations, 8.5):
// short, accurate to the last bits, and the same on every machine, which is worth more here than
// LAPACK's speed. Error if the matrix is not symmetric.
SymmetricEigen symmetric_eigen(Tensor<double> a);

struct Pca {
  Tensor<double> scores;          // (n,k): the rows in the new coordinates, whose means are 0
  std::vector<double> explained;  // [k]: the share of all variance that lies along each
};
// The first k components of x (n,F), not scaled, from the covariance in double. The sign of a
// component is such that its largest weight is positive. If the rows are all the same, scores and
// shares are 0. Error unless n >= 2 and 1 <= k <= F, or if a value is not finite.
Pca principal_components(const Tensor<float>& x, int k);

}  // namespace sonant
