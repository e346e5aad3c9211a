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
  [[gnu::always_inline]] static void compute(const Windows<T>& p, const T* const* window, T* out) {
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
    for (int m = 0; m < M; ++m, out += p.out_row)
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w)
        if (p.columns == W * lanes)
          store(p, sum[m][w], out + w * lanes);
        else
          store_some(p, sum[m][w], w * lanes, out + w * lanes);
  }

  static void store(const Windows<T>& p, V sum, T* out) {
    if (p.add) sum = sum + V::load_unaligned(out);
    sum.store_unaligned(out);
  }
  static void store_some(const Windows<T>& p, V sum, int column, T* out) {
    if (column + lanes <= p.columns) return store(p, sum, out);
    alignas(64) T tail[static_cast<std::size_t>(lanes)];
    sum.store_aligned(tail);
    for (int n = 0; n < p.columns - column; ++n) out[n] = p.add ? out[n] + tail[n] : tail[n];
  }

  template <int W, int M = max_rows>
  [[gnu::always_inline]] static void compute_rows(int rows, const Windows<T>& p,
                                                  const T* const* window, T* out) {
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

  // Sets p.columns for a panel that begins with vector `begin` of `columns` outputs.
  template <int W>
  static Index offset_of(Windows<T>& p, int begin, int columns) {
    p.columns = columns - begin * lanes < W * lanes ? columns - begin * lanes : W * lanes;
    return begin * lanes;
  }

  // All panels of `columns` outputs; p.b, p.start, p.out and p.columns are set here.
  static void panels(Windows<T> p, const T* b, const T* start, T* out, int columns) {
    const Index depth = p.runs_y * p.runs_x * p.run;
    Tiles::Panels::each((columns + lanes - 1) / lanes, [&]<int W>(Width<W>, int begin) {
      const Index at = offset_of<W>(p, begin, columns);
      p.b = b + depth * at;
      p.start = start + at;
      p.out = out + at;
      product<W>(p);
    });
  }

  // What M numbers of each window, at `offset`, go with: a row of W vectors of dy.
  struct Block {
    const T* const* window;
    const T* dy;
    Index count;
  };

  // sums (M rows of W vectors) += for a block's windows: M of its numbers times its row of dy.  (4)
  template <int M, int W>
  static void correlate(const Block& block, const Index* offset, T* sums) {
    V sum[M][W];
    Index at[M];
#pragma GCC unroll 8
    for (int m = 0; m < M; ++m) {
      at[m] = offset[m];
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w) sum[m][w] = V::load_aligned(sums + (m * W + w) * lanes);
    }
    const T* b = block.dy;
    for (Index k = 0; k < block.count; ++k, b += W * lanes) {
      const T* a = block.window[k];
      V left[M];
#pragma GCC unroll 8
      for (int m = 0; m < M; ++m) left[m] = V(a[at[m]]);
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w) {
        const V right = V::load_aligned(b + w * lanes);
#pragma GCC unroll 8
        for (int m = 0; m < M; ++m) sum[m][w] = xsimd::fma(left[m], right, sum[m][w]);
      }
    }
#pragma GCC unroll 8
    for (int m = 0; m < M; ++m)
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w) sum[m][w].store_aligned(sums + (m * W + w) * lanes);
  }

  template <int W, int M = max_rows>
  static void correlate_rows(int rows, const Block& block, const Index* offset, T* sums) {
    if (rows == M) return correlate<M, W>(block, offset, sums);
    if constexpr (M > 1) correlate_rows<W, M - 1>(rows, block, offset, sums);
  }

  // The numbers of a window in tiles of nearly equal height.
  template <int W>
  static void correlate_all(const Windows<T>& p, const Block& block, T* sums) {
    const Index depth = p.runs_y * p.runs_x * p.run, tiles = (depth + max_rows - 1) / max_rows;
    Index run_y = 0, run_x = 0, k = 0;
    for (Index n = 0; n < tiles; ++n) {
      const Index begin = depth * n / tiles, end = depth * (n + 1) / tiles;
      Index offset[max_rows];
      for (Index m = 0; m < end - begin; ++m) {
        offset[m] = run_y * p.run_y + run_x * p.run_x + k;
        if (++k < p.run) continue;
        k = 0;
        if (++run_x < p.runs_x) continue;
        run_x = 0;
        ++run_y;
      }
      correlate_rows<W>(static_cast<int>(end - begin), block, offset, sums + begin * W * lanes);
    }
  }

  // `columns` numbers, and zeros behind them that make W vectors.
  template <int W>
  static void load_row(const T* from, int columns, T* to) {
    if (columns == W * lanes) {
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w) V::load_unaligned(from + w * lanes).store_aligned(to + w * lanes);
      return;
    }
    for (int n = 0; n < columns; ++n) to[n] = from[n];
    for (int n = columns; n < W * lanes; ++n) to[n] = 0;
  }

  // Windows in blocks whose rows of dy, side by side, stay in the cache for all of their numbers.
  template <int W>
  static void correlation(const Windows<T>& p, const T* dy, T* sums) {
    constexpr Index step = W * lanes, most = 16384 / (step * Index{sizeof(T)});  // half of L1
    alignas(64) T rows[static_cast<std::size_t>(most * step)];
    const T* window[static_cast<std::size_t>(most)];
    const Index total = Index{p.images} * p.height * p.width;
    WindowWalk<isa, T> walk(p);
    for (Index first = 0; first < total; first += most) {
      const Index count = total - first < most ? total - first : most;
      for (Index k = 0; k < count; ++k, dy += p.out_row) {
        window[k] = walk.next();
        load_row<W>(dy, p.columns, rows + k * step);
      }
      correlate_all<W>(p, {window, rows, count}, sums);
    }
  }

  // p.columns is set here.
  static void correlation_panels(Windows<T> p, const T* dy, T* sums, int columns) {
    const Index depth = p.runs_y * p.runs_x * p.run;
    Tiles::Panels::each((columns + lanes - 1) / lanes, [&]<int W>(Width<W>, int begin) {
      const Index at = offset_of<W>(p, begin, columns);
      correlation<W>(p, dy + at, sums + depth * at);
    });
  }
};

}  // namespace sonant::kernels
