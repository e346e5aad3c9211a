// The rungs of docs/kernels.md between the scalar loop and the fused kernel that nobody would use,
// and are here to be timed; and one way to run any rung, forward.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <sonant/core/kernels/lstm.h>
#include <sonant/core/packed.h>

namespace sonant::bench {

// Forward only, from a state of zeros, with nothing kept for a backward pass.
kernels::LstmKernel<float> exchanged_loops();  // the gates innermost, for the compiler to vectorise
kernels::LstmKernel<float> blas_vector_gates();  // matrix products, then passes of vector functions

// One layer over packed sequences; parameters are prepared once, memory is made once.
class LayerForward {
 public:
  LayerForward(const kernels::LstmKernel<float>& kernel, int input, int hidden,
               std::span<const int> lengths, int shards = 1);
  LayerForward(const LayerForward&) = delete;  // the arguments point into it
  LayerForward& operator=(const LayerForward&) = delete;
  void run();                                    // shards on as many threads as there are
  const Tensor<float>& h() const { return h_; }  // (N,H)

 private:
  const kernels::LstmKernel<float> kernel_;
  PackedLayout layout_;
  Tensor<float> x_, w_ih_, w_hh_, b_ih_, b_hh_, h_, prepared_;
  std::vector<Tensor<float>> workspaces_;
  std::vector<kernels::LstmForward<float>> arguments_;
};

}  // namespace sonant::bench
