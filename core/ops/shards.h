// Shards of an op's work with scratch memory of their own. For ops, not for users.
#pragma once

#include <algorithm>
#include <concepts>

#include <sonant/core/kernels/float_mode.h>
#include <sonant/core/parallel.h>
#include <sonant/core/tensor.h>

namespace sonant {

// To whole cache lines, in which kernels' vectors are aligned.
inline std::int64_t whole_lines(std::int64_t size) { return (size + 15) / 16 * 16; }

// Runs body(shard, workspace) for all of them, in float without denormals; `size` numbers of
// scratch memory, one part for each worker.
template <Real T, class Body>
void each_shard(int shards, std::int64_t size, const Body& body) {
  size = whole_lines(size);
  auto workspace = Tensor<T>::uninitialized({std::min(shards, num_threads()) * size});
  parallel_shards(shards, [&](int shard, int worker) {
    T* mine = workspace.data() + worker * size;
    if constexpr (std::same_as<T, float>) {
      const kernels::FlushDenormals guard;
      body(shard, mine);
    } else {
      body(shard, mine);
    }
  });
}

}  // namespace sonant
