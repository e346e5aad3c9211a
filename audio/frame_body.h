// The body of every FrameKernels variant, templated on V, a SIMD vector of doubles (xsimd::batch)
// or one that holds a single double. Included by one source per instruction set and by nothing
// else. All of it is in an unnamed namespace: were two sources to share a function, the linker
// would keep one of the copies, and the whole program would need that one's instruction set.
#pragma once

#include <cmath>
#include <complex>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include <sonant/audio/frame_kernels.h>

namespace sonant {
namespace {
namespace own {

// kissfft is included into this namespace, where `std` means what is declared here: the standard's
// names, but a vector that is not shared either.
namespace std {

using ::std::acos, ::std::complex, ::std::conj, ::std::exp, ::std::size_t, ::std::swap;

template <class T>
class vector {
 public:
  using iterator = T*;

  vector() = default;
  vector(const vector&) = delete;
  vector& operator=(const vector&) = delete;
  ~vector() { delete[] data_; }
  // Loses what is there; kissfft sizes each of its arrays once.
  void resize(size_t n) {
    delete[] ::std::exchange(data_, nullptr);
    data_ = new T[n];
    size_ = n;
  }
  void push_back(const T& value) {
    T* grown = new T[size_ + 1];
    for (size_t i = 0; i < size_; ++i) grown[i] = data_[i];
    grown[size_++] = value;
    delete[] ::std::exchange(data_, grown);
  }
  size_t size() const { return size_; }
  iterator begin() { return data_; }
  iterator end() { return data_ + size_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace std

#include <kissfft/kissfft.hh>

}  // namespace own

constexpr std::size_t lanes = 8;  // FrameMatrix::lanes

// What kissfft takes for a real number: the values of V::size frames. Its constants, and so the
// twiddle factors, are the same in every lane; they are computed from the first one, in double.
template <class V>
struct Lanes {
  V v;

  Lanes() = default;
  Lanes(V value) : v(value) {}
  Lanes(double value) : v(value) {}
  operator double() const { return v.get(0); }

  friend Lanes operator+(Lanes a, Lanes b) { return a.v + b.v; }
  friend Lanes operator-(Lanes a, Lanes b) { return a.v - b.v; }
  friend Lanes operator*(Lanes a, Lanes b) { return a.v * b.v; }
  friend Lanes operator-(Lanes a) { return -a.v; }
  Lanes& operator+=(Lanes b) { return *this = *this + b; }
  Lanes& operator-=(Lanes b) { return *this = *this - b; }
  Lanes& operator*=(Lanes b) { return *this = *this * b; }

  // Indices and sizes times a constant.
  template <class N>
  requires std::is_arithmetic_v<N>
  friend Lanes operator*(N n, Lanes a) { return static_cast<double>(n) * a.v.get(0); }
  template <class N>
  requires std::is_arithmetic_v<N>
  friend Lanes operator/(Lanes a, N n) { return a.v.get(0) / static_cast<double>(n); }
  friend Lanes exp(Lanes a) { return std::exp(a.v.get(0)); }
  friend Lanes cos(Lanes a) { return std::cos(a.v.get(0)); }
  friend Lanes sin(Lanes a) { return std::sin(a.v.get(0)); }
};

template <class V>
using Plan = own::kissfft<Lanes<V>>;

// An even n is transformed as n/2 complex numbers (even samples + i * odd samples), an odd n as n.
template <class V>
void* make_plan(int n) {
  return new Plan<V>(static_cast<std::size_t>(n % 2 == 0 ? n / 2 : n), false);
}

template <class V>
void free_plan(void* plan) {
  delete static_cast<Plan<V>*>(plan);
}

template <class V>
std::size_t scratch_size(int n) {
  return V::size * static_cast<std::size_t>(n % 2 == 0 ? 2 * n : 4 * n);
}

// The windowed samples of V::size frames, interleaved, `stride` lanes apart.
template <class V>
void gather(int n, std::size_t stride, const double* const* frames, const double* window,
            double* to) {
  for (int j = 0; j < n; ++j, to += stride * V::size)
    for (std::size_t l = 0; l < V::size; ++l) to[l] = frames[l][j] * window[j];
}

template <class V>
void store_power(std::complex<Lanes<V>> x, double* to) {
  (x.real() * x.real() + x.imag() * x.imag()).v.store_aligned(to);
}

template <class V>
void power_even(const Plan<V>& plan, std::size_t n, double* scratch, double* power) {
  using Complex = std::complex<Lanes<V>>;
  auto* x = reinterpret_cast<Complex*>(scratch + n * V::size);
  plan.transform_real(reinterpret_cast<const Lanes<V>*>(scratch), x);
  // Both ends of the spectrum are real; kissfft packs them into one number.
  store_power<V>(Complex(x[0].real(), Lanes<V>(0.0)), power);
  store_power<V>(Complex(x[0].imag(), Lanes<V>(0.0)), power + n / 2 * lanes);
  for (std::size_t k = 1; k < n / 2; ++k) store_power<V>(x[k], power + k * lanes);
}

template <class V>
void power_odd(const Plan<V>& plan, std::size_t n, double* scratch, double* power) {
  using Complex = std::complex<Lanes<V>>;
  auto* x = reinterpret_cast<Complex*>(scratch + 2 * n * V::size);
  plan.transform(reinterpret_cast<const Complex*>(scratch), x);
  for (std::size_t k = 0; k <= n / 2; ++k) store_power<V>(x[k], power + k * lanes);
}

template <class V>
void power(const void* opaque, int n, const double* const* frames, const double* window,
           double* scratch, double* power) {
  const auto& plan = *static_cast<const Plan<V>*>(opaque);
  const auto size = static_cast<std::size_t>(n);
  for (std::size_t l = 0; l < lanes; l += V::size) {
    if (n % 2 == 0) {
      gather<V>(n, 1, frames + l, window, scratch);
      power_even<V>(plan, size, scratch, power + l);
    } else {
      for (std::size_t i = 0; i < 2 * size * V::size; ++i) scratch[i] = 0;  // imaginary parts
      gather<V>(n, 2, frames + l, window, scratch);
      power_odd<V>(plan, size, scratch, power + l);
    }
  }
}

// R rows of V::size frames. The loops over the rows are unrolled so that the sums stay in
// registers.
template <class V, int R>
void multiply_tile(const double* weights, std::size_t columns, const double* in, double* out) {
  V sum[R];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < R; ++r) sum[r] = V(0.0);
  for (std::size_t c = 0; c < columns; ++c) {
    const V x = V::load_aligned(in + c * lanes);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) sum[r] = sum[r] + V(weights[r * columns + c]) * x;
  }
#pragma GCC unroll 8
  for (std::size_t r = 0; r < R; ++r) sum[r].store_aligned(out + r * lanes);
}

template <class V>
void multiply(const double* weights, int rows, int columns, const double* in, double* out) {
  const auto width = static_cast<std::size_t>(columns);
  for (int r = 0; r < rows;) {
    const int tile = rows - r >= 6 ? 6 : rows - r >= 2 ? 2 : 1;
    const auto row = static_cast<std::size_t>(r);
    for (std::size_t l = 0; l < lanes; l += V::size) {
      const double* w = weights + row * width;
      double* to = out + row * lanes + l;
      if (tile == 6) {
        multiply_tile<V, 6>(w, width, in + l, to);
      } else if (tile == 2) {
        multiply_tile<V, 2>(w, width, in + l, to);
      } else {
        multiply_tile<V, 1>(w, width, in + l, to);
      }
    }
    r += tile;
  }
}

template <class V>
void multiply_ranges(const double* weights, const int* first, const int* count, const int* offset,
                     int rows, const double* in, double* out) {
  for (int r = 0; r < rows; ++r)
    for (std::size_t l = 0; l < lanes; l += V::size)
      multiply_tile<V, 1>(weights + offset[r], static_cast<std::size_t>(count[r]),
                          in + static_cast<std::size_t>(first[r]) * lanes + l,
                          out + static_cast<std::size_t>(r) * lanes + l);
}

template <class V>
void maxima(const double* in, int rows, double* out) {
  for (std::size_t l = 0; l < lanes; l += V::size) {
    V largest(0.0);
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r)
      largest = max(largest, V::load_aligned(in + r * lanes + l));
    largest.store_aligned(out + l);
  }
}

template <class V>
constexpr FrameKernels make_frame_kernels(const char* name, Isa isa, const char* idea) {
  return {{.name = name,
           .needs = features_of(isa),
           .storage = kernels::Storage::float64,
           .accuracy = 0,
           .choice = kernels::Choice::automatic,
           .idea = idea},
          make_plan<V>,
          free_plan<V>,
          scratch_size<V>,
          power<V>,
          multiply<V>,
          multiply_ranges<V>,
          maxima<V>};
}

template <class V>
constexpr FrameKernels make_simd_frame_kernels(Isa isa) {
  return make_frame_kernels<V>("simd", isa, "eight frames abreast in vectors");
}

}  // namespace
}  // namespace sonant
