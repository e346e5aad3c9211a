// Matrix products on the tape. docs/autograd.md (4).
#pragma once

#include <sonant/core/autograd.h>

namespace sonant {

struct MatmulOptions {
  bool transpose_a = false;  // a is stored (...,K,M)
  bool transpose_b = false;  // b is stored (...,N,K)
};

// Y = op(A) op(B):  a (...,M,K), b (...,K,N) -> y (...,M,N). The leading (batch) axes broadcast as
// in NumPy. dA = dY op(B)', dB = op(A)' dY, summed over the batches an argument was repeated for.
// Error for a rank below 2, and where the inner extents or the batch axes do not fit.
template <Real T>
Var<T> matmul(Var<T> a, Var<T> b, MatmulOptions options = {});

// Y = X W' + bias:  x (...,D), w (O,D) as PyTorch stores it, bias (O) -> y (...,O).
// dX = dY W, dW = dY' X, dbias = the sum of dY's rows.
template <Real T>
Var<T> linear(Var<T> x, Var<T> w);
template <Real T>
Var<T> linear(Var<T> x, Var<T> w, Var<T> bias);

}  // namespace sonant
