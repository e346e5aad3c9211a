#include <sonant/core/shape.h>

#include <sstream>
#include <vector>

#include "support/catch.h"

using namespace sonant;

namespace {

std::string text(const Shape& shape) {
  std::ostringstream out;
  out << shape;
  return out.str();
}

}  // namespace

TEST_CASE("Shape: extents, size and strides", "[core]") {
  const Shape s{2, 3, 4};
  CHECK(s.rank() == 3);
  CHECK(s.size() == 24);
  CHECK(s.dim(0) == 2);
  CHECK(s.dim(-1) == 4);
  CHECK(s.dim(-3) == 2);
  CHECK(s.stride(0) == 12);
  CHECK(s.stride(1) == 4);
  CHECK(s.stride(-1) == 1);
  CHECK(text(s) == "(2,3,4)");
  CHECK(text(Shape{}) == "()");
  CHECK(Shape{}.rank() == 0);
  CHECK(Shape{}.size() == 1);  // a scalar
  CHECK(Shape{3, 0, 2}.size() == 0);
  const std::vector<std::int64_t> dims = {5, 6};
  CHECK(Shape(std::span<const std::int64_t>(dims)) == Shape{5, 6});
}

TEST_CASE("Shape: equal means the same rank and the same extents", "[core]") {
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK(Shape{2, 3} != Shape{3, 2});
  CHECK(Shape{2} != Shape{2, 1});
  CHECK(Shape{} != Shape{0});
  CHECK(Shape{2, 3}.removed(1) == Shape{2});  // nothing of the removed axis is left behind
  Shape s{2, 3};
  s.dim(-1) = 7;
  CHECK(s == Shape{2, 7});
}

TEST_CASE("Shape: axes inserted and removed", "[core]") {
  const Shape s{2, 3};
  CHECK(s.inserted(0, 5) == Shape{5, 2, 3});
  CHECK(s.inserted(1, 5) == Shape{2, 5, 3});
  CHECK(s.inserted(-1, 5) == Shape{2, 3, 5});
  CHECK(s.inserted(-3, 5) == Shape{5, 2, 3});
  CHECK(Shape{}.inserted(0, 5) == Shape{5});
  CHECK(s.removed(0) == Shape{3});
  CHECK(s.removed(-1) == Shape{2});
  CHECK(Shape{4}.removed(0) == Shape{});
}

TEST_CASE("Shape: what cannot be is an error", "[core]") {
  CHECK_THROWS_WITH((Shape{1, 1, 1, 1, 1, 1, 1}), "[Shape] at most 6 axes, got 7");
  CHECK_THROWS_WITH((Shape{2, -1}), "[Shape] extents must not be negative, got -1");
  CHECK_THROWS_WITH(Shape({2, 3}).dim(2), "[Shape] axis 2 does not exist in (2,3)");
  CHECK_THROWS_WITH(Shape({2, 3}).stride(-3), "[Shape] axis -3 does not exist in (2,3)");
  CHECK_THROWS_WITH(Shape({2, 3}).removed(5), ContainsSubstring("axis 5"));
  CHECK_THROWS_WITH(Shape({2, 3}).inserted(4, 1), ContainsSubstring("axis at 4"));
  CHECK_THROWS_WITH(Shape({1, 1, 1, 1, 1, 1}).inserted(0, 1), ContainsSubstring("at most 6"));
  CHECK_THROWS_AS(Shape{}.dim(0), Error);
}

TEST_CASE("broadcast follows NumPy's rule", "[core]") {
  CHECK(broadcast({}, {}, "test") == Shape{});
  CHECK(broadcast({2, 3}, {}, "test") == Shape{2, 3});
  CHECK(broadcast({2, 3}, {3}, "test") == Shape{2, 3});
  CHECK(broadcast({2, 1}, {3}, "test") == Shape{2, 3});
  CHECK(broadcast({3}, {4, 1, 1}, "test") == Shape{4, 1, 3});
  CHECK(broadcast({5, 1, 4}, {1, 6, 1}, "test") == Shape{5, 6, 4});
  CHECK(broadcast({0, 3}, {1, 3}, "test") == Shape{0, 3});
  CHECK(broadcast({1}, {0}, "test") == Shape{0});
  CHECK_THROWS_WITH(broadcast({2, 3}, {2}, "add"), "[add] shapes (2,3) and (2) do not broadcast");
  CHECK_THROWS_WITH(broadcast({0}, {2}, "add"), "[add] shapes (0) and (2) do not broadcast");
}
