// One problem for the kernels over maps, computed by any of them.
#pragma once

#include <vector>

#include <sonant/core/kernels/map.h>
#include <sonant/core/tensor.h>

namespace sonant {

std::vector<kernels::MapWindows> map_cases();

// Sums are added to what is there.
template <Real T>
struct MapResult {
  Tensor<double> moments, sums;
  Tensor<T> y, dx;
};
template <Real T>
MapResult<T> run_map(const kernels::MapKernel<T>& kernel, const kernels::MapWindows& windows,
                     int images);

// The largest error of the four, each of its largest number or 1; infinite if there is a NaN.
template <Real T>
double map_error(const MapResult<T>& got, const MapResult<double>& expected);

}  // namespace sonant
