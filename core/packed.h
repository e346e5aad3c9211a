// A batch of sequences of different lengths without padding, as PyTorch's PackedSequence: inside,
// sequences are sorted longest first, and the rows of one time step lie together. At step t only
// the sequences that still run have a row, so nothing padded is ever computed.
//
//   lengths 3,2,2 -> rows: t=0 (b0 b1 b2), t=1 (b0 b1 b2), t=2 (b0)        N = 7 rows
//
// The sorting shows in the packed rows (N,...) alone. What has one row for each sequence (B,...),
// such as last states, attention contexts, logits and labels, is in the caller's order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <sonant/core/autograd.h>
#include <sonant/core/tensor.h>

namespace sonant {

class PackedLayout {
 public:
  // Lengths of the B sequences in the caller's order, each at least 1; equal lengths keep their
  // order. whole_steps: the longest length of a batch that these are a shard of; 0: of these.
  // Error for an empty list, a length below 1, or one above whole_steps.
  explicit PackedLayout(std::span<const int> lengths, int whole_steps = 0);

  int batch() const { return static_cast<int>(lengths_.size()); }  // B
  int steps() const { return static_cast<int>(active_.size()); }   // T, the longest length
  std::int64_t rows() const { return first_row_.back(); }          // N, the sum of the lengths
  int whole_steps() const { return whole_steps_; }  // what padding, where it counts, fills up to

  std::span<const int> lengths() const { return lengths_; }  // [B], longest first
  // [B]: the sequence sorted to place b is the caller's sequence order()[b]. sorted(): they are all
  // the same, because the caller's lengths were longest first.
  std::span<const int> order() const { return order_; }
  bool sorted() const { return sorted_; }
  std::span<const int> active() const { return active_; }  // [T]: sequences running at step t
  std::span<const std::int64_t> first_row() const { return first_row_; }  // [T+1], last is N
  std::int64_t row(int b, int t) const { return first_row_[static_cast<std::size_t>(t)] + b; }
  // [B], the inverse of order(): row(places()[i], t) is step t of the caller's sequence i.
  std::span<const int> places() const { return places_; }

 private:
  PoolVector<int> lengths_, order_, places_, active_;
  bool sorted_;
  int whole_steps_;
  PoolVector<std::int64_t> first_row_;
};

// Layouts are shared by everything that runs over the same batch.
using Layout = std::shared_ptr<const PackedLayout>;
Layout make_layout(std::span<const int> lengths, int whole_steps = 0);

// The rows of sequences[i], each (lengths[i], D), in packed order: (N, D).
template <Real T>
Tensor<T> pack(std::span<const Tensor<T>* const> sequences, const PackedLayout& layout);

// Packed (N, D) -> padded (B, T, D) in the caller's batch order, `padding` where a sequence ended.
template <Real T>
Tensor<T> unpack(const Tensor<T>& packed, const PackedLayout& layout, T padding = T(0));

// A packed batch on a tape: what sequence layers take and give.
template <Real T>
struct Packed {
  Var<T> data;  // (N, D)
  Layout layout;
};

}  // namespace sonant
