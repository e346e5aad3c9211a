// What must hold before anything is timed: a fast wrong result is worth nothing. Each function
// throws Error, naming the worst number, if it does not.
#pragma once

#include <span>
#include <string>

#include <sonant/core/kernels/lstm.h>

#include "problems.h"

namespace sonant::bench {

// Of a kernel's results here, where sums are longer than in the tests that its accuracy is from:
// four times that.
double verify_limit(const kernels::KernelRow& row);

// Largest difference over the largest number; the sum of products of float over a thousand rows
// agrees to some 1e-6 between two orders of summation.
void verify_close(const Tensor<float>& got, const Tensor<float>& expected, const std::string& what,
                  double limit = 2e-5);

// One registry row on one problem: memory, arguments, and the two directions.
class KernelRun {
 public:
  KernelRun(const kernels::LstmKernel<float>& kernel, int input, int hidden,
            std::span<const int> lengths);
  KernelRun(const KernelRun&) = delete;  // the arguments point into it
  KernelRun& operator=(const KernelRun&) = delete;

  void forward();
  void backward();  // adds to the gradients, after a forward()
  // h, dx, dw_ih, dw_hh, db after one forward() and one backward() from zero gradients.
  std::vector<Tensor<float>> results();
  double forward_flops() const;
  double backward_flops() const;

 private:
  const kernels::LstmKernel<float>* kernel_;
  int input_, hidden_;
  PackedLayout layout_;
  Tensor<float> x_, w_ih_, w_hh_, b_ih_, b_hh_, dh_;
  Tensor<float> h_, dx_, dw_ih_, dw_hh_, db_;
  Tensor<float> prepared_, saved_, forward_workspace_, backward_workspace_;
  kernels::LstmForward<float> forward_args_{};
  kernels::LstmBackward<float> backward_args_{};
};

// Every result of `kernel` against the reference kernel's, relative to each tensor's largest.
void verify_kernel(const kernels::LstmKernel<float>& kernel, int input, int hidden,
                   std::span<const int> lengths);

// W with the default kernel against W with the reference kernel: logits, then the loss and all
// parameters after three steps of training.
void verify_training(const Utterances& batch);

// W frame by frame, with the default kernels, against W as a whole with the reference kernel, after
// every frame of one utterance.
void verify_streaming();

// A stack of LSTMs with the default kernel against the reference kernel: output and gradients.
void verify_stack(std::span<const int> sizes, std::span<const int> lengths);

}  // namespace sonant::bench
