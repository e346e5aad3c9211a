#include <sonant/core/packed.h>

#include <algorithm>
#include <numeric>

#include <sonant/core/parallel.h>

namespace sonant {

PackedLayout::PackedLayout(std::span<const int> lengths, int whole_steps) {
  check(!lengths.empty(), "PackedLayout", "expects at least one sequence");
  order_.resize(lengths.size());
  std::iota(order_.begin(), order_.end(), 0);
  const auto length_of = [&](int i) { return lengths[static_cast<std::size_t>(i)]; };
  // By length, then by place: std::stable_sort would ask the heap for a copy.
  std::sort(order_.begin(), order_.end(), [&](int a, int b) {
    return length_of(a) != length_of(b) ? length_of(a) > length_of(b) : a < b;
  });
  lengths_.reserve(lengths.size());
  for (int i : order_) {
    check(length_of(i) >= 1, "PackedLayout", "expects lengths of at least 1, got ", length_of(i),
          " for sequence ", i);
    lengths_.push_back(length_of(i));
  }
  sorted_ = std::is_sorted(order_.begin(), order_.end());
  whole_steps_ = whole_steps == 0 ? lengths_.front() : whole_steps;
  check(lengths_.front() <= whole_steps_, "PackedLayout", "expects lengths of at most ",
        whole_steps_, ", got ", lengths_.front());
  places_.resize(order_.size());
  for (int b = 0; b < batch(); ++b)
    places_[static_cast<std::size_t>(order_[static_cast<std::size_t>(b)])] = b;
  int running = batch();
  active_.reserve(static_cast<std::size_t>(lengths_.front()));
  first_row_.reserve(static_cast<std::size_t>(lengths_.front()) + 1);
  first_row_.push_back(0);
  for (int t = 0; t < lengths_.front(); ++t) {
    while (lengths_[static_cast<std::size_t>(running - 1)] <= t) --running;
    active_.push_back(running);
    first_row_.push_back(first_row_.back() + running);
  }
}

Layout make_layout(std::span<const int> lengths, int whole_steps) {
  return std::allocate_shared<PackedLayout>(PoolAllocator<PackedLayout>(), lengths, whole_steps);
}

template <Real T>
Tensor<T> pack(std::span<const Tensor<T>* const> sequences, const PackedLayout& layout) {
  check(static_cast<int>(sequences.size()) == layout.batch(), "pack", "layout has ", layout.batch(),
        " sequences, got ", sequences.size());
  const std::int64_t width = sequences[0]->dim(-1);
  auto packed = Tensor<T>::uninitialized({layout.rows(), width});
  const int shards = std::min(light_shards(packed.size()), layout.batch());
  parallel_shards(shards, [&](int shard) {
    for (int b = shard; b < layout.batch(); b += shards) {
      const auto index = static_cast<std::size_t>(b);
      const Tensor<T>& sequence = *sequences[static_cast<std::size_t>(layout.order()[index])];
      check(sequence.shape() == Shape({layout.lengths()[index], width}), "pack", "expects (",
            layout.lengths()[index], ",", width, "), got ", sequence.shape());
      for (int t = 0; t < layout.lengths()[index]; ++t)
        std::copy_n(sequence.data() + t * width, width, packed.data() + layout.row(b, t) * width);
    }
  });
  return packed;
}

template <Real T>
Tensor<T> unpack(const Tensor<T>& packed, const PackedLayout& layout, T padding) {
  check(packed.rank() == 2 && packed.dim(0) == layout.rows(), "unpack", "expects (", layout.rows(),
        ",D), got ", packed.shape());
  const std::int64_t width = packed.dim(1);
  Tensor<T> padded({layout.batch(), layout.steps(), width}, padding);
  for (int b = 0; b < layout.batch(); ++b) {
    const auto index = static_cast<std::size_t>(b);
    T* out = padded.data() + layout.order()[index] * layout.steps() * width;
    for (int t = 0; t < layout.lengths()[index]; ++t)
      std::copy_n(packed.data() + layout.row(b, t) * width, width, out + t * width);
  }
  return padded;
}

template Tensor<float> pack(std::span<const Tensor<float>* const>, const PackedLayout&);
template Tensor<double> pack(std::span<const Tensor<double>* const>, const PackedLayout&);
template Tensor<float> unpack(const Tensor<float>&, const PackedLayout&, float);
template Tensor<double> unpack(const Tensor<double>&, const PackedLayout&, double);

}  // namespace sonant
