#include <sonant/audio/normaliser.h>
#include <sonant/core/error.h>
#include <sonant/core/random.h>

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.h"

using namespace sonant;

namespace {

Normaliser fit(const std::vector<Tensor<double>>& features) {
  std::vector<const Tensor<double>*> pointers;
  for (const auto& x : features) pointers.push_back(&x);
  return fit_normaliser<double>(pointers);
}

}  // namespace

TEST_CASE("Mean and population deviation over the frames of all utterances", "[audio]") {
  // Feature 0: 1 2 3 6 (mean 3, variance 14/4); feature 1: constant.
  const Normaliser n =
      fit({Tensor<double>(Shape{1, 2}, {1, 5}), Tensor<double>(Shape{3, 2}, {2, 5, 3, 5, 6, 5})});
  REQUIRE(n.mean.size() == 2);
  CHECK(n.mean[0] == 3.0);
  CHECK(n.stddev[0] == Approx(std::sqrt(3.5)).epsilon(1e-15));
  CHECK(n.mean[1] == 5.0);
  CHECK(n.stddev[1] == Approx(1e-4).epsilon(1e-12));  // the floor

  const Tensor<double> y = n.apply(Tensor<double>(Shape{2, 2}, {3, 5, 6, 5}));
  CHECK(y(0, 0) == 0.0);
  CHECK(y(1, 0) == Approx(3 / std::sqrt(3.5)).epsilon(1e-15));
  CHECK(y(0, 1) == 0.0);
}

TEST_CASE("Two passes survive a large common offset", "[audio]") {
  // E[x^2] - E[x]^2 would lose every digit here.
  const Normaliser n = fit({Tensor<double>(Shape{2, 1}, {1e9, 1e9 + 2})});
  CHECK(n.stddev[0] == 1.0);
}

TEST_CASE("Normalised features have mean 0 and variance 1", "[audio]") {
  std::vector<Tensor<double>> features;
  for (int k = 0; k < 5; ++k) {
    Tensor<double> x(Shape{20 + k, 3});
    Random(7, static_cast<std::uint64_t>(k)).fill_normal(x.span(), -40.0, 9.0);
    features.push_back(std::move(x));
  }
  const Normaliser n = fit(features);
  CHECK(n == fit(features));
  for (auto& x : features) x = n.apply(std::move(x));
  const Normaliser again = fit(features);
  for (std::size_t f = 0; f < 3; ++f) {
    CHECK(again.mean[f] == Approx(0.0).margin(1e-13));
    CHECK(again.stddev[f] == Approx(1.0).epsilon(1e-13));
  }
}

TEST_CASE("The normaliser refuses what it cannot fit or apply", "[audio]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(fit({}), Error);
  CHECK_THROWS_AS(fit({Tensor<double>(Shape{0, 2})}), Error);
  CHECK_THROWS_AS(fit({Tensor<double>(Shape{1, 2}), Tensor<double>(Shape{1, 3})}), Error);
  CHECK_THROWS_AS(fit({Tensor<double>(Shape{4})}), Error);
  CHECK_THROWS_AS(fit({Tensor<double>(Shape{2, 1}, {1, nan})}), Error);
  const Normaliser n = fit({Tensor<double>(Shape{2, 2}, {1, 2, 3, 4})});
  CHECK_THROWS_AS(n.apply(Tensor<double>(Shape{2, 3})), Error);
  CHECK_THROWS_AS(n.apply(Tensor<double>(Shape{2})), Error);
}

TEST_CASE("float features are normalised through double", "[audio]") {
  Tensor<float> x(Shape{3, 1}, {16777216.f, 16777218.f, 16777220.f});  // sums need 26 bits
  const std::vector<const Tensor<float>*> features{&x};
  const Normaliser n = fit_normaliser<float>(features);
  CHECK(n.mean[0] == 16777218.0);
  const Tensor<float> y = n.apply(std::move(x));
  CHECK(y[0] == -static_cast<float>(std::sqrt(1.5)));
  CHECK(y[1] == 0.f);
}
