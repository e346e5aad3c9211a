// Extents of a dense, row-major tensor. A small value type: no heap, at most 6 axes.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <span>

#include <sonant/core/error.h>

namespace sonant {

class Shape {
 public:
  static constexpr int max_rank = 6;

  Shape() = default;  // rank 0: a scalar, one element
  Shape(std::initializer_list<std::int64_t> dims)
      : Shape(std::span<const std::int64_t>(dims.begin(), dims.size())) {}
  explicit Shape(std::span<const std::int64_t> dims);

  int rank() const { return rank_; }
  std::int64_t size() const;  // number of elements, 1 for a scalar
  // Extent of `axis`; negative axes count from the end, as in PyTorch.
  std::int64_t dim(int axis) const { return dims_[static_cast<std::size_t>(axis_index(axis))]; }
  std::int64_t& dim(int axis) { return dims_[static_cast<std::size_t>(axis_index(axis))]; }
  // Number of elements between neighbours along `axis`.
  std::int64_t stride(int axis) const;
  int axis_index(int axis) const;

  // A copy with one axis inserted before `axis`, or removed.
  Shape inserted(int axis, std::int64_t extent) const;
  Shape removed(int axis) const;

  std::span<const std::int64_t> dims() const {
    return {dims_.data(), static_cast<std::size_t>(rank_)};
  }
  friend bool operator==(const Shape&, const Shape&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Shape& shape);  // (2,3,4)

 private:
  std::array<std::int64_t, max_rank> dims_{};  // zero beyond rank_, so that == compares all
  int rank_ = 0;
};

// NumPy's rule: aligned at the last axis, extents equal or 1. Error if they do not fit.
Shape broadcast(const Shape& a, const Shape& b, const char* op);

}  // namespace sonant
