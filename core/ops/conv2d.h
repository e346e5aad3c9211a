// Two-dimensional convolution over channels-last maps as one node of the tape: docs/convolution.md.
#pragma once

#include <array>
#include <optional>

#include <sonant/core/autograd.h>
#include <sonant/core/ops/border.h>

namespace sonant {

namespace kernels {
template <class T>
struct ConvKernel;
}

// Weights in a kernel's own layout, kept from one call to the next.
template <Real T>
struct PackedWeights {
  const kernels::ConvKernel<T>* kernel = nullptr;
  int groups = 0;
  Tensor<T> weight, packed;
};

template <Real T>
struct Conv2dOptions {
  std::array<int, 2> stride = {1, 1};  // rows, columns
  Border border = Border::same;        // of zeros
  int groups = 1;
  // A row of the registry (core/kernels/conv.h); null: the best one.
  const kernels::ConvKernel<T>* kernel = nullptr;
  // Where a call that records nothing finds the weights that the one before has packed, if they are
  // the same numbers, and leaves its own. Of one thread at a time; null: they are packed anew.
  PackedWeights<T>* kept = nullptr;
};

// y[b,y,x,o] = bias[o] + sum_{r,s,c} weight[o,c,r,s] x[b, y*stride+r-top, x*stride+s-left, g*C/G+c]
// with zeros outside of x and g = o / (O/G).  docs/convolution.md (1)
//
// x (B,H,W,C), weight (O,C/G,R,S) as torch.nn.Conv2d, bias (O) -> y (B,Y,X,O). Gradients for all
// three, each only if wanted. Images run in parallel in fixed shards: the same bits with any number
// of threads. Error, naming the argument, for shapes that do not fit.
template <Real T>
Var<T> conv2d(Var<T> x, Var<T> weight, const std::optional<Var<T>>& bias = std::nullopt,
              const Conv2dOptions<T>& options = {});

}  // namespace sonant
