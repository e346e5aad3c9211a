// Whether speakers side with one of two systems by more than chance: Fisher's permutation test for
// pairs. Efron & Tibshirani 1993, chapter 15; Good, "Permutation, parametric and bootstrap tests of
// hypotheses", 2005; of classifiers: Demsar, "Statistical comparisons of classifiers over multiple
// data sets", JMLR 7, 2006. docs/statistics.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sonant {

struct SignFlipTest {
  double p = 1;                // two-sided
  bool exact = true;           // all sign patterns were counted; else random ones
  int speakers = 0;            // n
  std::uint64_t patterns = 0;  // 2^n, or how many were drawn
};

// docs/statistics.md (7): if it made no difference to any speaker which system judged, each sign of
// these differences would be a toss of a coin. p is the share of the sign patterns whose sum is at
// least as far from 0 as the one that was seen. With up to 40 speakers all patterns are counted;
// with more 99,999 are drawn, and the one that was seen counts among them (Davison & Hinkley 1997,
// 4.3), so p is never 0. Error if a difference is not finite.
SignFlipTest sign_flip_test(std::span<const double> differences);

// "paired sign-flip permutation test over 24 speakers, exact".
std::string method(const SignFlipTest& test);

// p values of several comparisons, made so large that the chance of any false finding among them is
// kept: Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statistics 6,
// 1979. In the order given.
std::vector<double> holm(std::span<const double> p);

}  // namespace sonant
