// Matrix products on the tape. docs/autograd.md (6)
#pragma once

#include <sonant/core/autograd.h>

namespace sonant {

struct MatmulOptions {
  bool transpose_a = false;  // a is stored (...,K,M)
  bool transpose_b = false;  // b is stored (...,N,K)
};

// Y = op(A) op(B) with the usual letters of matrix products: a (...,M,K), b (...,K,N) ->
// y (...,M,N). The leading (batch) axes broadcast as in NumPy. dA = dY op(B)^T, dB = op(A)^T dY,
// summed over the batches an argument was repeated for.
// Error for a rank below 2, and where the inner extents or the batch axes do not fit.
template <Real T>
Var<T> matmul(Var<T> a, Var<T> b, MatmulOptions options = {});

// Y = X W^T + bias:  x (...,D), w (H,D) as PyTorch stores it, bias (H) -> y (...,H).
// dX = dY W, dW = dY^T X, dbias = the sum of dY's rows.
template <Real T>
Var<T> linear(Var<T> x, Var<T> w);
template <Real T>
Var<T> linear(Var<T> x, Var<T> w, Var<T> bias);

}  // namespace sonant
