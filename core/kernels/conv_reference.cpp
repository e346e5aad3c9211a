// The scalar convolution: what a student reads, and what every other variant is compared with. (n)
// is an equation of docs/convolution.md.
#include <algorithm>

#include <sonant/core/kernels/conv.h>

namespace sonant::kernels {
namespace {

using Index = std::int64_t;

// Calls body(place in x, number of the weight, place in y) for all products of one image, in the
// order of (1): for every output the window row by row, in it position by position and channel by
// channel.
template <class Body>
void each_product(const ConvShape& s, const Body& body) {
  const int inputs = s.channels / s.groups, outputs = s.outputs / s.groups;
  Index y_at = 0;
  for (int y = 0; y < out_height(s); ++y)
    for (int x = 0; x < out_width(s); ++x)
      for (int o = 0; o < s.outputs; ++o, ++y_at)
        for (int r = 0; r < s.rows; ++r)
          for (int q = 0; q < s.columns; ++q) {
            const int row = y * s.stride_y + r - s.top, column = x * s.stride_x + q - s.left;
            if (row < 0 || row >= s.height || column < 0 || column >= s.width) continue;  // zeros
            const Index x_at = (Index{row} * s.width + column) * s.channels + o / outputs * inputs;
            for (int c = 0; c < inputs; ++c)
              body(x_at + c, ((Index{o} * inputs + c) * s.rows + r) * s.columns + q, y_at);
          }
}

template <class T>
void pack(const ConvShape& s, const T* w, ConvPart, T* packed) {
  std::copy_n(w, weight_count(s), packed);
}

template <class T>
void forward(const ConvForward<T>& p) {
  const ConvShape& s = p.shape;
  for (int n = 0; n < p.images; ++n) {
    const T* x = p.x + n * in_size(s);
    T* y = p.y + n * out_size(s);
    for (Index k = 0; k < out_size(s); ++k) y[k] = p.bias ? p.bias[k % s.outputs] : T(0);
    each_product(s, [&](Index a, Index b, Index out) { y[out] += x[a] * p.packed[b]; });  // (1)
  }
}

template <class T>
void backward(const ConvBackward<T>& p) {
  const ConvShape& s = p.shape;
  for (int n = 0; n < p.images; ++n) {
    const T *x = p.x + n * in_size(s), *dy = p.dy + n * out_size(s);
    T* dx = p.dx ? p.dx + n * in_size(s) : nullptr;
    each_product(s, [&](Index a, Index b, Index out) {
      if (dx) dx[a] += p.packed[b] * dy[out];  // (3)
      if (p.dw) p.dw[b] += x[a] * dy[out];     // (4)
    });
  }
}

template <class T>
void unpack(const ConvShape& s, const T* gradient, T* dw) {
  for (Index k = 0; k < weight_count(s); ++k) dw[k] += gradient[k];
}

ConvSizes sizes(const ConvShape& s, int) {
  return {.packed = weight_count(s),
          .weight_gradient = weight_count(s),
          .forward_workspace = 0,
          .backward_workspace = 0};
}

template <class T>
std::vector<ConvKernel<T>> rows() {
  return {{{.name = "reference",
            .needs = {},
            .storage = own_storage<T>,
            .accuracy = own_accuracy<T>,
            .choice = Choice::automatic,
            .idea = "scalar loops in the order of the equations: the specification"},
           sizes,
           pack<T>,
           forward<T>,
           backward<T>,
           unpack<T>}};
}

}  // namespace

template <>
std::vector<ConvKernel<float>> conv_variant<struct ReferenceConv, float>() {
  return rows<float>();
}
template <>
std::vector<ConvKernel<double>> conv_variant<struct ReferenceConv, double>() {
  return rows<double>();
}

}  // namespace sonant::kernels
