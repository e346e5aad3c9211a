// Initialisers, as in torch.nn.init. Each fills its tensor from one stream of random numbers, so
// give every tensor its own: random.split(k).
#pragma once

#include <sonant/core/random.h>
#include <sonant/core/tensor.h>

namespace sonant {

// For a matrix (fan_out, fan_in): Glorot & Bengio 2010, eq. 16. Of a convolution's weights
// (O,C,R,S) both fans count R*S times. Error for rank 0 or 1.
// Uniform in +-sqrt(6 / (fan_in + fan_out)).
template <Real T>
void xavier_uniform(Tensor<T>& w, const Random& random);
// Normal with variance 2 / (fan_in + fan_out).
template <Real T>
void xavier_normal(Tensor<T>& w, const Random& random);

// The columns (of a wide matrix: the rows) become orthonormal, uniformly over all such matrices:
// Saxe et al. 2014, through the QR decomposition of normal numbers with R's diagonal positive.
// Error unless w has rank 2.
template <Real T>
void orthogonal(Tensor<T>& w, const Random& random);

// As long as one lives, the initialisers of its thread leave tensors as they are: for a model whose
// weights are about to be read from a file.
class WithoutInitialWeights {
 public:
  WithoutInitialWeights();
  ~WithoutInitialWeights();
  WithoutInitialWeights(const WithoutInitialWeights&) = delete;
  WithoutInitialWeights& operator=(const WithoutInitialWeights&) = delete;

 private:
  bool before_;
};

}  // namespace sonant
