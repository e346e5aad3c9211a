// One problem for the convolution kernels, computed by any of them on exactly the memory it asks
// for.
#pragma once

#include <ostream>
#include <vector>

#include <sonant/core/kernels/conv.h>
#include <sonant/core/tensor.h>

namespace sonant {

struct ConvCase {
  kernels::ConvShape shape;
  int images;
  friend std::ostream& operator<<(std::ostream& out, const ConvCase& c);
};

// Sizes around those of vectors, tiles and chunks; all parts of a border; every stride and group.
std::vector<ConvCase> conv_cases();

// Without and with a bias; the gradients are added to random numbers.
template <Real T>
struct ConvResult {
  Tensor<T> y, biased, dx, dw;
};
// Inputs are random numbers that float represents exactly; memory begins as NaN where the kernel
// must write it.
template <Real T>
ConvResult<T> run_conv(const kernels::ConvKernel<T>& kernel, const ConvCase& c);

// The largest error of the four, each of its largest number; infinite if there is a NaN.
template <Real T>
double conv_error(const ConvResult<T>& got, const ConvResult<double>& expected);

// Random numbers that float represents exactly.
template <Real T>
Tensor<T> exact_in_float(std::int64_t size, std::uint64_t seed);
// Largest |a - b| over the largest |b|, of at least `least`; infinite if there is a NaN.
template <Real T>
double error_of_largest(const Tensor<T>& a, const Tensor<double>& b, double least);

}  // namespace sonant
