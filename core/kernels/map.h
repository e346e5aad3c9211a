// The registry of kernels that normalise, rectify and pool channels-last maps: what stands between
// two convolutions, in one pass over memory.
#pragma once

#include <sonant/core/kernels/map_args.h>
#include <sonant/core/kernels/registry.h>

namespace sonant::kernels {

// Functions touch no global state: any number may run at once on different images.
template <class T>
struct MapKernel : KernelRow {
  // sum[c] += x - origin[c] and squares[c] += its square, over `rows` rows of x (rows,C).
  void (*moments)(std::int64_t rows, int channels, const T* x, const T* origin, double* sum,
                  double* squares);
  // y = the mean over each window of relu(scale x + shift).
  void (*forward)(const MapWindows& windows, int images, const ChannelNorm<T>& norm, const T* x,
                  T* y);
  // With g the gradient of scale x + shift: sum[c] += g, sum_xhat[c] += g xhat.
  void (*gradient_sums)(const MapWindows& windows, int images, const ChannelNorm<T>& norm,
                        const T* x, const T* dy, double* sum, double* sum_xhat);
  // dx = scale (g - offset - slope xhat).
  void (*backward)(const MapWindows& windows, int images, const ChannelNorm<T>& norm, const T* x,
                   const T* dy, const T* offset, const T* slope, T* dx);
};

template <class T>
Registry<MapKernel<T>>& map_kernels();

}  // namespace sonant::kernels
