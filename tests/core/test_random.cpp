#include <sonant/core/parallel.h>
#include <sonant/core/random.h>

#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "support/catch.h"

using namespace sonant;

namespace {

using Words = std::array<std::uint32_t, 4>;

// Philox4x32-10 written down from the paper (Salmon et al., SC 2011, section 3.3), apart from the
// library that core/random uses.
Words philox(Words counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

// sum (observed - expected)^2 / expected
template <class Counts>
double chi_square(const Counts& counts, double expected) {
  double sum = 0;
  for (double n : counts) sum += (n - expected) * (n - expected) / expected;
  return sum;
}

}  // namespace

TEST_CASE("Philox4x32-10: the known answers of Random123", "[core]") {
  // kat_vectors of the Random123 distribution: counter, key, result.
  const Words zeros = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == zeros);
  constexpr std::uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, {ones, ones}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
  for (std::uint64_t i = 0; i < 4; ++i) CHECK(Random(0).bits(i) == zeros[i]);
}

TEST_CASE("Random: counter is (element, stream), key is the seed", "[core]") {
  for (std::uint64_t seed : {0x0ull, 0x299f31d0a4093822ull, ~0ull}) {
    for (std::uint64_t stream : {0x0ull, 0x0370734413198a2eull, ~0ull}) {
      const Random random(seed, stream);
      CHECK(random.seed() == seed);
      CHECK(random.stream() == stream);
      for (std::uint64_t block : {0x0ull, 0x1ull, 0x123456789ull, 0x3fffffffffffffffull}) {
        const Words w =
            philox({low(block), high(block), low(stream), high(stream)}, {low(seed), high(seed)});
        for (std::uint64_t k = 0; k < 4; ++k) CHECK(random.bits(4 * block + k) == w[k]);
        // 53 bits of each pair of words.
        const auto unit = [&](std::uint32_t a, std::uint32_t b) {
          return std::ldexp(static_cast<double>(((std::uint64_t{a} << 32) | b) >> 11), -53);
        };
        CHECK(random.uniform(2 * block) == unit(w[0], w[1]));
        CHECK(random.uniform(2 * block + 1) == unit(w[2], w[3]));
      }
    }
  }
}

TEST_CASE("Random: ranges hold the elements of the stream, from any start", "[core]") {
  const Random random(5, 6);
  for (std::uint64_t first : {0, 1, 2, 3, 7}) {
    std::array<std::uint32_t, 9> bits{};
    std::array<double, 9> uniform{}, normal{};
    random.fill_bits(bits, first);
    random.fill_uniform(std::span<double>(uniform), 2.0, 5.0, first);
    random.fill_normal(std::span<double>(normal), 1.0, 3.0, first);
    for (std::size_t i = 0; i < 9; ++i) {
      CHECK(bits[i] == random.bits(first + i));
      CHECK(uniform[i] == 2 + 3 * random.uniform(first + i));
      CHECK(normal[i] == 1 + 3 * random.normal(first + i));
    }
  }
}

TEST_CASE("Random: uniform numbers are uniform", "[core]") {
  const Random random(11);
  constexpr int n = 200000, bins = 100;
  std::array<double, bins> counts{};
  double sum = 0, product = 0, before = 0.5;
  for (std::uint64_t i = 0; i < n; ++i) {
    const double u = random.uniform(i);
    REQUIRE((u >= 0 && u < 1));
    counts[static_cast<std::size_t>(u * bins)] += 1;
    sum += u;
    product += (u - 0.5) * (before - 0.5);
    before = u;
  }
  CHECK(chi_square(counts, n / double(bins)) < 150);  // 99 degrees of freedom: 99.9 % lie below 149
  CHECK(std::abs(sum / n - 0.5) < 4 * std::sqrt(1 / 12.0 / n));
  CHECK(std::abs(product / n) < 4 / 12.0 / std::sqrt(double(n)));  // neighbours do not correlate
  std::array<double, 32> ones{};
  for (std::uint64_t i = 0; i < n; ++i)
    for (std::size_t bit = 0; bit < 32; ++bit) ones[bit] += (random.bits(i) >> bit) & 1;
  for (double count : ones) CHECK(std::abs(count - n / 2.0) < 4.5 * std::sqrt(n / 4.0));
}

TEST_CASE("Random: normal numbers have the normal distribution's moments and tails", "[core]") {
  const Random random(12);
  constexpr int n = 200000;
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
  int beyond_1 = 0, beyond_2 = 0, beyond_3 = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    const double x = random.normal(i), a = std::abs(x);
    REQUIRE(std::isfinite(x));
    m1 += x / n;
    m2 += x * x / n;
    m3 += x * x * x / n;
    m4 += x * x * x * x / n;
    beyond_1 += a > 1;
    beyond_2 += a > 2;
    beyond_3 += a > 3;
  }
  const double s = 4 / std::sqrt(double(n));  // four standard errors, times the deviation of x^k
  CHECK(std::abs(m1) < s);
  CHECK(std::abs(m2 - 1) < s * std::sqrt(2.0));
  CHECK(std::abs(m3) < s * std::sqrt(15.0));
  CHECK(std::abs(m4 - 3) < s * std::sqrt(96.0));
  const auto share = [&](int count, double p) {
    return std::abs(count / double(n) - p) < s * std::sqrt(p);
  };
  CHECK(share(beyond_1, 0.317311));
  CHECK(share(beyond_2, 0.045500));
  CHECK(share(beyond_3, 0.002700));
}

TEST_CASE("Random: sub-streams are independent, and never repeat their parent", "[core]") {
  const Random root(1);
  std::set<std::uint64_t> streams;
  for (std::uint64_t id = 0; id < 1000; ++id) {
    streams.insert(root.split(id).stream());
    streams.insert(root.split(id).split(0).stream());
    streams.insert(Random(1, 1).split(id).stream());
  }
  CHECK(streams.size() == 3000);
  CHECK(root.split(3).split(4).stream() != root.split(4).split(3).stream());
  CHECK(root.split(7).stream() == Random(1).split(7).stream());
  constexpr int n = 20000;
  const Random children[] = {root, root.split(0), root.split(1), root.split(0).split(0), Random(2)};
  for (const Random& a : children) {
    for (const Random& b : children) {
      if (&a == &b) continue;
      double product = 0;
      for (std::uint64_t i = 0; i < n; ++i) product += (a.uniform(i) - 0.5) * (b.uniform(i) - 0.5);
      CHECK(std::abs(product / n) < 4.5 / 12 / std::sqrt(double(n)));
    }
  }
}

// Golden numbers of this file: tests/golden/gen_random.py, which knows the paper and no Sonant.
TEST_CASE("Random: golden numbers of sub-streams, uniform, normal and shuffled", "[core]") {
  CHECK(Random(0).split(0).stream() == 0xa2b20ccf51408772);
  CHECK(Random(1).split(0).stream() == 0x34a4d61d340e4017);
  CHECK(Random(1).split(1).stream() == 0x872ff94056bfb472);
  CHECK(Random(1, 0x73687566).split(3).stream() == 0xe88ed7832dfffecf);
  CHECK(Random(0x123456789abcdef0, 0xfedcba9876543210).split(0x3fffffffffffffff).stream() ==
        0xf7b2577e1d76654a);
  CHECK(Random(7).split(2).split(5).stream() == 0x7852b085f34523a3);
  CHECK(Random(7).split(2).split(5).seed() == 7);
  const Random random(3, 4);
  const double uniform[] = {0.46469479835439886, 0.04482070021723106, 0.7744913360702226};
  for (std::uint64_t i = 0; i < 3; ++i) CHECK(random.uniform(i) == uniform[i]);
  const double normal[] = {1.073921437629334, 0.3106914780838206, -0.29280973207502375,
                           -1.7008985450072702};
  for (std::uint64_t i = 0; i < 4; ++i) CHECK(random.normal(i) == Approx(normal[i]).epsilon(1e-14));
  CHECK(Random(1).permutation(10) == std::vector<int>{0, 3, 8, 9, 7, 4, 5, 1, 2, 6});
  CHECK(Random(3, 9).permutation(10) == std::vector<int>{9, 2, 5, 3, 8, 0, 1, 7, 6, 4});
}

TEST_CASE("Random: a sub-stream's number is none of the numbers drawn", "[core]") {
  // Child `id` is Philox of block id + 2^63; elements 4 id ... are words of block id, and no index
  // reaches beyond block 2^62. Without the top bit, a child would be named by what was drawn.
  for (std::uint64_t seed : {0x1ull, 0x299f31d0a4093822ull})
    for (std::uint64_t stream : {0x0ull, 0x0370734413198a2eull})
      for (std::uint64_t id : {0x0ull, 0x1ull, 0x7ull, 0x10000000000ull, 0x3fffffffffffffffull}) {
        const Random random(seed, stream);
        const Words w = philox({low(id), high(id) | 0x80000000, low(stream), high(stream)},
                               {low(seed), high(seed)});
        CHECK(random.split(id).stream() == ((std::uint64_t{w[0]} << 32) | w[1]));
        for (std::uint64_t k = 0; k < 4; ++k) CHECK(random.bits(4 * id + k) != w[k]);
      }
}

TEST_CASE("Random: permutations", "[core]") {
  CHECK(Random(1).permutation(0).empty());
  CHECK(Random(1).permutation(1) == std::vector<int>{0});
  const auto order = Random(1).permutation(1000);
  CHECK(order == Random(1).permutation(1000));
  CHECK(order != Random(2).permutation(1000));
  std::vector<int> sorted = order, expected(1000);
  std::sort(sorted.begin(), sorted.end());
  std::iota(expected.begin(), expected.end(), 0);
  CHECK(sorted == expected);
  CHECK_THROWS_WITH(Random(1).permutation(-1), ContainsSubstring("n >= 0, got -1"));

  std::map<std::vector<int>, int> counts;  // all 24 orders of 4 are equally likely
  constexpr std::uint64_t n = 24000;
  for (std::uint64_t i = 0; i < n; ++i) ++counts[Random(3).split(i).permutation(4)];
  CHECK(counts.size() == 24);
  std::vector<double> observed;
  for (const auto& entry : counts) observed.push_back(entry.second);
  CHECK(chi_square(observed, n / 24.0) < 50);  // 23 degrees of freedom: 99.9 % lie below 49.7
}

TEST_CASE("Random: the same numbers whoever draws them", "[core]") {
  const Random random(9);
  std::vector<double> one(1000), many(1000);
  random.fill_normal(std::span<double>(one), 0.0, 1.0);
  parallel_shards(7, [&](int shard) {
    const Range r = shard_range(1000, 7, shard);
    const auto part = std::span(many).subspan(static_cast<std::size_t>(r.begin),
                                              static_cast<std::size_t>(r.end - r.begin));
    random.fill_normal(part, 0.0, 1.0, static_cast<std::uint64_t>(r.begin));
  });
  CHECK(one == many);
}
