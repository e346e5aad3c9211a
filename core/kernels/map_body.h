// Normalise, rectify and pool; included by map_reference.cpp and by simd_<set>.cpp. Channels lie
// side by side in memory: a block of them, one vector or what is left, is worked on for all places
// of an image before the next.
#pragma once

#include <sonant/core/kernels/math_body.h>

namespace sonant::kernels {

// A vector of channels.
template <Isa isa, class T>
struct ChannelVector {
  using V = xsimd::batch<T, typename SimdTraits<isa>::Arch>;
  static constexpr int width = static_cast<int>(V::size);
  V v;
  static ChannelVector load(const T* from) { return {V::load_unaligned(from)}; }
  static ChannelVector all(T value) { return {V(value)}; }
  void store(T* to) const { v.store_unaligned(to); }
  // where z > 0, else 0
  ChannelVector if_positive(ChannelVector z) const {
    return {xsimd::select(z.v > V(T(0)), v, V(T(0)))};
  }
  friend ChannelVector operator+(ChannelVector a, ChannelVector b) { return {a.v + b.v}; }
  friend ChannelVector operator-(ChannelVector a, ChannelVector b) { return {a.v - b.v}; }
  friend ChannelVector operator*(ChannelVector a, ChannelVector b) { return {a.v * b.v}; }
};

// One channel. The plain architecture has nothing else.
template <Isa isa, class T>
struct ChannelScalar {
  static constexpr int width = 1;
  T v;
  static ChannelScalar load(const T* from) { return {*from}; }
  static ChannelScalar all(T value) { return {value}; }
  void store(T* to) const { *to = v; }
  ChannelScalar if_positive(ChannelScalar z) const { return {z.v > 0 ? v : T(0)}; }
  friend ChannelScalar operator+(ChannelScalar a, ChannelScalar b) { return {a.v + b.v}; }
  friend ChannelScalar operator-(ChannelScalar a, ChannelScalar b) { return {a.v - b.v}; }
  friend ChannelScalar operator*(ChannelScalar a, ChannelScalar b) { return {a.v * b.v}; }
};

template <Isa isa, class T>
struct MapBlocks {
  // body(tag, first channel): the tag's type is what works on a block of channels.
  template <class Body>
  static void each(int channels, const Body& body) {
    int c = 0;
    if constexpr (isa != Isa::scalar) {
      using Vector = ChannelVector<isa, T>;
      for (; c + Vector::width <= channels; c += Vector::width) body(Vector{}, c);
    }
    for (; c < channels; ++c) body(ChannelScalar<isa, T>{}, c);
  }

  // body(place of a window's first number in x, its rows and columns, place in y) for the windows
  // of one row of windows after the other; end_of_row() after each.
  template <class Body, class End>
  static void each_window(const MapWindows& w, int images, const Body& body,
                          const End& end_of_row) {
    std::int64_t y = 0;
    const std::int64_t line = std::int64_t{w.width} * w.channels;
    for (int n = 0; n < images; ++n)
      for (int top = 0; top < w.height; top += w.window_height) {
        const int rows = top + w.window_height < w.height ? w.window_height : w.height - top;
        for (int left = 0; left < w.width; left += w.window_width, y += w.channels) {
          const int columns = left + w.window_width < w.width ? w.window_width : w.width - left;
          body((std::int64_t{n} * w.height + top) * line + std::int64_t{left} * w.channels, rows,
               columns, y);
        }
        end_of_row();
      }
  }

  // Sums of a block: in T over some dozen places, then on in double.
  template <class P>
  struct Sum {
    P part = P::all(T(0));
    double total[P::width] = {};
    void flush() {
      T numbers[P::width];
      part.store(numbers);
      for (int n = 0; n < P::width; ++n) total[n] += static_cast<double>(numbers[n]);
      part = P::all(T(0));
    }
    void add_to(double* sums) {
      flush();
      for (int n = 0; n < P::width; ++n) sums[n] += total[n];
    }
  };

  // What norm, relu and pooling need of a block.
  template <class P>
  struct Norm {
    P scale, shift, mean, rstd;
    Norm(const ChannelNorm<T>& norm, int c)
        : scale(P::load(norm.scale + c)),
          shift(P::load(norm.shift + c)),
          mean(P::load(norm.mean + c)),
          rstd(P::load(norm.rstd + c)) {}
    P gradient(P x, P given) const { return given.if_positive(scale * x + shift); }
    P normal(P x) const { return (x - mean) * rstd; }
  };
};

template <Isa isa, class T>
void SimdMap<isa, T>::moments(std::int64_t rows, int channels, const T* x, const T* origin,
                              double* sum, double* squares) {
  using Blocks = MapBlocks<isa, T>;
  constexpr std::int64_t together = 64;
  Blocks::each(channels, [=]<class P>(P, int c) {
    typename Blocks::template Sum<P> sums, all_squares;
    const P zero = P::load(origin + c);
    for (std::int64_t r = 0; r < rows;) {
      for (const std::int64_t end = r + together < rows ? r + together : rows; r < end; ++r) {
        const P d = P::load(x + r * channels + c) - zero;
        sums.part = sums.part + d;
        all_squares.part = all_squares.part + d * d;
      }
      sums.flush();
      all_squares.flush();
    }
    sums.add_to(sum + c);
    all_squares.add_to(squares + c);
  });
}

template <Isa isa, class T>
void SimdMap<isa, T>::forward(const MapWindows& w, int images, const ChannelNorm<T>& norm,
                              const T* x, T* y) {
  using Blocks = MapBlocks<isa, T>;
  Blocks::each(w.channels, [&]<class P>(P, int c) {
    const typename Blocks::template Norm<P> n(norm, c);
    Blocks::each_window(
        w, images,
        [&](std::int64_t in, int rows, int columns, std::int64_t out) {
          P sum = P::all(T(0));
          for (int r = 0; r < rows; ++r) {
            const T* from = x + in + std::int64_t{r} * w.width * w.channels + c;
            for (int k = 0; k < columns; ++k, from += w.channels) {
              const P z = n.scale * P::load(from) + n.shift;
              sum = sum + z.if_positive(z);
            }
          }
          (sum * P::all(T(1) / static_cast<T>(rows * columns))).store(y + out + c);
        },
        [] {});
  });
}

template <Isa isa, class T>
void SimdMap<isa, T>::gradient_sums(const MapWindows& w, int images, const ChannelNorm<T>& norm,
                                    const T* x, const T* dy, double* sum, double* sum_xhat) {
  using Blocks = MapBlocks<isa, T>;
  Blocks::each(w.channels, [&]<class P>(P, int c) {
    const typename Blocks::template Norm<P> n(norm, c);
    typename Blocks::template Sum<P> sums, sums_xhat;
    Blocks::each_window(
        w, images,
        [&](std::int64_t in, int rows, int columns, std::int64_t out) {
          const P given = P::load(dy + out + c) * P::all(T(1) / static_cast<T>(rows * columns));
          for (int r = 0; r < rows; ++r) {
            const T* from = x + in + std::int64_t{r} * w.width * w.channels + c;
            for (int k = 0; k < columns; ++k, from += w.channels) {
              const P number = P::load(from), g = n.gradient(number, given);
              sums.part = sums.part + g;
              sums_xhat.part = sums_xhat.part + g * n.normal(number);
            }
          }
        },
        [&] {
          sums.flush();
          sums_xhat.flush();
        });
    sums.add_to(sum + c);
    sums_xhat.add_to(sum_xhat + c);
  });
}

template <Isa isa, class T>
void SimdMap<isa, T>::backward(const MapWindows& w, int images, const ChannelNorm<T>& norm,
                               const T* x, const T* dy, const T* offset, const T* slope, T* dx) {
  using Blocks = MapBlocks<isa, T>;
  Blocks::each(w.channels, [&]<class P>(P, int c) {
    const typename Blocks::template Norm<P> n(norm, c);
    const P less = P::load(offset + c), tilt = P::load(slope + c);
    Blocks::each_window(
        w, images,
        [&](std::int64_t in, int rows, int columns, std::int64_t out) {
          const P given = P::load(dy + out + c) * P::all(T(1) / static_cast<T>(rows * columns));
          for (int r = 0; r < rows; ++r) {
            std::int64_t at = in + std::int64_t{r} * w.width * w.channels + c;
            for (int k = 0; k < columns; ++k, at += w.channels) {
              const P number = P::load(x + at), g = n.gradient(number, given);
              (P::load(dx + at) + n.scale * (g - less - tilt * n.normal(number))).store(dx + at);
            }
          }
        },
        [] {});
  });
}

}  // namespace sonant::kernels
