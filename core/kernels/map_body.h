// Normalise, rectify and pool; included by map_reference.cpp and by simd_<set>.cpp. Channels lie
// side by side in memory: a block of them, some vectors or what is left, is worked on for all
// places of an image before the next.
#pragma once

#include <sonant/core/kernels/math_body.h>

namespace sonant::kernels {

// Channels of N vectors.
template <Isa isa, class T, int N>
struct ChannelVectors {
  using V = xsimd::batch<T, typename SimdTraits<isa>::Arch>;
  static constexpr int lanes = static_cast<int>(V::size), width = N * lanes;
  V v[N];
  template <class Each>
  static ChannelVectors make(const Each& each) {
    ChannelVectors made;
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) made.v[n] = each(n);
    return made;
  }
  static ChannelVectors load(const T* from) {
    return make([=](int n) { return V::load_unaligned(from + n * lanes); });
  }
  static ChannelVectors all(T value) {
    return make([=](int) { return V(value); });
  }
  void store(T* to) const {
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) v[n].store_unaligned(to + n * lanes);
  }
  // where z > 0, else 0
  ChannelVectors if_positive(const ChannelVectors& z) const {
    return make([&](int n) { return xsimd::select(z.v[n] > V(T(0)), v[n], V(T(0))); });
  }
  friend ChannelVectors operator+(const ChannelVectors& a, const ChannelVectors& b) {
    return make([&](int n) { return a.v[n] + b.v[n]; });
  }
  friend ChannelVectors operator-(const ChannelVectors& a, const ChannelVectors& b) {
    return make([&](int n) { return a.v[n] - b.v[n]; });
  }
  friend ChannelVectors operator*(const ChannelVectors& a, const ChannelVectors& b) {
    return make([&](int n) { return a.v[n] * b.v[n]; });
  }
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
      using Wide = ChannelVectors<isa, T, 4>;  // what lies side by side is read in one walk
      using Narrow = ChannelVectors<isa, T, 1>;
      for (; c + Wide::width <= channels; c += Wide::width) body(Wide{}, c);
      for (; c + Narrow::width <= channels; c += Narrow::width) body(Narrow{}, c);
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

  // Fetches what is worked on next. Maps are larger than the caches, and the walk along a window's
  // rows, in blocks of channels, is not one that processors foresee.
  template <class P>
  static void fetch_ahead(const T* from, int channels) {
    constexpr int distance = 512, line = 64 / static_cast<int>(sizeof(T));
    from += (distance < channels ? 1 : distance / channels) * channels;
    for (int n = 0; n < P::width; n += line) __builtin_prefetch(from + n);
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
              Blocks::template fetch_ahead<P>(from, w.channels);
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
              Blocks::template fetch_ahead<P>(from, w.channels);
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
              Blocks::template fetch_ahead<P>(x + at, w.channels);
              const P number = P::load(x + at), g = n.gradient(number, given);
              (n.scale * (g - less - tilt * n.normal(number))).store(dx + at);
            }
          }
        },
        [] {});
  });
}

}  // namespace sonant::kernels
