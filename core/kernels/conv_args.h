// Arguments of the convolution kernels: plain structs of pointers, because files that are compiled
// for one instruction set include nothing that other files could share (docs/kernels.md).
//
// Maps are channels-last. Letters: H x W the extents of an input map, C its channels, O those of an
// output map, Y x X its extents, R x S those of a window, G groups, each of which makes O/G outputs
// of C/G channels. Weights are (O,C/G,R,S), as in torch.nn.Conv2d. Equations: docs/convolution.md.
#pragma once

#include <cstdint>

namespace sonant::kernels {

struct ConvShape {
  int height, width, channels;  // H, W, C
  int outputs;                  // O
  int rows, columns;            // R, S: of a window
  int stride_y = 1, stride_x = 1;
  int groups = 1;
  int top = 0, bottom = 0, left = 0, right = 0;  // zeros around the input
};

// Static, not inline: each file has its own copy, compiled for its own instruction set.
static inline int out_height(const ConvShape& s) {
  return (s.height + s.top + s.bottom - s.rows) / s.stride_y + 1;  // Y
}
static inline int out_width(const ConvShape& s) {
  return (s.width + s.left + s.right - s.columns) / s.stride_x + 1;  // X
}
static inline std::int64_t in_size(const ConvShape& s) {
  return std::int64_t{s.height} * s.width * s.channels;
}
static inline std::int64_t out_size(const ConvShape& s) {
  return std::int64_t{out_height(s)} * out_width(s) * s.outputs;
}
static inline std::int64_t weight_count(const ConvShape& s) {
  return std::int64_t{s.outputs} * (s.channels / s.groups) * s.rows * s.columns;
}

// The parts of `packed`, each written by itself.
enum class ConvPart { forward, input_gradient };

// Numbers of elements of T that the caller provides.
struct ConvSizes {
  std::int64_t packed;           // weights in the kernel's own layout, of either part
  std::int64_t weight_gradient;  // the gradient of the weights in that layout
  std::int64_t forward_workspace;
  std::int64_t backward_workspace;
};

template <class T>
struct ConvForward {
  ConvShape shape;
  int images;
  const T* packed;  // ConvPart::forward
  const T* x;       // (images,H,W,C)
  const T* bias;    // (O), or null for zeros
  T* y;             // (images,Y,X,O) out
  T* workspace;
};

// dx and dw are added to. Null: nobody wants it.
template <class T>
struct ConvBackward {
  ConvShape shape;
  int images;
  const T* packed;  // ConvPart::input_gradient, for dx
  const T* x;       // for dw
  const T* dy;      // (images,Y,X,O)
  T* dx;            // (images,H,W,C)
  T* dw;            // weight_gradient numbers
  T* workspace;
};

}  // namespace sonant::kernels
