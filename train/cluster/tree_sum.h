// The sum of what all shards of a batch have, to the same bits on any number of ranks:
// docs/ranks.md, "The order of additions".
#pragma once

#include <span>
#include <vector>

#include <sonant/train/cluster/communicator.h>

namespace sonant {

// ((g0 + g1) + (g2 + g3)) + ... for S shards, a power of two. Numbers are added one by one, so the
// order is all that there is to agree upon.
class TreeSum {
 public:
  // ranks: who share the shards, as first_shard() says; null: all are here. From `large` bytes on
  // every rank adds up a slice of its own, which is less to send.
  TreeSum(int shards, Communicator* ranks, std::size_t large = 1 << 20);

  // parts: the shards of this rank, n numbers each, which change. parts[0] becomes the sum.
  void operator()(std::span<float* const> parts, std::size_t n);

 private:
  void double_up(float* mine, std::size_t n);
  void by_slices(std::span<float* const> parts, std::size_t n, int units);

  int shards_;
  Communicator* ranks_;
  std::size_t large_;
  std::vector<float> sent_, received_;
};

// parts[0] becomes the sum of all parts, a power of two of them, in the order of the tree.
void add_tree(std::span<float* const> parts, std::size_t n);

}  // namespace sonant
