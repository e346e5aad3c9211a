// The convolution on a BLAS: the windows of an image become the rows of a matrix ("im2col"), and
// forward and both gradients one product each. What the window holds is copied R*S times.
#include <algorithm>

#include <sonant/core/kernels/conv.h>
#include <sonant/core/kernels/gemm.h>

namespace sonant::kernels {
namespace {

using Index = std::int64_t;

// Extents of the product of one group: positions (Y*X) x depth (R*S*C/G) x outputs (O/G).
struct Extents {
  Index positions, depth, outputs, inputs;
  explicit Extents(const ConvShape& s)
      : positions(Index{out_height(s)} * out_width(s)),
        depth(Index{s.rows} * s.columns * (s.channels / s.groups)),
        outputs(s.outputs / s.groups),
        inputs(s.channels / s.groups) {}
};

// packed: for each group (depth, outputs), depth counted as (r,s,c).
template <class Body>
void each_weight(const ConvShape& s, const Body& body) {
  const Extents e(s);
  Index packed = 0;
  for (Index g = 0; g < s.groups; ++g)
    for (Index window = 0; window < Index{s.rows} * s.columns; ++window)
      for (Index c = 0; c < e.inputs; ++c)
        for (Index o = 0; o < e.outputs; ++o)
          body(packed++, ((g * e.outputs + o) * e.inputs + c) * s.rows * s.columns + window);
}

template <class T>
void pack(const ConvShape& s, const T* w, ConvPart, T* packed) {
  each_weight(s, [&](Index to, Index from) { packed[to] = w[from]; });
}

template <class T>
void unpack(const ConvShape& s, const T* gradient, T* dw) {
  each_weight(s, [&](Index from, Index to) { dw[to] += gradient[from]; });
}

// Calls body(place in the matrix, place in x or -1 outside) for runs of C/G numbers.
template <class Body>
void each_run(const ConvShape& s, int group, const Body& body) {
  const Index inputs = s.channels / s.groups;
  Index to = 0;
  for (int y = 0; y < out_height(s); ++y)
    for (int x = 0; x < out_width(s); ++x)
      for (int r = 0; r < s.rows; ++r)
        for (int q = 0; q < s.columns; ++q, to += inputs) {
          const int row = y * s.stride_y + r - s.top, column = x * s.stride_x + q - s.left;
          const bool inside = row >= 0 && row < s.height && column >= 0 && column < s.width;
          body(to, inside ? (Index{row} * s.width + column) * s.channels + group * inputs : -1);
        }
}

template <class T>
void gather(const ConvShape& s, int group, const T* x, T* matrix) {
  const Index inputs = s.channels / s.groups;
  each_run(s, group, [&](Index to, Index from) {
    if (from < 0)
      std::fill_n(matrix + to, inputs, T(0));
    else
      std::copy_n(x + from, inputs, matrix + to);
  });
}

template <class T>
void forward(const ConvForward<T>& p) {
  const ConvShape& s = p.shape;
  const Extents e(s);
  for (int n = 0; n < p.images; ++n) {
    T* y = p.y + n * out_size(s);
    for (Index k = 0; k < out_size(s); ++k) y[k] = p.bias ? p.bias[k % s.outputs] : T(0);
    for (int g = 0; g < s.groups; ++g) {
      gather(s, g, p.x + n * in_size(s), p.workspace);
      gemm<T>(Transpose::no, Transpose::no, e.positions, e.outputs, e.depth, 1, p.workspace,
              e.depth, p.packed + g * e.depth * e.outputs, e.outputs, 1, y + g * e.outputs,
              s.outputs);
    }
  }
}

template <class T>
void backward(const ConvBackward<T>& p) {
  const ConvShape& s = p.shape;
  const Extents e(s);
  for (int n = 0; n < p.images; ++n)
    for (int g = 0; g < s.groups; ++g) {
      const T* dy = p.dy + n * out_size(s) + g * e.outputs;
      if (p.dw) {
        gather(s, g, p.x + n * in_size(s), p.workspace);
        gemm<T>(Transpose::yes, Transpose::no, e.depth, e.outputs, e.positions, 1, p.workspace,
                e.depth, dy, s.outputs, 1, p.dw + g * e.depth * e.outputs, e.outputs);
      }
      if (p.dx == nullptr) continue;
      gemm<T>(Transpose::no, Transpose::yes, e.positions, e.depth, e.outputs, 1, dy, s.outputs,
              p.packed + g * e.depth * e.outputs, e.outputs, 0, p.workspace, e.depth);
      T* dx = p.dx + n * in_size(s);
      each_run(s, g, [&](Index from, Index to) {
        for (Index c = 0; to >= 0 && c < e.inputs; ++c) dx[to + c] += p.workspace[from + c];
      });
    }
}

ConvSizes sizes(const ConvShape& s, int) {
  const Extents e(s);
  const Index matrix = e.positions * e.depth;
  return {.packed = weight_count(s),
          .weight_gradient = weight_count(s),
          .forward_workspace = matrix,
          .backward_workspace = matrix};
}

template <class T>
std::vector<ConvKernel<T>> rows() {
  return {{{.name = "blas",
            .needs = {},
            .storage = own_storage<T>,
            .accuracy = own_accuracy<T>,
            .choice = Choice::automatic,
            .idea = "windows copied to a matrix (im2col), three OpenBLAS products"},
           sizes,
           pack<T>,
           forward<T>,
           backward<T>,
           unpack<T>}};
}

}  // namespace

template <>
std::vector<ConvKernel<float>> conv_variant<struct BlasConv, float>() {
  return rows<float>();
}
template <>
std::vector<ConvKernel<double>> conv_variant<struct BlasConv, double>() {
  return rows<double>();
}

}  // namespace sonant::kernels
