// Layer normalisation (Ba et al., arXiv:1607.06450).
#pragma once

#include <sonant/core/autograd.h>

namespace sonant {

// y = weight (x - mean) / sqrt(var + eps) + bias; mean and var (biased) over the last axis, for
// each row by itself, accumulated in double.    x (...,D), weight (D), bias (D) -> y (...,D) With
// xhat = (x - mean) / sqrt(var + eps), g = weight dy and means over D:
//   dx = (g - mean(g) - xhat mean(g xhat)) / sqrt(var + eps)
//   dweight = sum over rows of dy xhat,   dbias = sum over rows of dy
// Error for D = 0.
template <Real T>
Var<T> layer_norm(Var<T> x, Var<T> weight, Var<T> bias, double eps = 1e-5);

}  // namespace sonant
