// Loops over several tensors at once, each with its own step along every axis. Broadcasting is a
// step of 0, a permutation is steps in another order: elementwise, reduce and shaping all run here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sonant/core/shape.h>

namespace sonant {

// Elements between neighbours along each axis of the loop.
using Steps = std::array<std::int64_t, Shape::max_rank>;

// Steps through a dense tensor of shape `operand` while the loop runs over `loop`, to which it
// broadcasts (NumPy's rule): 0 along the axes that `operand` lacks or has once.
Steps broadcast_steps(const Shape& operand, const Shape& loop);

// The outer axes of a loop with neighbours merged where every operand allows it, so that rows are
// as long as they can be.
template <std::size_t K>
struct StridedLoop {
  int rank = 0;
  std::array<std::int64_t, Shape::max_rank> extents{};
  std::array<Steps, K> steps{};

  StridedLoop(const Shape& shape, const std::array<Steps, K>& operand_steps) {
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      const std::int64_t extent = shape.dim(axis);
      if (extent == 1) continue;
      bool merge = rank > 0;
      for (std::size_t k = 0; k < K; ++k)
        merge = merge && steps[k][last()] == extent * operand_steps[k][a];
      if (!merge) extents[static_cast<std::size_t>(rank++)] = 1;
      extents[last()] *= extent;
      for (std::size_t k = 0; k < K; ++k) steps[k][last()] = operand_steps[k][a];
    }
    if (rank == 0) extents[static_cast<std::size_t>(rank++)] = 1;  // a scalar is one row of one
  }
  std::size_t last() const { return static_cast<std::size_t>(rank - 1); }
};

// Calls body(n, offset, step) for every row of n elements: operand k's elements lie at
// offset[k] + i * step[k] for i < n. Rows come in row-major order of `shape`.
template <std::size_t K, class Body>
void strided_loop(const Shape& shape, const std::array<Steps, K>& operand_steps, Body&& body) {
  if (shape.size() == 0) return;
  const StridedLoop<K> loop(shape, operand_steps);
  std::array<std::int64_t, K> offset{}, step{};
  for (std::size_t k = 0; k < K; ++k) step[k] = loop.steps[k][loop.last()];
  std::array<std::int64_t, Shape::max_rank> index{};
  for (;;) {
    body(loop.extents[loop.last()], offset, step);
    int axis = loop.rank - 2;  // advance the outer axes like an odometer
    for (; axis >= 0; --axis) {
      const auto a = static_cast<std::size_t>(axis);
      for (std::size_t k = 0; k < K; ++k) offset[k] += loop.steps[k][a];
      if (++index[a] < loop.extents[a]) break;
      for (std::size_t k = 0; k < K; ++k) offset[k] -= loop.extents[a] * loop.steps[k][a];
      index[a] = 0;
    }
    if (axis < 0) return;
  }
}

// One axis of a dense tensor seen as (outer, n, inner).
struct AxisView {
  std::int64_t outer = 1, n = 1, inner = 1;
  AxisView(const Shape& shape, int axis);
};

}  // namespace sonant
