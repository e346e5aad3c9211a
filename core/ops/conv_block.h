// A convolution with all that stands behind it in Light-SERNet: batch norm, ReLU and average
// pooling, as one node. docs/convolution.md
#pragma once

#include <array>
#include <optional>

#include <sonant/core/ops/batch_norm.h>
#include <sonant/core/ops/conv2d.h>

namespace sonant {

template <Real T>
struct ConvBlockOptions {
  Conv2dOptions<T> conv = {};
  BatchNormOptions norm = {.eps = 1e-3, .momentum = 0.01};  // as published; zero_rows must be 0
  std::array<int, 2> window = {1, 1};  // of the pooling, rows and columns; Border::same
};

template <Real T>
struct ConvBlockWeights {
  Var<T> weight;               // (O,C/G,R,S)
  std::optional<Var<T>> bias;  // (O)
  Var<T> gamma, beta;          // (O), of the batch norm
};

// y = avg_pool2d(relu(batch_norm(conv2d(x)))), the batch norm's statistics over all places of all
// maps. x (B,H,W,C); running_mean and running_var (O); windows side by side, the last of a row or
// column with what is left. -> y (B,Y,X,O)
//
// The results are those of the four ops one by one. An image's map goes through all of them while
// it is in the cache; what is kept for the derivative is the convolution's output alone, and
// without derivatives not even that. Images run in parallel in fixed shards: the same bits with any
// number of threads. Error, naming the argument, for shapes that do not fit, and for a single place
// in training.
template <Real T>
Var<T> conv_block(Var<T> x, const ConvBlockWeights<T>& weights, Tensor<T>& running_mean,
                  Tensor<T>& running_var, const ConvBlockOptions<T>& options = {});

}  // namespace sonant
