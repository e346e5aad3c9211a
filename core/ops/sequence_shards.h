// How the recurrent ops share out a packed batch: shards of sequences, whose number depends on B
// alone, so that results are the same bits with any number of threads.
#pragma once

#include <algorithm>

#include <sonant/core/kernels/lstm_args.h>
#include <sonant/core/ops/shards.h>
#include <sonant/core/packed.h>

namespace sonant {

class SequenceShards {
 public:
  SequenceShards(Layout layout, bool reverse)
      : layout_(std::move(layout)),
        count_(std::clamp(layout_->batch() / sequences, 1, most)),
        reverse_(reverse) {}

  int count() const { return count_; }
  const PackedLayout& layout() const { return *layout_; }

  kernels::LstmRows rows(int shard) const {
    return {layout_->first_row().data(),
            layout_->active().data(),
            layout_->steps(),
            shard,
            count_,
            reverse_};
  }

  // Where a shard's part begins in memory of which shard s needs size(s); for shard == count(), the
  // size of it all.
  template <class Size>
  static std::int64_t begin(int shard, const Size& size) {
    std::int64_t sum = 0;
    while (shard-- > 0) sum += whole_lines(size(shard));
    return sum;
  }

  // Runs body(shard, workspace) for all of them, in float without denormals. `size`: how much
  // memory the first shard needs, which has the longest sequences; one part for each worker.
  template <Real T, class Body>
  void each(std::int64_t size, const Body& body) const {
    each_shard<T>(count_, size, body);
  }

  // Adds what the shards found to `sum`, always in their order, a part of the elements on each
  // thread. partial (count(), size): `count` numbers of each row from `first` on.
  template <Real T>
  void add(const Tensor<T>& partial, std::int64_t first, std::int64_t count, T* sum) const {
    const std::int64_t size = partial.dim(1);
    parallel_ranges(count, [&](std::int64_t begin, std::int64_t end) {
      for (int shard = 0; shard < count_; ++shard) {
        const T* mine = partial.data() + shard * size + first;
        for (std::int64_t n = begin; n < end; ++n) sum[n] += mine[n];
      }
    });
  }

 private:
  // Sequences per shard: enough rows to keep a kernel's register tiles full.
  static constexpr int sequences = 16;
  static constexpr int most = 64;

  Layout layout_;
  int count_;
  bool reverse_;
};

}  // namespace sonant
