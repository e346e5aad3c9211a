#include <sonant/train/statistics/sign_flip.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <sonant/core/error.h>
#include <sonant/core/numbers.h>
#include <sonant/core/parallel.h>
#include <sonant/core/random.h>

namespace sonant {
namespace {

constexpr const char* kAt = "sign_flip_test";
constexpr std::size_t kExactUpTo = 40;  // two lists of 2^20 sums, 16 MB
constexpr int kDrawn = 99999;
constexpr std::uint64_t kSeed = 1979;

// The sums of all sign patterns, ascending.
std::vector<double> all_sums(std::span<const double> differences) {
  std::vector<double> sums{0};
  for (double d : differences) {
    const std::size_t n = sums.size();
    for (std::size_t i = 0; i < n; ++i) sums.push_back(sums[i] - d);
    for (std::size_t i = 0; i < n; ++i) sums[i] += d;
  }
  std::sort(sums.begin(), sums.end());
  return sums;
}

// How many of the 2^n patterns have a sum of at least `least`: each is one of the first half's sums
// and one of the second's, and the two sorted lists are walked once, in opposite directions.
std::uint64_t count_at_least(std::span<const double> differences, double least) {
  const std::vector<double> first = all_sums(differences.first(differences.size() / 2)),
                            second = all_sums(differences.subspan(differences.size() / 2));
  std::uint64_t count = 0;
  std::size_t below = second.size();
  for (double a : first) {
    while (below > 0 && a + second[below - 1] >= least) --below;
    count += second.size() - below;
  }
  return count;
}

std::uint64_t count_drawn(std::span<const double> differences, double least) {
  constexpr int shards = 16;
  const Random random(kSeed);
  const std::size_t words = (differences.size() + 31) / 32;
  std::array<std::uint64_t, shards> counts{};
  parallel_shards(shards, [&](int shard) {
    const Range part = shard_range(kDrawn, shards, shard);
    std::vector<std::uint32_t> bits(words);
    for (std::int64_t r = part.begin; r < part.end; ++r) {
      random.fill_bits(bits, static_cast<std::uint64_t>(r) * words);
      double sum = 0;
      for (std::size_t i = 0; i < differences.size(); ++i)
        sum += (bits[i / 32] >> i % 32 & 1) != 0 ? differences[i] : -differences[i];
      counts[static_cast<std::size_t>(shard)] += std::abs(sum) >= least;
    }
  });
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

}  // namespace

SignFlipTest sign_flip_test(std::span<const double> differences) {
  double sum = 0, size = 0;
  for (double d : differences) {
    check(std::isfinite(d), kAt, "expects finite differences, got ", d);
    sum += d;
    size += std::abs(d);
  }
  SignFlipTest test;
  const std::size_t n = differences.size();
  test.speakers = static_cast<int>(n);
  test.exact = n <= kExactUpTo;
  test.patterns = test.exact ? std::uint64_t{1} << n : kDrawn;
  // Sums that are equal but for rounding are equal.
  const double least = std::abs(sum) - 1e-9 * size;
  if (least <= 0) return test;
  // Flipping all signs shows that the sums lie symmetrically.
  test.p = test.exact ? 2 * static_cast<double>(count_at_least(differences, least)) /
                            static_cast<double>(test.patterns)
                      : (1 + static_cast<double>(count_drawn(differences, least))) / (1 + kDrawn);
  return test;
}

std::string method(const SignFlipTest& test) {
  return "paired sign-flip permutation test over " + count_of(test.speakers, "speaker") +
         ", two-sided, " +
         (test.exact
              ? "exact"
              : with_thousands(static_cast<std::int64_t>(test.patterns)) + " random patterns");
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(p.size() - i) * p[order[i]]));
    adjusted[order[i]] = largest;
  }
  return adjusted;
}

}  // namespace sonant
