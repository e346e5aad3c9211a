// Ops that move numbers about and compute nothing. Every derivative moves the gradient back.
//
// An axis may be negative: it counts from the end. Errors name the op and the shapes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include <sonant/core/packed.h>

namespace sonant {

// The same numbers under another shape; one extent may be -1, it is inferred.
template <Real T>
Var<T> reshape(Var<T> x, std::initializer_list<std::int64_t> dims);

// y's axis i is x's axis axes[i]; each axis exactly once. transpose swaps two.
template <Real T>
Var<T> permute(Var<T> x, const std::vector<int>& axes);
template <Real T>
Var<T> transpose(Var<T> x, int axis_a = -2, int axis_b = -1);

// One after the other along `axis`; all other extents must be equal. Error for an empty list.
template <Real T>
Var<T> concat(std::span<const Var<T>> parts, int axis);
template <Real T>
Var<T> concat(const std::vector<Var<T>>& parts, int axis) {
  return concat(std::span<const Var<T>>(parts), axis);
}
template <Real T>
Var<T> concat(std::initializer_list<Var<T>> parts, int axis) {
  return concat(std::span<const Var<T>>(parts.begin(), parts.size()), axis);
}

// Elements begin, ..., end-1 along `axis`, 0 <= begin <= end <= extent.
template <Real T>
Var<T> slice(Var<T> x, int axis, std::int64_t begin, std::int64_t end);

// y's element k along `axis` is x's element indices[k]. An index may come several times (its
// gradients add up); Error for one outside the axis.
template <Real T>
Var<T> gather(Var<T> x, int axis, std::span<const int> indices);

// `before` and `after` elements `value` put around x along `axis`.
template <Real T>
Var<T> pad(Var<T> x, int axis, std::int64_t before, std::int64_t after, double value = 0);

// Packed (N,D) <-> padded (B,T,D), batch in the caller's order, T = layout.steps(); see packed.h.
// unpack fills up with `padding`; pack drops what lies behind a sequence's end, whose gradient is
// 0.
template <Real T>
Var<T> unpack(const Packed<T>& packed, double padding = 0);
template <Real T>
Packed<T> pack(Var<T> padded, Layout layout);

}  // namespace sonant
