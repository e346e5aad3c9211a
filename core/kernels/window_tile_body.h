// Windows of bordered images times panels of weights, and their correlation with a gradient, on the
// register tile; included by conv_body.h. (n) are equations of docs/convolution.md.
#pragma once

#include <sonant/core/kernels/tile_body.h>

namespace sonant::kernels {

// Windows of bordered images, one a row of a product whose right side is a panel of weights.
template <class T>
struct Windows {
  const T* first;
  Index image, row, column;  // distance of neighbours
  int images, height, width;
  int runs_y, runs_x;  // a window is runs_y * runs_x runs
  Index run_y, run_x;  // distance of neighbouring runs
  Index run;           // numbers of one
  const T* b;          // (depth, W vectors)
  const T* start;      // (W vectors): what sums begin with
  T* out;              // a row for each window
  Index out_row;       // distance of rows
  int columns;         // numbers of a row that are stored
  bool add;            // to what is there
};

// One step after the other over the windows of a batch of images.
template <Isa isa, class T>
class WindowWalk {
 public:
  explicit WindowWalk(const Windows<T>& p) : p_(p), image_(p.first), line_(p.first), at_(p.first) {}
  const T* next() {
    const T* window = at_;
    at_ += p_.column;
    if (++x_ < p_.width) return window;
    x_ = 0;
    at_ = line_ += p_.row;
    if (++y_ < p_.height) return window;
    y_ = 0;
    at_ = line_ = image_ += p_.image;
    return window;
  }

 private:
  const Windows<T>& p_;
  const T *image_, *line_, *at_;
  int x_ = 0, y_ = 0;
};

template <Isa isa, class T>
struct WindowTile {
  using Tiles = Tile<isa, T>;
  using V = typename Tiles::V;
  static constexpr int lanes = Tiles::lanes;
  static constexpr int max_rows = Tiles::max_rows;

  // M windows by W vectors of outputs.
  template <int M, int W>
  static void compute(const Windows<T>& p, const T* const* window, T* out) {
    const T* a[M];
    V sum[M][W];
#pragma GCC unroll 8
    for (int m = 0; m < M; ++m) {
      a[m] = window[m];
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w) sum[m][w] = V::load_aligned(p.start + w * lanes);
    }
    const T* b = p.b;
    for (Index y = 0; y < p.runs_y; ++y)
      for (Index x = 0; x < p.runs_x; ++x) {
        const Index begin = y * p.run_y + x * p.run_x, end = begin + p.run;
        for (Index k = begin; k < end; ++k, b += W * lanes) {
          V left[M];
#pragma GCC unroll 8
          for (int m = 0; m < M; ++m) left[m] = V(a[m][k]);
#pragma GCC unroll 4
          for (int w = 0; w < W; ++w) {
            const V right = V::load_aligned(b + w * lanes);
#pragma GCC unroll 8
            for (int m = 0; m < M; ++m) sum[m][w] = xsimd::fma(left[m], right, sum[m][w]);
          }
        }
      }
#pragma GCC unroll 8
    for (int m = 0; m < M; ++m)
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w) store(p, sum[m][w], w * lanes, out + m * p.out_row + w * lanes);
  }

  static void store(const Windows<T>& p, V sum, int column, T* out) {
    if (column + lanes <= p.columns) {
      if (p.add) sum = sum + V::load_unaligned(out);
      return sum.store_unaligned(out);
    }
    alignas(64) T tail[static_cast<std::size_t>(lanes)];
    sum.store_aligned(tail);
    for (int n = 0; n < p.columns - column; ++n) out[n] = p.add ? out[n] + tail[n] : tail[n];
  }

  template <int W, int M = max_rows>
  static void compute_rows(int rows, const Windows<T>& p, const T* const* window, T* out) {
    if (rows == M) return compute<M, W>(p, window, out);
    if constexpr (M > 1) compute_rows<W, M - 1>(rows, p, window, out);
  }

  template <int W>
  static void product(const Windows<T>& p) {
    const Index total = Index{p.images} * p.height * p.width;
    const Index tiles = (total + max_rows - 1) / max_rows;
    WindowWalk<isa, T> walk(p);
    for (Index n = 0; n < tiles; ++n) {
      const Index begin = total * n / tiles, end = total * (n + 1) / tiles;
      const T* window[max_rows];
      for (Index m = begin; m < end; ++m) window[m - begin] = walk.next();
      compute_rows<W>(static_cast<int>(end - begin), p, window, p.out + begin * p.out_row);
    }
  }

  // All panels of `columns` outputs; p.b, p.start, p.out and p.columns are set here.
  static void panels(Windows<T> p, const T* b, const T* start, T* out, int columns) {
    const int vectors = (columns + lanes - 1) / lanes;
    const Index depth = p.runs_y * p.runs_x * p.run;
    for (int n = 0; n < Tiles::panels(vectors); ++n) {
      const int begin = Tiles::panel_begin(vectors, n);
      const int width = Tiles::panel_begin(vectors, n + 1) - begin;
      p.b = b + depth * begin * lanes;
      p.start = start + begin * lanes;
      p.out = out + begin * lanes;
      p.columns = columns - begin * lanes;
      if (p.columns > width * lanes) p.columns = width * lanes;
      switch (width) {
        case 1:
          product<1>(p);
          break;
        case 2:
          product<2>(p);
          break;
        case 3:
          product<3>(p);
          break;
        default:
          product<4>(p);
      }
    }
  }

  // sums (M rows of W vectors) += for all windows: M of its numbers, at `offset`, times its row of
  // W vectors of dy, which b points to.  (4)
  template <int M, int W>
  static void correlate(const Windows<T>& p, const Index* offset, const T* dy, T* sums) {
    V sum[M][W];
    Index at[M];
#pragma GCC unroll 8
    for (int m = 0; m < M; ++m) {
      at[m] = offset[m];
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w) sum[m][w] = V::load_aligned(sums + (m * W + w) * lanes);
    }
    const T* b = dy;
    for (int n = 0; n < p.images; ++n)
      for (int y = 0; y < p.height; ++y) {
        const T* a = p.first + n * p.image + y * p.row;
        for (int x = 0; x < p.width; ++x, a += p.column, b += p.out_row) {
          V right[W];
#pragma GCC unroll 4
          for (int w = 0; w < W; ++w) right[w] = V::load_unaligned(b + w * lanes);
#pragma GCC unroll 8
          for (int m = 0; m < M; ++m) {
            const V left(a[at[m]]);
#pragma GCC unroll 4
            for (int w = 0; w < W; ++w) sum[m][w] = xsimd::fma(left, right[w], sum[m][w]);
          }
        }
      }
#pragma GCC unroll 8
    for (int m = 0; m < M; ++m)
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w) sum[m][w].store_aligned(sums + (m * W + w) * lanes);
  }

  template <int W, int M = max_rows>
  static void correlate_rows(int rows, const Windows<T>& p, const Index* offset, const T* dy,
                             T* sums) {
    if (rows == M) return correlate<M, W>(p, offset, dy, sums);
    if constexpr (M > 1) correlate_rows<W, M - 1>(rows, p, offset, dy, sums);
  }

  // The numbers of a window in tiles of nearly equal height.
  template <int W>
  static void correlation(const Windows<T>& p, const T* dy, T* sums) {
    const Index depth = p.runs_y * p.runs_x * p.run, tiles = (depth + max_rows - 1) / max_rows;
    for (Index n = 0; n < tiles; ++n) {
      const Index begin = depth * n / tiles, end = depth * (n + 1) / tiles;
      Index offset[max_rows];
      for (Index k = begin; k < end; ++k) {
        const Index run = k / p.run;
        offset[k - begin] = run / p.runs_x * p.run_y + run % p.runs_x * p.run_x + k % p.run;
      }
      correlate_rows<W>(static_cast<int>(end - begin), p, offset, dy, sums + begin * W * lanes);
    }
  }

  static void correlation_panels(const Windows<T>& p, const T* dy, T* sums, int columns) {
    const int vectors = (columns + lanes - 1) / lanes;
    const Index depth = p.runs_y * p.runs_x * p.run;
    for (int n = 0; n < Tiles::panels(vectors); ++n) {
      const int begin = Tiles::panel_begin(vectors, n);
      T* mine = sums + depth * begin * lanes;
      switch (Tiles::panel_begin(vectors, n + 1) - begin) {
        case 1:
          correlation<1>(p, dy + begin * lanes, mine);
          break;
        case 2:
          correlation<2>(p, dy + begin * lanes, mine);
          break;
        case 3:
          correlation<3>(p, dy + begin * lanes, mine);
          break;
        default:
          correlation<4>(p, dy + begin * lanes, mine);
      }
    }
  }
};

}  // namespace sonant::kernels
