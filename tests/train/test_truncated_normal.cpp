#include <sonant/train/search/truncated_normal.h>

#include <cmath>
#include <limits>

#include "support/catch.h"

using namespace sonant;

// The numbers are mpmath's, with 40 digits.

TEST_CASE("the logarithm of the normal distribution keeps its digits in both tails", "[train]") {
  const double cases[][2] = {
      {-40, -804.608442013753788},   {-21, -224.465715831414471},   {-19.5, -194.016965777497499},
      {-3, -6.60772622151034954},    {-0.5, -1.17591176159361861},  {0, -0.693147180559945309},
      {1.25, -0.111657828472925171}, {7, -1.27981254388665396e-12}, {9, -1.12858840595384065e-19}};
  for (const auto& [x, expected] : cases) {
    INFO("x = " << x);
    CHECK(log_normal_cdf(x) == Approx(expected).epsilon(1e-13));
  }
}

TEST_CASE("the mass between two limits", "[train]") {
  const double cases[][3] = {{-1, 2, -0.20016629432446258},     {-30, -29, -424.787419909730312},
                             {3, 3.5, -6.79686800668343277},    {8, 20, -35.0134371599145499},
                             {-0.1, 0.1, -2.53004200154723846}, {-12, 15, -1.77648211207768e-33}};
  for (const auto& [a, b, expected] : cases) {
    INFO(a << " to " << b);
    CHECK(log_normal_mass(a, b) == Approx(expected).epsilon(1e-12));
  }
  CHECK(log_normal_mass(2, 2) == -std::numeric_limits<double>::infinity());
}

TEST_CASE("density and quantile of a truncated normal", "[train]") {
  CHECK(log_truncated_pdf(0.5, -1, 2) == Approx(-0.843772238880210162).epsilon(1e-13));
  CHECK(log_truncated_pdf(-29.5, -30, -29) == Approx(-11.2565186234743609).epsilon(1e-11));
  CHECK(log_truncated_pdf(8.1, 8, 20) == Approx(1.28949862670988003).epsilon(1e-11));
  CHECK(log_truncated_pdf(2.1, -1, 2) == -std::numeric_limits<double>::infinity());

  CHECK(truncated_quantile(0.3, -1, 2) == Approx(-0.242403817889226803).epsilon(1e-12));
  CHECK(truncated_quantile(0.9, 8, 20) == Approx(8.2788033416911982).epsilon(1e-12));
  CHECK(truncated_quantile(1e-3, -30, -29) == Approx(-29.2369504858169502).epsilon(1e-12));
  CHECK(truncated_quantile(0.999, 0, 3) == Approx(2.90291274566731929).epsilon(1e-12));
  CHECK(truncated_quantile(0, -1, 2) == -1);
  CHECK(truncated_quantile(1, -1, 2) == 2);
}
