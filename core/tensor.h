// Tensor<T>: dense, row-major numbers with a shape. A value: copies are deep, moves are cheap.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <utility>

#include <sonant/core/pool.h>
#include <sonant/core/real.h>
#include <sonant/core/shape.h>

namespace sonant {

// Where element `index` lies in a tensor of that shape; Error, by `op`, if it is not within it.
std::int64_t checked_offset(const Shape& shape, std::initializer_list<std::int64_t> index,
                            const char* op);

template <Real T>
class Tensor {
 public:
  Tensor() : Tensor(Shape{0}) {}                         // empty: no elements
  explicit Tensor(Shape shape) : Tensor(shape, T(0)) {}  // zeros
  Tensor(Shape shape, T fill) : shape_(shape), data_(count(shape), fill) {}
  // Row-major values; Error if their number is not the shape's.
  Tensor(Shape shape, std::span<const T> values)
      : shape_(shape), data_(values.begin(), values.end()) {
    check(values.size() == count(shape), "Tensor", "shape ", shape, " needs ", count(shape),
          " values, got ", values.size());
  }
  Tensor(Shape shape, std::initializer_list<T> values)
      : Tensor(shape, std::span<const T>(values.begin(), values.size())) {}
  // Memory of the right size whose content is arbitrary: for results that are written in full.
  static Tensor uninitialized(Shape shape) {
    Tensor t;
    t.shape_ = shape;
    t.data_.resize(count(shape));
    return t;
  }
  static Tensor scalar(T value) { return Tensor(Shape{}, value); }
  // A matrix as it is written down: rows({{1, 2}, {3, 4}}). Error if the lengths of rows differ.
  static Tensor rows(std::initializer_list<std::initializer_list<T>> rows) {
    Tensor t = uninitialized({std::ssize(rows), rows.size() == 0 ? 0 : std::ssize(*rows.begin())});
    T* out = t.data();
    for (const auto& row : rows) {
      check(std::ssize(row) == t.dim(1), "Tensor::rows", "expects ", t.dim(1),
            " numbers in each row, got ", row.size());
      out = std::copy(row.begin(), row.end(), out);
    }
    return t;
  }

  const Shape& shape() const { return shape_; }
  int rank() const { return shape_.rank(); }
  std::int64_t dim(int axis) const { return shape_.dim(axis); }
  std::int64_t size() const { return static_cast<std::int64_t>(data_.size()); }
  bool empty() const { return data_.empty(); }

  T* data() { return data_.data(); }
  const T* data() const { return data_.data(); }
  std::span<T> span() { return {data_.data(), data_.size()}; }
  std::span<const T> span() const { return {data_.data(), data_.size()}; }
  T& operator[](std::int64_t i) { return data_[static_cast<std::size_t>(i)]; }
  const T& operator[](std::int64_t i) const { return data_[static_cast<std::size_t>(i)]; }

  // t.at(i,j,...): one index per axis; Error, naming index and shape, for one that is outside.
  template <std::integral... I>
  T& at(I... index) {
    return (*this)[checked_offset(shape_, {static_cast<std::int64_t>(index)...}, "Tensor::at")];
  }
  template <std::integral... I>
  const T& at(I... index) const {
    return (*this)[checked_offset(shape_, {static_cast<std::int64_t>(index)...}, "Tensor::at")];
  }
  // t(i,j,...): the same, fast: where assertions are off (NDEBUG), only the rank is checked.
  template <std::integral... I>
  T& operator()(I... index) {
    return (*this)[offset(index...)];
  }
  template <std::integral... I>
  const T& operator()(I... index) const {
    return (*this)[offset(index...)];
  }
  // The only element; Error if there are several.
  T item() const {
    check(size() == 1, "Tensor::item", "expects one element, got shape ", shape_);
    return data_[0];
  }

  void fill(T value) { std::fill(data_.begin(), data_.end(), value); }
  // The same numbers under another shape of the same size. One extent may be -1: it is inferred.
  Tensor reshaped(std::initializer_list<std::int64_t> dims) const&;
  Tensor reshaped(std::initializer_list<std::int64_t> dims) &&;
  void reshape(Shape shape) {
    check(shape.size() == size(), "Tensor::reshape", shape_, " does not fit in ", shape);
    shape_ = shape;
  }
  // The numbers converted to another precision.
  template <Real U>
  Tensor<U> to() const {
    auto out = Tensor<U>::uninitialized(shape_);
    for (std::int64_t i = 0; i < size(); ++i) out[i] = static_cast<U>((*this)[i]);
    return out;
  }

  friend bool operator==(const Tensor&, const Tensor&) = default;

 private:
  static std::size_t count(const Shape& shape) { return static_cast<std::size_t>(shape.size()); }
  template <class... I>
  std::int64_t offset(I... index) const {
#ifdef NDEBUG
    const bool trusted = rank() == static_cast<int>(sizeof...(I));
#else
    const bool trusted = false;
#endif
    if (!trusted) [[unlikely]]
      return checked_offset(shape_, {static_cast<std::int64_t>(index)...}, "Tensor()");
    std::int64_t flat = 0;
    int axis = 0;
    ((flat = flat * shape_.dims()[static_cast<std::size_t>(axis++)] + index), ...);
    return flat;
  }

  Shape shape_;
  PoolVector<T> data_;
};

// Nested brackets, as NumPy prints an array, with the stream's precision. Of more than 1000 numbers
// the first and last three along each axis.
template <Real T>
std::ostream& operator<<(std::ostream& out, const Tensor<T>& x);

// Resolves one -1 in `dims` so that the shape has `size` elements.
Shape inferred_shape(std::initializer_list<std::int64_t> dims, std::int64_t size, const char* op);

template <Real T>
Tensor<T> Tensor<T>::reshaped(std::initializer_list<std::int64_t> dims) const& {
  return Tensor(*this).reshaped(dims);
}
template <Real T>
Tensor<T> Tensor<T>::reshaped(std::initializer_list<std::int64_t> dims) && {
  shape_ = inferred_shape(dims, size(), "Tensor::reshaped");
  return std::move(*this);
}

}  // namespace sonant
