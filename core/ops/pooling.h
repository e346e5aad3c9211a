// Pooling over channels-last maps: docs/convolution.md.
#pragma once

#include <array>

#include <sonant/core/autograd.h>
#include <sonant/core/ops/border.h>

namespace sonant {

struct PoolingOptions {
  std::array<int, 2> window = {2, 2};  // rows, columns
  std::array<int, 2> stride = {0, 0};  // 0: the window's extent
  // same: a window that reaches over the edge counts what is there, no zeros.
  Border border = Border::same;
};

// The mean, or the largest, of the numbers of a channel in each window.  docs/convolution.md
// (5)-(8) x (B,H,W,C) -> (B,Y,X,C). Of several largest the first one in reading order gets the
// gradient.
template <Real T>
Var<T> avg_pool2d(Var<T> x, const PoolingOptions& options = {});
template <Real T>
Var<T> max_pool2d(Var<T> x, const PoolingOptions& options = {});

// The mean of each channel: x (B,H,W,C) -> (B,C).
template <Real T>
Var<T> global_avg_pool2d(Var<T> x);

}  // namespace sonant
