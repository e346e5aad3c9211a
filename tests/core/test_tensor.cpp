#include <sonant/core/tensor.h>

#include <cstdint>
#include <vector>

#include "support/close.h"

using namespace sonant;
using namespace sonant::test;

TEMPLATE_TEST_CASE("Tensor: made with zeros, one number, or given numbers", "[core]", float,
                   double) {
  using T = TestType;
  const Tensor<T> zeros({2, 3}), sevens({2, 2}, T(7)), given({3}, {1, 2, 3});
  for (T x : zeros.span()) CHECK(x == 0);
  for (T x : sevens.span()) CHECK(x == 7);
  CHECK(given[2] == 3);
  CHECK(Tensor<T>().empty());
  CHECK(Tensor<T>().shape() == Shape{0});
  CHECK(Tensor<T>::scalar(5).item() == 5);
  CHECK(Tensor<T>::scalar(5).rank() == 0);
  CHECK(Tensor<T>::uninitialized({4, 5}).size() == 20);
  CHECK(Tensor<T>({4, 0}).empty());
}

TEST_CASE("Tensor: row-major, one index per axis", "[core]") {
  Tensor<double> t({2, 3, 4});
  for (std::int64_t i = 0; i < t.size(); ++i) t[i] = static_cast<double>(i);
  CHECK(t(0, 0, 3) == 3);
  CHECK(t(0, 2, 1) == 9);
  CHECK(t(1, 0, 0) == 12);
  t(1, 2, 3) = -1;
  CHECK(t.span().back() == -1);
  CHECK_THROWS_WITH(t(1, 2), "[Tensor()] 2 indices into shape (2,3,4)");
  CHECK_THROWS_WITH(t.item(), "[Tensor::item] expects one element, got shape (2,3,4)");
  CHECK_THROWS_WITH((Tensor<double>({2, 2}, {1, 2, 3})),
                    "[Tensor] shape (2,2) needs 4 values, got 3");
}

TEST_CASE("Tensor: memory is aligned for the widest SIMD load", "[core]") {
  for (std::int64_t n : {1, 3, 17, 1000}) {
    CHECK(reinterpret_cast<std::uintptr_t>(Tensor<float>({n}).data()) % 64 == 0);
    CHECK(reinterpret_cast<std::uintptr_t>(Tensor<double>({n}).data()) % 64 == 0);
  }
}

TEST_CASE("Tensor: copies are deep, moves take the memory along", "[core]") {
  auto a = normal({3, 4}, 2);
  const Tensor<double> original = a;
  CHECK(original == a);
  const double* memory = a.data();
  Tensor<double> moved = std::move(a);
  CHECK(moved.data() == memory);
  CHECK(moved == original);
  moved[5] += 1;
  CHECK(moved != original);
  CHECK(moved != original.reshaped({4, 3}));
}

TEST_CASE("Tensor: the same numbers under another shape", "[core]") {
  const auto t = normal({2, 6}, 2);
  CHECK(t.reshaped({3, 4}).shape() == Shape({3, 4}));
  CHECK(t.reshaped({3, -1}).shape() == Shape({3, 4}));
  CHECK(t.reshaped({-1}).shape() == Shape{12});
  CHECK(std::equal(t.span().begin(), t.span().end(), t.reshaped({-1}).span().begin()));
  Tensor<double> u = t;
  const double* memory = u.data();
  u = std::move(u).reshaped({12});
  CHECK(u.data() == memory);
  CHECK_THROWS_WITH(t.reshaped({5, -1}), "[Tensor::reshaped] 12 elements do not divide by 5");
  CHECK_THROWS_WITH(t.reshaped({-1, -1}), "[Tensor::reshaped] only one extent can be -1");
  CHECK_THROWS_WITH(t.reshaped({3, 5}), "[Tensor::reshaped] 12 elements do not fit in (3,5)");
  CHECK_THROWS_WITH(t.reshaped({0, -1}), ContainsSubstring("do not divide by 0"));
  CHECK_THROWS_WITH(u.reshape({13}), "[Tensor::reshape] (12) does not fit in (13)");
}

TEST_CASE("Tensor: converted to the other precision and back", "[core]") {
  const auto t = normal<float>({3, 4}, 2);
  CHECK(t.to<double>().to<float>() == t);
  CHECK(Tensor<double>({1}, {0.1}).to<float>()[0] == 0.1f);
  CHECK(t.to<double>().shape() == t.shape());
}

TEST_CASE("close() can tell tensors apart", "[core]") {
  const Tensor<double> a({2}, {1, 100}), b({2}, {1, 100.001});
  CHECK(close(a, b, 1e-4));
  CHECK_FALSE(close(a, b, 1e-6));
  CHECK(close(a, b, 0, 0.002));
  CHECK_FALSE(close(a, b.reshaped({2, 1}), 1));
  const double nan = std::nan(""), inf = HUGE_VAL;
  CHECK_FALSE(close(Tensor<double>({1}, {nan}), Tensor<double>({1}, {1}), 1, 1));
  CHECK_FALSE(close(Tensor<double>({1}, {1}), Tensor<double>({1}, {nan}), 1, 1));
  CHECK_FALSE(close(Tensor<double>({2}, {nan, 5}), Tensor<double>({2}, {1, 5}), 1, 1));
  CHECK_FALSE(close(Tensor<double>({1}, {inf}), Tensor<double>({1}, {-inf}), 1, 1));
  CHECK(close(Tensor<double>({2}, {inf, nan}), Tensor<double>({2}, {inf, nan}), 0, 0));
}
