#include <sonant/core/ops/strided.h>

namespace sonant {

Steps broadcast_steps(const Shape& operand, const Shape& loop) {
  Steps steps{};
  const int missing = loop.rank() - operand.rank();
  for (int axis = 0; axis < operand.rank(); ++axis)
    if (operand.dim(axis) != 1)
      steps[static_cast<std::size_t>(missing + axis)] = operand.stride(axis);
  return steps;
}

AxisView::AxisView(const Shape& shape, int axis) {
  const int index = shape.axis_index(axis);
  for (int a = 0; a < index; ++a) outer *= shape.dim(a);
  n = shape.dim(index);
  for (int a = index + 1; a < shape.rank(); ++a) inner *= shape.dim(a);
}

}  // namespace sonant
