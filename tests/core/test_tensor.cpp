#include <sonant/core/tensor.h>

#include <cstdint>
#include <iomanip>
#include <sstream>
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
  CHECK_THROWS_WITH(t(1, 2), "[Tensor()] index (1,2) is not within shape (2,3,4)");
#ifndef NDEBUG
  CHECK_THROWS_WITH(t(1, 3, 0), "[Tensor()] index (1,3,0) is not within shape (2,3,4)");
#endif
  CHECK_THROWS_WITH(t.item(), "[Tensor::item] expects one element, got shape (2,3,4)");
  CHECK_THROWS_WITH((Tensor<double>({2, 2}, {1, 2, 3})),
                    "[Tensor] shape (2,2) needs 4 values, got 3");
}

TEST_CASE("Tensor: at() checks every index and says what is wrong", "[core]") {
  Tensor<double> t({2, 3});
  for (std::int64_t i = 0; i < t.size(); ++i) t[i] = static_cast<double>(i);
  const Tensor<double>& constant = t;
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j) {
      CHECK(&t.at(i, j) == &t(i, j));
      CHECK(constant.at(i, j) == t(i, j));
    }
  t.at(1, 2) = 7;
  CHECK(t[5] == 7);
  CHECK(Tensor<float>::scalar(3).at() == 3);
  CHECK_THROWS_WITH(t.at(5, 7), "[Tensor::at] index (5,7) is not within shape (2,3)");
  CHECK_THROWS_WITH(t.at(0, 3), ContainsSubstring("index (0,3)"));
  CHECK_THROWS_WITH(t.at(2, 0), ContainsSubstring("index (2,0)"));
  CHECK_THROWS_WITH(constant.at(0, -1), ContainsSubstring("index (0,-1)"));
  CHECK_THROWS_WITH(t.at(-1, 0), ContainsSubstring("index (-1,0)"));
  CHECK_THROWS_WITH(t.at(std::size_t(-1), 0u), ContainsSubstring("not within"));
  CHECK_THROWS_WITH(t.at(4), "[Tensor::at] index (4) is not within shape (2,3)");
  CHECK_THROWS_WITH(t.at(0, 0, 0), ContainsSubstring("index (0,0,0)"));
  CHECK_THROWS_WITH(t.at(), "[Tensor::at] index () is not within shape (2,3)");
  CHECK_THROWS_WITH(Tensor<double>({2, 0}).at(0, 0), ContainsSubstring("shape (2,0)"));
}

TEST_CASE("Tensor: a matrix as it is written down", "[core]") {
  CHECK(Tensor<double>::rows({{1, 2}, {3, 4}, {5, 6}}) ==
        Tensor<double>({3, 2}, {1, 2, 3, 4, 5, 6}));
  CHECK(Tensor<float>::rows({{1, 2, 3}}).shape() == Shape({1, 3}));
  CHECK(Tensor<float>::rows({}).shape() == Shape({0, 0}));
  CHECK(Tensor<float>::rows({{}, {}}).shape() == Shape({2, 0}));
  CHECK_THROWS_WITH(Tensor<float>::rows({{1, 2}, {3}}),
                    "[Tensor::rows] expects 2 numbers in each row, got 1");
}

TEST_CASE("Tensor: prints itself as NumPy prints an array", "[core]") {
  const auto text = [](const auto& x) {
    std::ostringstream out;
    out << x;
    return out.str();
  };
  CHECK(text(Tensor<double>::scalar(0.5)) == "0.5");
  CHECK(text(Tensor<float>({3}, {1, -2.5f, 30})) == "[   1 -2.5   30]");
  CHECK(text(Tensor<double>::rows({{1, 2}, {3, 40}})) == "[[ 1  2]\n [ 3 40]]");
  CHECK(text(Tensor<float>({2, 1, 2}, {1, 2, 3, 4})) == "[[[1 2]]\n\n [[3 4]]]");
  CHECK(text(Tensor<double>({1, 2}, {std::nan(""), -HUGE_VAL})) == "[[ nan -inf]]");
  CHECK(text(Tensor<double>()) == "[] shape (0)");
  CHECK(text(Tensor<double>({2, 0, 3})) == "[] shape (2,0,3)");
  Tensor<float> large({50, 40});
  for (std::int64_t i = 0; i < large.size(); ++i) large[i] = static_cast<float>(i);
  CHECK(text(large) ==
        "[[   0    1    2 ...   37   38   39]\n"
        " [  40   41   42 ...   77   78   79]\n"
        " [  80   81   82 ...  117  118  119]\n"
        " ...\n"
        " [1880 1881 1882 ... 1917 1918 1919]\n"
        " [1920 1921 1922 ... 1957 1958 1959]\n"
        " [1960 1961 1962 ... 1997 1998 1999]] shape (50,40)");
  // Of an axis of six or fewer nothing is left out, and long rows are broken.
  CHECK(text(Tensor<float>({1001})) == "[0 0 0 ... 0 0 0] shape (1001)");
  CHECK(text(Tensor<float>({400, 3})).find("[0 0 0]\n ...\n [0 0 0]") != std::string::npos);
  const std::string row = text(Tensor<float>({1, 100}));
  CHECK(row.find("\n  0 ") != std::string::npos);
  for (std::size_t begin = 0; begin < row.size(); begin = row.find('\n', begin) + 1) {
    CHECK(std::min(row.find('\n', begin), row.size()) - begin <= 78);
    if (row.find('\n', begin) == std::string::npos) break;
  }
  // The stream's format holds for each number, and is left as it was.
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << Tensor<double>({2}, {1, 2.345}) << ' ' << 1.0;
  CHECK(out.str() == "[1.00 2.35] 1.00");
  out.str("");
  out << std::setw(9) << Tensor<double>({1}, {1});
  CHECK(out.str() == "[1.00]");
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
