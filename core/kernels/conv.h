// The registry of convolution kernels over batches of channels-last maps. docs/kernels.md tells how
// to add one.
#pragma once

#include <vector>

#include <sonant/core/kernels/conv_args.h>
#include <sonant/core/kernels/registry.h>

namespace sonant::kernels {

// One variant for one instruction set. Its functions touch no global state: any number of them may
// run at once on different images of a batch. Every pointer to packed numbers, gradients of weights
// and workspace is aligned to 64 bytes.
template <class T>
struct ConvKernel : KernelRow {
  ConvSizes (*sizes)(const ConvShape& shape, int images);
  // Once for all calls with the same weights w (O,C/G,R,S).
  void (*pack)(const ConvShape& shape, const T* w, ConvPart part, T* packed);
  void (*forward)(const ConvForward<T>& args);
  void (*backward)(const ConvBackward<T>& args);
  // Adds what backward() left in ConvBackward::dw to dw (O,C/G,R,S).
  void (*unpack)(const ConvShape& shape, const T* gradient, T* dw);
};

// T = float or double.
template <class T>
Registry<ConvKernel<T>>& conv_kernels();

// What the file of a variant defines, for float and for double: its rows, one an instruction set.
// `Variant` is a tag that only that file and the table in conv.cpp name.
template <class Variant, class T>
std::vector<ConvKernel<T>> conv_variant();

}  // namespace sonant::kernels
