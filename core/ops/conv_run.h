// What conv2d() and conv_block() share: one convolution of a batch, its images in fixed shards. Not
// for users.
#pragma once

#include <algorithm>
#include <optional>

#include <sonant/core/kernels/conv.h>
#include <sonant/core/ops/conv2d.h>
#include <sonant/core/ops/shards.h>

namespace sonant {

template <Real T>
struct ConvRun {
  // A shard has images enough that its share of the weights' gradient is small beside its work.
  static constexpr int shard_images = 4, max_shards = 64;

  const kernels::ConvKernel<T>* kernel;
  kernels::ConvShape shape;
  int images, shards;

  // Error by `op`, naming the argument that does not fit.
  ConvRun(const char* op, const Var<T>& x, const Var<T>& weight, const std::optional<Var<T>>& bias,
          const Conv2dOptions<T>& options);

  kernels::ConvSizes sizes() const {
    return kernel->sizes(shape, (images + shards - 1) / shards);  // of the largest shard
  }
  Tensor<T> pack(const Tensor<T>& weight, kernels::ConvPart part) const {
    auto packed = Tensor<T>::uninitialized({sizes().packed});
    kernel->pack(shape, weight.data(), part, packed.data());
    return packed;
  }
  // For forward: what was kept (Conv2dOptions), or else `own`, which is set.
  const T* packed_forward(const Tensor<T>& weight, PackedWeights<T>* kept, Tensor<T>& own) const;
  // body(shard, its images, workspace of that size).
  template <class Body>
  void each_shard(std::int64_t size, const Body& body) const {
    sonant::each_shard<T>(shards, size, [&](int shard, T* workspace) {
      body(shard, shard_range(images, shards, shard), workspace);
    });
  }
  // Gradients of the weights, one for each shard, which are added up in their order.
  struct WeightGradients {
    std::int64_t size;  // of one
    Tensor<T> all;
    T* of(int shard) { return size == 0 ? nullptr : all.data() + shard * size; }
  };
  WeightGradients weight_gradients(bool wanted) const {
    const std::int64_t size = wanted ? whole_lines(sizes().weight_gradient) : 0;
    return {size, Tensor<T>({shards, size})};
  }
  void add(WeightGradients& gradients, Tensor<T>& dw) const {
    T* sum = gradients.all.data();
    parallel_ranges(gradients.size, [&](std::int64_t begin, std::int64_t end) {
      for (int shard = 1; shard < shards; ++shard)
        for (std::int64_t n = begin; n < end; ++n) sum[n] += sum[shard * gradients.size + n];
    });
    kernel->unpack(shape, sum, dw.data());
  }

  std::int64_t in_size() const { return kernels::in_size(shape); }    // of an image
  std::int64_t out_size() const { return kernels::out_size(shape); }  // of its map
  Shape out_shape() const { return {images, out_height(shape), out_width(shape), shape.outputs}; }
  static int count(Range images) { return static_cast<int>(images.end - images.begin); }
};

}  // namespace sonant
