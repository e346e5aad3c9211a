#include <sonant/nn/init.h>

#include <cmath>

#include "support/catch.h"

using namespace sonant;

namespace {

struct Moments {
  double mean = 0, deviation = 0, largest = 0;
};

Moments moments(const Tensor<double>& w) {
  Moments m;
  for (double x : w.span()) m.mean += x / static_cast<double>(w.size());
  for (double x : w.span()) {
    m.deviation += (x - m.mean) * (x - m.mean) / static_cast<double>(w.size());
    m.largest = std::max(m.largest, std::abs(x));
  }
  m.deviation = std::sqrt(m.deviation);
  return m;
}

// Largest entry of |Q'Q - 1| over the short side.
double orthogonality_error(const Tensor<double>& w) {
  const std::int64_t rows = w.dim(0), columns = w.dim(1);
  const bool tall = rows >= columns;
  const std::int64_t n = tall ? columns : rows;
  double worst = 0;
  for (std::int64_t a = 0; a < n; ++a)
    for (std::int64_t b = 0; b < n; ++b) {
      double sum = 0;
      for (std::int64_t i = 0; i < (tall ? rows : columns); ++i)
        sum += tall ? w(i, a) * w(i, b) : w(a, i) * w(b, i);
      worst = std::max(worst, std::abs(sum - (a == b ? 1.0 : 0.0)));
    }
  return worst;
}

}  // namespace

TEST_CASE("xavier initialisers have Glorot's spread") {
  Tensor<double> w({300, 200});  // 60,000 numbers: standard error of the deviation below 0.3 %
  xavier_uniform(w, Random(1));
  const double bound = std::sqrt(6.0 / 500);
  CHECK(moments(w).largest <= bound);
  CHECK(moments(w).largest > 0.999 * bound);
  CHECK(moments(w).deviation == Approx(bound / std::sqrt(3.0)).epsilon(0.01));
  CHECK(std::abs(moments(w).mean) < 0.001);
  xavier_normal(w, Random(1));
  CHECK(moments(w).deviation == Approx(std::sqrt(2.0 / 500)).epsilon(0.01));
  CHECK(moments(w).largest > 3 * std::sqrt(2.0 / 500));
  CHECK(std::abs(moments(w).mean) < 0.001);
}

TEST_CASE("orthogonal matrices are orthogonal along their short side") {
  for (const Shape shape :
       {Shape{184, 46}, Shape{46, 184}, Shape{64, 64}, Shape{5, 1}, Shape{1, 5}, Shape{1, 1}}) {
    CAPTURE(shape);
    Tensor<double> w(shape);
    orthogonal(w, Random(2));
    CHECK(orthogonality_error(w) < 1e-14);
  }
}

// Without the sign rule the diagonal of Q would keep one sign more often than the other.
TEST_CASE("orthogonal matrices have no preferred sign") {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Tensor<double> w({4, 4});
    orthogonal(w, Random(seed));
    for (int i = 0; i < 4; ++i) sum += w(i, i);
  }
  CHECK(std::abs(sum / 1600) < 0.05);  // standard error 0.0125
}

TEST_CASE("initialisers repeat with the seed and differ between streams") {
  Tensor<float> a({8, 5}), b({8, 5}), c({8, 5});
  for (auto* init : {&xavier_uniform<float>, &xavier_normal<float>, &orthogonal<float>}) {
    init(a, Random(7));
    init(b, Random(7));
    init(c, Random(7).split(1));
    CHECK(a == b);
    CHECK_FALSE(a == c);
  }
  Tensor<float> vector({8});
  CHECK_THROWS_AS(xavier_uniform(vector, Random(1)), Error);
  CHECK_THROWS_AS(orthogonal(vector, Random(1)), Error);
}

TEST_CASE("a model that is about to be read needs no initial weights", "[nn]") {
  Tensor<double> w({6, 4});
  const auto fill = [&](int which) {
    if (which == 0) xavier_uniform(w, Random(1));
    if (which == 1) xavier_normal(w, Random(1));
    if (which == 2) orthogonal(w, Random(1));
  };
  for (int which = 0; which < 3; ++which) {
    {
      const WithoutInitialWeights none;
      { const WithoutInitialWeights again; }
      fill(which);
      CHECK(moments(w).largest == 0);
    }
    fill(which);
    CHECK(moments(w).largest > 0);
    w = Tensor<double>({6, 4});
  }
}
