// Softmax over one axis, with an optional mask. docs/softmax.md
#pragma once

#include <sonant/core/autograd.h>

namespace sonant {

// y = exp(x) / sum exp(x) along `axis`.  docs/softmax.md (1)    x and y of one shape
// The largest x is subtracted first, so that exp cannot overflow. Error for an axis without
// elements.
template <Real T>
Var<T> softmax(Var<T> x, int axis = -1);

// y = x - log sum exp(x) along `axis`.  docs/softmax.md (4)
template <Real T>
Var<T> log_softmax(Var<T> x, int axis = -1);

// The same over the elements whose mask is 1. `mask` holds 0 and 1 and broadcasts to x's shape.
// Masked elements get probability exactly 0 (log-probability -infinity) and gradient exactly 0
// whatever x holds there, NaN and infinity included.
// Error for a mask that does not broadcast to x, holds other numbers, or leaves a row nothing.
template <Real T>
Var<T> softmax(Var<T> x, const Tensor<T>& mask, int axis = -1);
template <Real T>
Var<T> log_softmax(Var<T> x, const Tensor<T>& mask, int axis = -1);

}  // namespace sonant
