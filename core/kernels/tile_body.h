// A small matrix product on registers, from which the simd LSTM is made; included by
// the other bodies.
#pragma once

#include <sonant/core/kernels/math_body.h>

namespace sonant::kernels {

using Index = std::int64_t;

// out = init + a b for `rows` rows and as many columns as the panel has lanes. Elements of a are
// read one at a time, in any arrangement; rows of b, init and out are aligned vectors.
template <class T>
struct Product {
  Index rows, depth;
  const T* a;
  Index a_row, a_column;  // element (m,k) of a is a[m*a_row + k*a_column]
  const T* b;
  Index b_row;
  const T* init;  // may be `out`; init_row 0 repeats one row
  Index init_row;
  T* out;
  Index out_row;
};

// A number of vectors, as an argument of templates.
template <int W>
struct Width {};

// A row of vectors is stored as panels of nearly equal width <= most, one after the other.
template <int most>
struct Panels {
  static int count(int vectors) { return (vectors + most - 1) / most; }
  static int begin(int vectors, int n) { return vectors * n / count(vectors); }
  // body(its Width, its first vector) for each panel.
  template <class Body>
  static void each(int vectors, const Body& body) {
    for (int n = 0; n < count(vectors); ++n) {
      const int first = begin(vectors, n);
      with_width<most>(begin(vectors, n + 1) - first, first, body);
    }
  }

 private:
  template <int W, class Body>
  static void with_width(int width, int first, const Body& body) {
    if (width == W) return body(Width<W>{}, first);
    if constexpr (W > 1) with_width<W - 1>(width, first, body);
  }
};

template <Isa isa, class T>
struct Tile {
  using V = xsimd::batch<T, typename SimdTraits<isa>::Arch>;
  static constexpr int lanes = static_cast<int>(V::size);
  static constexpr int max_rows = SimdTraits<isa>::tile_rows;  // times max_width fill the registers
  static constexpr int max_width = 4;                          // vectors

  // Rows m..m+R-1: R*W sums stay in registers while a column of a meets a row of b.
  template <int R, int W>
  static void compute(const Product<T>& p, Index m) {
    V sum[R][W];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w)
        sum[r][w] = V::load_aligned(p.init + (m + r) * p.init_row + w * lanes);
    const T *a = p.a + m * p.a_row, *b = p.b;
    const Index a_row = p.a_row, a_column = p.a_column, b_row = p.b_row;
    for (Index k = 0; k < p.depth; ++k, a += a_column, b += b_row) {
      V left[R];
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) left[r] = V(a[r * a_row]);
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w) {
        const V right = V::load_aligned(b + w * lanes);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) sum[r][w] = xsimd::fma(left[r], right, sum[r][w]);
      }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int w = 0; w < W; ++w) sum[r][w].store_aligned(p.out + (m + r) * p.out_row + w * lanes);
  }

  template <int W, int R = max_rows>
  static void compute_rows(int rows, const Product<T>& p, Index m) {
    if (rows == R) return compute<R, W>(p, m);
    if constexpr (R > 1) compute_rows<W, R - 1>(rows, p, m);
  }

  // Unaligned rows of any length. The last vector overlaps the one before it; it is computed first,
  // so that what the two have in common is added once.
  static void copy(const T* from, int count, T* to) {
    if (count < lanes) return short_copy(from, count, to);
    for (int n = 0; n + lanes <= count; n += lanes)
      V::load_unaligned(from + n).store_unaligned(to + n);
    V::load_unaligned(from + count - lanes).store_unaligned(to + count - lanes);
  }
  static void add(const T* from, int count, T* to) {
    if (count < lanes) return short_add(from, count, to);
    const V last = V::load_unaligned(from + count - lanes) + V::load_unaligned(to + count - lanes);
    for (int n = 0; n + lanes <= count; n += lanes)
      (V::load_unaligned(from + n) + V::load_unaligned(to + n)).store_unaligned(to + n);
    last.store_unaligned(to + count - lanes);
  }
  static void short_copy(const T* from, int count, T* to) {
    for (int n = 0; n < count; ++n) to[n] = from[n];
  }
  static void short_add(const T* from, int count, T* to) {
    for (int n = 0; n < count; ++n) to[n] += from[n];
  }

  // All rows, in tiles of nearly equal height.
  template <int W>
  static void product(const Product<T>& p) {
    const Index tiles = (p.rows + max_rows - 1) / max_rows;
    for (Index n = 0; n < tiles; ++n) {
      const Index begin = p.rows * n / tiles, end = p.rows * (n + 1) / tiles;
      compute_rows<W>(static_cast<int>(end - begin), p, begin);
    }
  }

  using Panels = kernels::Panels<max_width>;

  // out = init + a b with b (depth, vectors) in panels; p.b and p.b_row are set here.
  static void panel_product(Product<T> p, const T* b, int vectors) {
    const T* init = p.init;
    T* out = p.out;
    Panels::each(vectors, [&]<int W>(Width<W>, int begin) {
      p.b = b + p.depth * begin * lanes;
      p.b_row = W * lanes;
      p.init = init + begin * lanes;
      p.out = out + begin * lanes;
      product<W>(p);
    });
  }
};

}  // namespace sonant::kernels
