#include <sonant/core/shape.h>

#include <algorithm>

namespace sonant {

Shape::Shape(std::span<const std::int64_t> dims) {
  check(dims.size() <= max_rank, "Shape", "at most ", max_rank, " axes, got ", dims.size());
  for (std::int64_t d : dims) {
    check(d >= 0, "Shape", "extents must not be negative, got ", d);
    dims_[static_cast<std::size_t>(rank_++)] = d;
  }
}

std::int64_t Shape::size() const {
  std::int64_t n = 1;
  for (std::int64_t d : dims()) n *= d;
  return n;
}

std::int64_t Shape::stride(int axis) const {
  std::int64_t n = 1;
  for (int a = axis_index(axis) + 1; a < rank_; ++a) n *= dims_[static_cast<std::size_t>(a)];
  return n;
}

int Shape::axis_index(int axis) const {
  const int index = axis < 0 ? axis + rank_ : axis;
  check(index >= 0 && index < rank_, "Shape", "axis ", axis, " does not exist in ", *this);
  return index;
}

Shape Shape::inserted(int axis, std::int64_t extent) const {
  check(rank_ < max_rank, "Shape", "at most ", max_rank, " axes");
  const int index = axis < 0 ? axis + rank_ + 1 : axis;
  check(index >= 0 && index <= rank_, "Shape", "cannot insert an axis at ", axis, " in ", *this);
  Shape out = *this;
  std::copy_backward(out.dims_.begin() + index, out.dims_.begin() + rank_,
                     out.dims_.begin() + rank_ + 1);
  out.dims_[static_cast<std::size_t>(index)] = extent;
  ++out.rank_;
  return out;
}

Shape Shape::removed(int axis) const {
  const int index = axis_index(axis);
  Shape out = *this;
  std::copy(out.dims_.begin() + index + 1, out.dims_.begin() + rank_, out.dims_.begin() + index);
  out.dims_[static_cast<std::size_t>(--out.rank_)] = 0;
  return out;
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  out << '(';
  for (int a = 0; a < shape.rank(); ++a) out << (a > 0 ? "," : "") << shape.dim(a);
  return out << ')';
}

Shape broadcast(const Shape& a, const Shape& b, const char* op) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape out = longer;
  for (int axis = -1; axis >= -shorter.rank(); --axis) {
    const auto m = longer.dim(axis), n = shorter.dim(axis);
    check(m == n || m == 1 || n == 1, op, "shapes ", a, " and ", b, " do not broadcast");
    out.dim(axis) = m == 1 ? n : m;
  }
  return out;
}

}  // namespace sonant
