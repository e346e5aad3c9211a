// The convolution on the register tile; included by simd_<set>.cpp. (n) are equations of
// docs/convolution.md.
//
// Each image is copied once into a border of zeros. There a row of a window is one run of S*C
// numbers wherever the window lies (of C/G, with groups), so the tile reads windows in place. The
// gradient of the input is the same product: windows of the bordered dy times the weights turned
// around.
#pragma once

#include <sonant/core/kernels/window_tile_body.h>

namespace sonant::kernels {

// Extents of the bordered images, and of the packed numbers.
template <Isa isa, class T>
struct ConvLayout {
  using Tiles = Tile<isa, T>;
  static constexpr int lanes = Tiles::lanes;

  const ConvShape& s;
  Index inputs, outputs;              // of a group: C/G, O/G
  Index taps, depth, reverse_depth;   // R*S, and the numbers of a window of x and of dy
  Index in_vectors, out_vectors;      // that cover a group's inputs and outputs
  Index border_width, border_size;    // of an image of x: S-1 columns or so wider
  Index reverse_width, reverse_size;  // of an image of dy
  Index chunk;                        // images worked on together: some hundred windows

  ConvLayout(const ConvShape& shape, int images)
      : s(shape),
        inputs(s.channels / s.groups),
        outputs(s.outputs / s.groups),
        taps(Index{s.rows} * s.columns),
        depth(taps * inputs),
        reverse_depth(taps * outputs),
        in_vectors((inputs + lanes - 1) / lanes),
        out_vectors((outputs + lanes - 1) / lanes),
        border_width(Index{s.width} + s.left + s.right),
        border_size(round_up((Index{s.height} + s.top + s.bottom) * border_width * s.channels)),
        reverse_width(Index{s.width} + s.columns - 1),
        reverse_size(round_up((Index{s.height} + s.rows - 1) * reverse_width * s.outputs)),
        chunk(1 + 255 / (Index{out_height(s)} * out_width(s))) {
    if (chunk > images) chunk = images;
  }
  static Index round_up(Index size) { return (size + 15) / 16 * 16; }

  Index forward_part() const { return s.groups * depth * out_vectors * lanes; }
  Index reverse_part() const { return s.groups * reverse_depth * in_vectors * lanes; }
  // Sums of a forward product begin with (O in whole vectors), those of a reverse one with zeros.
  Index start() const { return s.groups * out_vectors * lanes; }
  Index zeros() const { return in_vectors * lanes; }
};

template <Isa isa, class T>
class TiledConv {
 public:
  using Layout = ConvLayout<isa, T>;
  using Tiles = Tile<isa, T>;
  using Window = WindowTile<isa, T>;
  static constexpr int lanes = Tiles::lanes;

  TiledConv(const ConvShape& shape, int images) : s_(shape), l_(shape, images), images_(images) {}

  void forward(const ConvForward<T>& p) const {
    T *start = p.workspace, *bordered = start + Layout::round_up(l_.start());
    for (Index g = 0; g < s_.groups; ++g)
      for (Index o = 0; o < l_.out_vectors * lanes; ++o)
        start[g * l_.out_vectors * lanes + o] =
            p.bias && o < l_.outputs ? p.bias[g * l_.outputs + o] : T(0);
    for (Index first = 0; first < images_; first += l_.chunk) {
      const int count = chunk_of(first);
      border(p.x + first * in_size(s_), count, bordered);
      for (Index g = 0; g < s_.groups; ++g) {
        Windows<T> windows = input_windows(bordered, count, g);
        windows.out_row = s_.outputs;
        Window::panels(windows, p.packed + g * l_.depth * l_.out_vectors * lanes,
                       start + g * l_.out_vectors * lanes,
                       p.y + first * out_size(s_) + g * l_.outputs, static_cast<int>(l_.outputs));
      }
    }
  }

  void backward(const ConvBackward<T>& p) const {
    T *zeros = p.workspace, *work = zeros + Layout::round_up(l_.zeros());
    for (Index n = 0; n < l_.zeros(); ++n) zeros[n] = 0;
    for (Index first = 0; first < images_; first += l_.chunk) {
      const int count = chunk_of(first);
      const T* dy = p.dy + first * out_size(s_);
      if (p.dw) weight_gradient(p.x + first * in_size(s_), dy, count, work, p.dw);
      if (p.dx) input_gradient(p.packed, zeros, dy, count, work, p.dx + first * in_size(s_));
    }
  }

 private:
  int chunk_of(Index first) const {
    return static_cast<int>(images_ - first < l_.chunk ? images_ - first : l_.chunk);
  }

  // Where the windows lie in bordered images; the rest is set by whoever uses them.
  Windows<T> input_windows(const T* bordered, int count, Index group) const {
    const Index line = l_.border_width * s_.channels;
    const bool whole = s_.groups == 1;  // a window's row is one run
    return {.first = bordered + group * l_.inputs,
            .image = l_.border_size,
            .row = s_.stride_y * line,
            .column = Index{s_.stride_x} * s_.channels,
            .images = count,
            .height = out_height(s_),
            .width = out_width(s_),
            .runs_y = s_.rows,
            .runs_x = whole ? 1 : s_.columns,
            .run_y = line,
            .run_x = s_.channels,
            .run = whole ? s_.columns * l_.inputs : l_.inputs,
            .b = nullptr,
            .start = nullptr,
            .out = nullptr,
            .out_row = 0,
            .columns = 0,
            .add = false};
  }

  void weight_gradient(const T* x, const T* dy, int count, T* work, T* dw) const {
    T* bordered = work;
    border(x, count, bordered);
    for (Index g = 0; g < s_.groups; ++g) {
      Windows<T> windows = input_windows(bordered, count, g);
      windows.out_row = s_.outputs;
      Window::correlation_panels(windows, dy + g * l_.outputs,
                                 dw + g * l_.depth * l_.out_vectors * lanes,
                                 static_cast<int>(l_.outputs));
    }
  }

  // (3): dx of a place are the windows of the bordered dy that end there.
  void input_gradient(const T* packed, const T* zeros, const T* dy, int count, T* work,
                      T* dx) const {
    reverse_border(dy, count, work);
    const Index line = l_.reverse_width * s_.outputs;
    const bool whole = s_.groups == 1;
    for (Index g = 0; g < s_.groups; ++g) {
      const Windows<T> windows = {.first = work + g * l_.outputs,
                                  .image = l_.reverse_size,
                                  .row = line,
                                  .column = s_.outputs,
                                  .images = count,
                                  .height = s_.height,
                                  .width = s_.width,
                                  .runs_y = s_.rows,
                                  .runs_x = whole ? 1 : s_.columns,
                                  .run_y = line,
                                  .run_x = s_.outputs,
                                  .run = whole ? s_.columns * l_.outputs : l_.outputs,
                                  .b = nullptr,
                                  .start = nullptr,
                                  .out = nullptr,
                                  .out_row = s_.channels,
                                  .columns = 0,
                                  .add = true};
      Window::panels(windows, packed + g * l_.reverse_depth * l_.in_vectors * lanes, zeros,
                     dx + g * l_.inputs, static_cast<int>(l_.inputs));
    }
  }

  static void fill(T* to, Index count) {
    for (Index n = 0; n < count; ++n) to[n] = 0;
  }
  static void copy(const T* from, Index count, T* to) {
    for (Index n = 0; n < count; ++n) to[n] = from[n];
  }

  void border(const T* x, int count, T* to) const {
    const Index line = l_.border_width * s_.channels, width = Index{s_.width} * s_.channels;
    const Index left = Index{s_.left} * s_.channels;
    for (int n = 0; n < count; ++n) {
      T* row = to + n * l_.border_size;
      fill(row, s_.top * line);
      row += s_.top * line;
      for (int y = 0; y < s_.height; ++y, row += line, x += width) {
        fill(row, left);
        copy(x, width, row + left);
        fill(row + left + width, line - left - width);
      }
      fill(row, s_.bottom * line);
    }
  }

  // dy with its strides between the numbers, so that a window of R x S that begins at (y,x) holds
  // the gradients of all outputs that x's place (y,x) went into, the last tap first.
  void reverse_border(const T* dy, int count, T* to) const {
    const int Y = out_height(s_), X = out_width(s_), O = s_.outputs;
    const Index line = l_.reverse_width * O;
    for (int n = 0; n < count; ++n) {
      T* image = to + n * l_.reverse_size;
      const T* from = dy + n * out_size(s_);
      for (Index j = 0; j < Index{s_.height} + s_.rows - 1; ++j) {
        T* row = image + j * line;
        const Index dilated = j - (s_.rows - 1) + s_.top, y = dilated / s_.stride_y;
        fill(row, line);
        if (dilated < 0 || dilated % s_.stride_y != 0 || y >= Y) continue;
        for (Index x = 0; x < X; ++x) {
          const Index column = x * s_.stride_x + s_.columns - 1 - s_.left;
          if (column < 0 || column >= l_.reverse_width) continue;
          copy(from + (y * X + x) * O, O, row + column * O);
        }
      }
    }
  }

  const ConvShape& s_;
  const Layout l_;
  const int images_;
};

template <Isa isa, class T>
ConvSizes SimdConv<isa, T>::sizes(const ConvShape& shape, int images) {
  const ConvLayout<isa, T> l(shape, images);
  const Index forward = l.forward_part(), reverse = l.reverse_part();
  const Index bordered = l.chunk * l.border_size, reversed = l.chunk * l.reverse_size;
  return {
      .packed = forward > reverse ? forward : reverse,
      .weight_gradient = forward,
      .forward_workspace = l.round_up(l.start()) + l.chunk * l.border_size,
      .backward_workspace = l.round_up(l.zeros()) + (bordered > reversed ? bordered : reversed)};
}

// Calls body(place of `lanes` packed numbers, number of the weight in the first lane, distance of
// the weights in neighbouring lanes, lanes in use) for one part.
template <Isa isa, class T, class Body>
void each_packed_vector(const ConvShape& s, ConvPart part, const Body& body) {
  using Panels = typename Tile<isa, T>::Panels;
  constexpr int lanes = Tile<isa, T>::lanes;
  const ConvLayout<isa, T> l(s, 1);
  const bool forward = part == ConvPart::forward;
  const Index across = forward ? l.outputs : l.inputs, along = forward ? l.inputs : l.outputs;
  const int vectors = static_cast<int>(forward ? l.out_vectors : l.in_vectors);
  for (Index g = 0; g < s.groups; ++g)
    for (int n = 0; n < Panels::count(vectors); ++n) {
      const int begin = Panels::begin(vectors, n);
      const int width = Panels::begin(vectors, n + 1) - begin;
      const Index panel = (g * vectors + begin) * l.taps * along * lanes;
      // A block of the weights that stays in the first-level cache while it is turned around.
      constexpr Index block = 16;
      for (int w = 0; w < width; ++w)
        for (Index from = 0; from < along; from += block)
          for (Index tap = 0; tap < l.taps; ++tap)
            for (Index k = from; k < along && k < from + block; ++k) {
              const Index lane = Index{begin + w} * lanes;  // the first one's output or input
              const Index o = g * l.outputs + (forward ? lane : k), c = forward ? k : lane;
              const Index at = forward ? tap : l.taps - 1 - tap;
              body(panel + ((tap * along + k) * width + w) * lanes,
                   (o * l.inputs + c) * l.taps + at, (forward ? l.inputs : 1) * l.taps,
                   static_cast<int>(across - lane < lanes ? across - lane : lanes));
            }
    }
}

template <Isa isa, class T>
void SimdConv<isa, T>::pack(const ConvShape& shape, const T* w, ConvPart part, T* packed) {
  each_packed_vector<isa, T>(shape, part, [=](Index to, Index from, Index distance, int used) {
    constexpr int lanes = Tile<isa, T>::lanes;
    const T* first = w + from;
    if (used == lanes) {
#pragma GCC unroll 16
      for (int n = 0; n < lanes; ++n, first += distance) packed[to + n] = *first;
      return;
    }
    for (int n = 0; n < lanes; ++n) packed[to + n] = n < used ? first[n * distance] : T(0);
  });
}

template <Isa isa, class T>
void SimdConv<isa, T>::unpack(const ConvShape& shape, const T* gradient, T* dw) {
  each_packed_vector<isa, T>(shape, ConvPart::forward,
                             [=](Index from, Index to, Index distance, int used) {
                               for (int n = 0; n < used; ++n)
                                 dw[to + n * distance] += gradient[from + n];
                             });
}

template <Isa isa, class T>
void SimdConv<isa, T>::forward(const ConvForward<T>& args) {
  TiledConv<isa, T>(args.shape, args.images).forward(args);
}

template <Isa isa, class T>
void SimdConv<isa, T>::backward(const ConvBackward<T>& args) {
  TiledConv<isa, T>(args.shape, args.images).backward(args);
}

}  // namespace sonant::kernels
