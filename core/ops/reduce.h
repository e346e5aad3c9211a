// Sums, means and maxima over axes. docs/autograd.md (7)
#pragma once

#include <vector>

#include <sonant/core/autograd.h>

namespace sonant {

enum class KeepDim {
  no,   // the reduced axes disappear
  yes,  // they stay with extent 1, so that the result broadcasts against x
};

// `axes`: which axes to reduce, in any order, negative ones count from the end. Error for an axis
// that x does not have, or that is named twice. Without axes: all of them, the result is ().

// y = sum x (0 where there is nothing to add), accumulated in double.  dx = dy.
template <Real T>
Var<T> sum(Var<T> x, const std::vector<int>& axes, KeepDim keep = KeepDim::no);
template <Real T>
Var<T> sum(Var<T> x);

// y = sum x / n, n elements reduced to one; Error for n = 0.  dx = dy / n.
template <Real T>
Var<T> mean(Var<T> x, const std::vector<int>& axes, KeepDim keep = KeepDim::no);
template <Real T>
Var<T> mean(Var<T> x);

// y = the largest x, NaN if there is one; Error where there is no element to choose from.
// dy goes to the first of equal maxima (row-major order), and to no other.
template <Real T>
Var<T> max(Var<T> x, const std::vector<int>& axes, KeepDim keep = KeepDim::no);
template <Real T>
Var<T> max(Var<T> x);

}  // namespace sonant
