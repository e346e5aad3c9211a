// Several losses as one.
#pragma once

#include <span>

#include <sonant/core/autograd.h>

namespace sonant {

// y = sum_k w_k x_k  (0 terms are left out, so that a NaN in them does no harm).    dx_k = w_k dy
// x_k () each, w [K] -> y ().  Error for no x at all, another number of w, and one that is not
// finite.
template <Real T>
Var<T> weighted_sum(std::span<const Var<T>> x, std::span<const double> weights);

}  // namespace sonant
