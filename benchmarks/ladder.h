// The stages of docs/kernels.md between the scalar loop and the fused kernel that nobody would use,
// and are here to be timed; and one way to run any stage, forward.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <sonant/core/kernels/lstm.h>
#include <sonant/core/packed.h>

namespace sonant::bench {

// Forward only, from a state of zeros, with nothing kept for a backward pass.
kernels::LstmKernel<float> exchanged_loops();  // the gates innermost, for the compiler to vectorise
kernels::LstmKernel<float> blas_vector_gates();  // matrix products, then passes of vector functions

// y[n] = f(x[n]): the standard library's, and the vector functions of the best simd kernel's set.
using Map = void (*)(const float* x, float* y, std::int64_t count);
struct Activation {
  const char* name;
  Map scalar, vector, fast;
};
std::vector<Activation> activations();

// How the calls of a kernel share a batch.
struct Split {
  int shards = 1;           // each one call, on as many threads as there are
  bool one_by_one = false;  // every sequence a call of its own, one after the other
};

// One layer over a batch, packed (but for one_by_one: there a sequence's rows lie together).
// Parameters are prepared once, memory is made once.
class LayerForward {
 public:
  LayerForward(const kernels::LstmKernel<float>& kernel, int input, int hidden,
               std::span<const int> lengths, Split split = {});
  LayerForward(const LayerForward&) = delete;  // the arguments point into it
  LayerForward& operator=(const LayerForward&) = delete;
  void run();
  const Tensor<float>& h() const { return h_; }  // (N,H)

 private:
  std::int64_t add_call(kernels::LstmForward<float> call, std::span<const int> lengths, int shard,
                        int shards);

  const kernels::LstmKernel<float> kernel_;
  std::vector<std::unique_ptr<PackedLayout>> layouts_;
  Tensor<float> x_, w_ih_, w_hh_, b_ih_, b_hh_, h_, prepared_;
  std::vector<Tensor<float>> workspaces_;
  std::vector<kernels::LstmForward<float>> arguments_;
};

}  // namespace sonant::bench
