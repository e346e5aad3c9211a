// Batch normalisation over the rows of a packed batch. docs/batch_norm.md
#pragma once

#include <cstdint>

#include <sonant/core/autograd.h>

namespace sonant {

struct BatchNormOptions {
  double eps = 1e-5;      // added to the variance before the root
  double momentum = 0.1;  // share of the new statistics in the running ones, as PyTorch counts it
  bool training = true;   // statistics of this batch (true), or the running ones (false)
  // All-zero rows that are not stored but count in the training statistics, as padding does in the
  // published system ("paper" mode). Nothing reads their outputs.
  std::int64_t zero_rows = 0;
};

// y = weight (x - mean) / sqrt(var + eps) + bias, each feature by itself.  docs/batch_norm.md (1)
// x (N,D), weight (D), bias (D), running_mean (D), running_var (D) -> y (N,D)
//
// In training, mean and var (biased) are those of the n = N + zero_rows rows, and the running
// statistics move towards mean and the unbiased var n/(n-1) (PyTorch). Otherwise the running ones
// are used and stay as they are, and zero_rows has no effect. Sums are accumulated in double.
// Of a batch in shards (tape.exchange()) n, mean and var are those of all shards, in one order.
// Error for n < 2 in training: one row has no variance.
template <Real T>
Var<T> batch_norm(Var<T> x, Var<T> weight, Var<T> bias, Tensor<T>& running_mean,
                  Tensor<T>& running_var, const BatchNormOptions& options = {});

}  // namespace sonant
