#include <sonant/train/cluster/tree_sum.h>

#include <algorithm>
#include <bit>

#include <sonant/core/error.h>
#include <sonant/core/parallel.h>

namespace sonant {
namespace {

void add(float* __restrict to, const float* __restrict from, std::size_t n) {
  parallel_ranges(static_cast<std::int64_t>(n), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) to[i] += from[i];
  });
}

// How many of n numbers are those of each rank, when every rank has a slice.
std::vector<int> slices(std::size_t n, int ranks) {
  std::vector<int> counts;
  for (int r = 0; r < ranks; ++r) {
    const Range range = shard_range(static_cast<std::int64_t>(n), ranks, r);
    counts.push_back(static_cast<int>(range.end - range.begin));
  }
  return counts;
}

}  // namespace

void add_tree(std::span<float* const> parts, std::size_t n) {
  for (std::size_t width = 1; width < parts.size(); width *= 2)
    for (std::size_t k = 0; k + width < parts.size(); k += 2 * width)
      add(parts[k], parts[k + width], n);
}

TreeSum::TreeSum(int shards, Communicator* ranks, std::size_t large)
    : shards_(shards), ranks_(ranks), large_(large) {
  check(shards >= 1 && std::has_single_bit(static_cast<unsigned>(shards)), "TreeSum",
        "expects a power of two of shards, got ", shards);
  check(!ranks || ranks->size() <= shards, "TreeSum", "expects at least a shard a rank, got ",
        shards, " shards of ", ranks ? ranks->size() : 1, " ranks");
}

void TreeSum::operator()(std::span<float* const> parts, std::size_t n) {
  const int ranks = ranks_ ? ranks_->size() : 1;
  // A power of two of ranks: what a rank has is a branch of the tree, which it adds up by itself.
  const bool branches = std::has_single_bit(static_cast<unsigned>(ranks));
  if (branches) add_tree(parts, n);
  if (ranks == 1) return;
  if (branches && n * sizeof(float) < large_) return double_up(parts[0], n);
  by_slices(branches ? parts.first(1) : parts, n, branches ? ranks : shards_);
}

// Ever larger branches: the two ranks of a pair add up the same two sums. a + b = b + a, so both
// have the tree's bits.
void TreeSum::double_up(float* mine, std::size_t n) {
  received_.resize(n);
  for (int width = 1; width < ranks_->size(); width *= 2) {
    ranks_->swap(ranks_->rank() ^ width, {mine, n}, received_);
    add(mine, received_.data(), n);
  }
}

// Every rank adds up one slice of all `units`, shards or branches, and hands it to the others.
void TreeSum::by_slices(std::span<float* const> parts, std::size_t n, int units) {
  const int ranks = ranks_->size();
  const std::vector<int> slice = slices(n, ranks);
  const auto own = static_cast<std::size_t>(slice[static_cast<std::size_t>(ranks_->rank())]);
  std::vector<int> send, receive;
  sent_.resize(parts.size() * n);
  auto to = sent_.begin();
  std::size_t begin = 0, own_begin = 0;
  for (int r = 0; r < ranks; ++r) {
    if (r == ranks_->rank()) own_begin = begin;
    const auto count = static_cast<std::size_t>(slice[static_cast<std::size_t>(r)]);
    for (const float* part : parts) to = std::copy_n(part + begin, count, to);
    begin += count;
    const int theirs = first_shard(units, ranks, r + 1) - first_shard(units, ranks, r);
    send.push_back(static_cast<int>(parts.size() * count));
    receive.push_back(theirs * static_cast<int>(own));
  }
  received_.resize(static_cast<std::size_t>(units) * own);
  ranks_->deal(sent_, send, received_, receive);
  std::vector<float*> all;
  for (int unit = 0; unit < units; ++unit)
    all.push_back(received_.data() + static_cast<std::size_t>(unit) * own);
  add_tree(all, own);
  std::copy_n(all[0], own, parts[0] + own_begin);
  ranks_->collect({parts[0], n}, slice);
}

}  // namespace sonant
