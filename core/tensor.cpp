#include <sonant/core/tensor.h>

#include <vector>

namespace sonant {

Shape inferred_shape(std::initializer_list<std::int64_t> dims, std::int64_t size, const char* op) {
  std::vector<std::int64_t> extents(dims);
  std::int64_t known = 1;
  int unknown = -1;
  for (std::size_t a = 0; a < extents.size(); ++a) {
    if (extents[a] != -1) {
      known *= extents[a];
    } else {
      check(unknown < 0, op, "only one extent can be -1");
      unknown = static_cast<int>(a);
    }
  }
  if (unknown >= 0) {
    check(known > 0 && size % known == 0, op, size, " elements do not divide by ", known);
    extents[static_cast<std::size_t>(unknown)] = size / known;
  }
  const Shape shape{std::span<const std::int64_t>(extents)};
  check(shape.size() == size, op, size, " elements do not fit in ", shape);
  return shape;
}

}  // namespace sonant
