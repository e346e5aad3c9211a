// The standard normal distribution, also where its tails are too thin for a double, and the part of
// it between two limits. All in logarithms.
#pragma once

namespace sonant {

// log Phi(x), the probability of a number below x. Far in the left tail by the asymptotic series
// of Abramowitz & Stegun, 26.2.12.
double log_normal_cdf(double x);

// log(Phi(b) - Phi(a)) for a <= b; minus infinity if they are equal.
double log_normal_mass(double a, double b);

// Of the normal distribution cut to [a,b], a < b: log density at x (minus infinity outside), and
// the quantile: the x below which lies the share q in [0,1], found by bisection.
double log_truncated_pdf(double x, double a, double b);
double truncated_quantile(double q, double a, double b);

}  // namespace sonant
