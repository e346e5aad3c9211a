#include <sonant/core/random.h>
#include <sonant/train/cluster/tree_sum.h>

#include "support/catch.h"
#include "train/thread_ranks.h"

using namespace sonant;
using namespace sonant::test;

namespace {

using Gradients = std::vector<std::vector<float>>;  // [shards]

// Numbers of very different sizes: another order of additions rounds otherwise.
Gradients gradients_of(int shards, std::size_t n) {
  Gradients all;
  for (int s = 0; s < shards; ++s) {
    std::vector<float>& g = all.emplace_back(n);
    Random(7).split(static_cast<std::uint64_t>(s)).fill_normal<float>(g, 0, 1);
    for (std::size_t i = 0; i < n; ++i) g[i] *= static_cast<float>(1 << (i % 13));
  }
  return all;
}

// The definition, number by number: sum(a, b) of the shards a to b - 1 is that of the first half
// and that of the second.
float tree(const Gradients& all, std::size_t i, int a, int b) {
  if (b - a == 1) return all[static_cast<std::size_t>(a)][i];
  return tree(all, i, a, (a + b) / 2) + tree(all, i, (a + b) / 2, b);
}

std::vector<float> expected(const Gradients& all) {
  std::vector<float> sum;
  for (std::size_t i = 0; i < all[0].size(); ++i)
    sum.push_back(tree(all, i, 0, static_cast<int>(all.size())));
  return sum;
}

// Every rank's.
std::vector<std::vector<float>> sums(const Gradients& all, int ranks, std::size_t large) {
  std::vector<std::vector<float>> results(static_cast<std::size_t>(ranks));
  const int shards = static_cast<int>(all.size());
  on_ranks(ranks, [&](Communicator& mine) {
    Gradients own;
    for (int s = first_shard(shards, ranks, mine.rank());
         s < first_shard(shards, ranks, mine.rank() + 1); ++s)
      own.push_back(all[static_cast<std::size_t>(s)]);
    std::vector<float*> parts;
    for (auto& part : own) parts.push_back(part.data());
    TreeSum sum(shards, &mine, large);
    sum(parts, all[0].size());
    results[static_cast<std::size_t>(mine.rank())] = own[0];
  });
  return results;
}

}  // namespace

TEST_CASE("The sum over shards has the tree's bits on any number of ranks", "[train]") {
  for (const int shards : {1, 2, 4, 8, 16}) {
    // Fewer numbers than ranks, and slices of unequal size.
    for (const std::size_t n : {std::size_t{5}, std::size_t{1003}}) {
      const Gradients all = gradients_of(shards, n);
      const std::vector<float> sum = expected(all);
      for (int ranks = 1; ranks <= std::min(shards, 9); ++ranks)
        for (const std::size_t large : {std::size_t{0}, std::size_t{1} << 20})
          for (const std::vector<float>& its : sums(all, ranks, large)) {
            CAPTURE(shards, n, ranks, large);
            REQUIRE(its == sum);
          }
    }
  }
}

TEST_CASE("Another order of additions gives other bits", "[train]") {
  const Gradients all = gradients_of(8, 1003);
  std::vector<float> one_by_one(1003, 0.0F);
  for (const auto& g : all)
    for (std::size_t i = 0; i < g.size(); ++i) one_by_one[i] += g[i];
  CHECK(one_by_one != expected(all));
  // Any two shards that are not a pair of the tree.
  for (int a = 0; a < 8; ++a)
    for (int b = a + 1; b < 8; ++b) {
      Gradients swapped = all;
      std::swap(swapped[static_cast<std::size_t>(a)], swapped[static_cast<std::size_t>(b)]);
      CAPTURE(a, b);
      CHECK((expected(swapped) == expected(all)) == (a / 2 == b / 2));
    }
}

TEST_CASE("A sum over shards refuses what cannot be shared out", "[train]") {
  CHECK_THROWS_WITH(TreeSum(3, nullptr), ContainsSubstring("power of two"));
  const auto too_few = [] { on_ranks(4, [](Communicator& mine) { TreeSum sum(2, &mine); }); };
  CHECK_THROWS_WITH(too_few(), ContainsSubstring("2 shards of 4 ranks"));
}

TEST_CASE("Ranks gather texts, and hear whether one of them says yes", "[train]") {
  on_ranks(3, [](Communicator& mine) {
    const std::string text(static_cast<std::size_t>(mine.rank()),
                           static_cast<char>('a' + mine.rank()));
    const auto texts = mine.gather_text(text);
    const std::vector<std::string> all{"", "b", "cc"};
    if (texts != all) throw std::logic_error("texts");
    if (!mine.any(mine.rank() == 2) || mine.any(false)) throw std::logic_error("any");
  });
  SUCCEED();
}
