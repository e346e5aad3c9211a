// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011). A number depends only on (seed, stream, index), never on what was drawn
// before or by which thread, so runs repeat bit for bit with any thread count and after a resume.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <sonant/core/tensor.h>

namespace sonant {

class Random {
 public:
  // `stream` separates independent uses of one seed (a layer, a training step, an utterance).
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}
  // The generator of an independent sub-stream, e.g. rng.split(layer).split(step).
  Random split(std::uint64_t id) const;

  // Element `index` of the stream. uniform: [0,1) with 53 (double) bits. normal: Box-Muller.
  std::uint32_t bits(std::uint64_t index) const;
  double uniform(std::uint64_t index) const;
  double normal(std::uint64_t index) const;

  // Whole ranges, elements first, first+1, ... of the stream.
  void fill_bits(std::span<std::uint32_t> out, std::uint64_t first = 0) const;
  template <Real T>
  void fill_uniform(std::span<T> out, T low, T high, std::uint64_t first = 0) const;
  template <Real T>
  void fill_normal(std::span<T> out, T mean, T stddev, std::uint64_t first = 0) const;

  // Fisher-Yates permutation of 0..n-1, unbiased.
  std::vector<int> permutation(int n) const;

  std::uint64_t seed() const { return seed_; }
  std::uint64_t stream() const { return stream_; }

 private:
  std::uint64_t seed_, stream_;
};

}  // namespace sonant
