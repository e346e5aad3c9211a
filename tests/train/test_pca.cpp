#include <sonant/train/report/pca.h>

#include <cmath>
#include <vector>

#include "support/catch.h"
#include "support/close.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("Eigenvalues of a matrix that is known", "[train]") {
  // The second difference: 2 - 2 cos(k pi / (n + 1)).
  constexpr int n = 12;
  Tensor<double> a({n, n});
  for (int i = 0; i < n; ++i) {
    a(i, i) = 2;
    if (i > 0) a(i, i - 1) = a(i - 1, i) = -1;
  }
  const SymmetricEigen eigen = symmetric_eigen(a);
  for (int k = 0; k < n; ++k)
    CHECK(eigen.values[static_cast<std::size_t>(k)] ==
          Approx(2 - 2 * std::cos((n - k) * M_PI / (n + 1))).epsilon(1e-13));
}

TEST_CASE("Eigenvectors are orthonormal and solve a v = lambda v", "[train]") {
  for (int n : {1, 2, 7, 46, 64}) {
    const Tensor<double> b = normal({n, n}, 3);
    Tensor<double> a({n, n});
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) a(i, j) = b(i, j) + b(j, i);
    const SymmetricEigen eigen = symmetric_eigen(a);
    double worst = 0;
    for (int k = 0; k < n; ++k) {
      for (int i = 0; i < n; ++i) {
        double av = 0, dot = 0;
        for (int j = 0; j < n; ++j) {
          av += a(i, j) * eigen.vectors(j, k);
          dot += eigen.vectors(j, i) * eigen.vectors(j, k);
        }
        const double lambda = eigen.values[static_cast<std::size_t>(k)];
        worst = std::max(
            {worst, std::abs(av - lambda * eigen.vectors(i, k)), std::abs(dot - (i == k ? 1 : 0))});
      }
      if (k > 0)
        CHECK(eigen.values[static_cast<std::size_t>(k - 1)] >=
              eigen.values[static_cast<std::size_t>(k)]);
    }
    CHECK(worst < 1e-12 * (n + 1));
  }
  CHECK_THROWS_AS(symmetric_eigen(Tensor<double>({2, 2}, {1.0, 2.0, 3.0, 1.0})), Error);
  CHECK_THROWS_AS(symmetric_eigen(Tensor<double>({2, 3})), Error);
}

TEST_CASE("Components of points on a line and around it", "[train]") {
  // Along (3,4)/5 with variance 4, across with variance 1, in steps that average to 0.
  Tensor<float> x({4, 2});
  const double along[] = {-std::sqrt(6.0), std::sqrt(6.0), 0, 0};
  const double across[] = {0, 0, -std::sqrt(1.5), std::sqrt(1.5)};
  for (int i = 0; i < 4; ++i) {
    x(i, 0) = static_cast<float>(7 + 0.6 * along[i] - 0.8 * across[i]);
    x(i, 1) = static_cast<float>(-2 + 0.8 * along[i] + 0.6 * across[i]);
  }
  const Pca pca = principal_components(x, 2);
  CHECK(pca.explained[0] == Approx(0.8).epsilon(1e-6));
  CHECK(pca.explained[1] == Approx(0.2).epsilon(1e-6));
  for (int i = 0; i < 4; ++i) {
    CHECK(pca.scores(i, 0) == Approx(along[i]).margin(1e-6));
    CHECK(std::abs(pca.scores(i, 1)) == Approx(std::abs(across[i])).margin(1e-6));
  }
}

TEST_CASE("Components point to where their largest weight is positive", "[train]") {
  // A score is <v, x - mean>, so the scores' products with the columns are (n - 1) lambda v.
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const Tensor<float> x = normal<float>({25, 6}, seed);
    const Pca pca = principal_components(x, 4);
    std::vector<double> mean(6, 0);
    double total = 0;
    for (std::int64_t i = 0; i < 25; ++i)
      for (std::size_t f = 0; f < 6; ++f)
        mean[f] += static_cast<double>(x(i, static_cast<std::int64_t>(f))) / 25;
    const auto centred = [&](std::int64_t i, std::size_t f) {
      return static_cast<double>(x(i, static_cast<std::int64_t>(f))) - mean[f];
    };
    for (std::int64_t i = 0; i < 25; ++i)
      for (std::size_t f = 0; f < 6; ++f) total += centred(i, f) * centred(i, f);
    for (std::int64_t c = 0; c < 4; ++c) {
      CAPTURE(seed, c);
      std::vector<double> v(6, 0);
      double size = 0, largest = 0, variance = 0;
      for (std::size_t f = 0; f < 6; ++f) {
        for (std::int64_t i = 0; i < 25; ++i) v[f] += pca.scores(i, c) * centred(i, f);
        size += v[f] * v[f];
        if (std::abs(v[f]) > std::abs(largest)) largest = v[f];
      }
      CHECK(largest > 0);
      for (std::int64_t i = 0; i < 25; ++i) {
        double score = 0;
        for (std::size_t f = 0; f < 6; ++f) score += v[f] / std::sqrt(size) * centred(i, f);
        CHECK(pca.scores(i, c) == Approx(score).margin(1e-9));
        variance += score * score;
      }
      CHECK(pca.explained[static_cast<std::size_t>(c)] == Approx(variance / total).epsilon(1e-9));
      if (c > 0)
        CHECK(pca.explained[static_cast<std::size_t>(c - 1)] >=
              pca.explained[static_cast<std::size_t>(c)]);
    }
    // The other way round, every point changes its side.
    Tensor<float> turned = x;
    for (float& value : turned.span()) value = -value;
    const Pca other = principal_components(turned, 4);
    for (std::int64_t i = 0; i < 25; ++i)
      for (std::int64_t c = 0; c < 4; ++c)
        CHECK(other.scores(i, c) == Approx(-pca.scores(i, c)).margin(1e-9));
  }
}

TEST_CASE("Rows that are all the same, and what is refused", "[train]") {
  const Pca pca = principal_components(Tensor<float>({5, 3}, 2.5f), 2);
  CHECK(pca.explained == std::vector<double>{0, 0});
  CHECK(pca.scores == Tensor<double>({5, 2}));
  CHECK_THROWS_AS(principal_components(Tensor<float>({1, 3}), 2), Error);
  CHECK_THROWS_AS(principal_components(Tensor<float>({4, 3}), 4), Error);
  Tensor<float> nan({4, 3});
  nan(1, 1) = std::nanf("");
  CHECK_THROWS_WITH(principal_components(nan, 1), ContainsSubstring("column 1"));
}
