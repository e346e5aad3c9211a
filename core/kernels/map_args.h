// Arguments of the kernels over channels-last maps that are not products: plain declarations,
// because files that are compiled for one instruction set include nothing that other files could
// share (docs/kernels.md).
#pragma once

#include <cstdint>

namespace sonant::kernels {

// Maps (images,H,W,C) cut into windows side by side; the last of a row or column may be smaller.
struct MapWindows {
  int height, width, channels;
  int window_height, window_width;
};

// What is done to one number x of channel c:  docs/convolution.md (9)-(11)
//   relu(scale[c] x + shift[c]),  xhat = (x - mean[c]) rstd[c]
template <class T>
struct ChannelNorm {
  const T *scale, *shift;  // (C)
  const T *mean, *rstd;    // (C); for derivatives
};

}  // namespace sonant::kernels
