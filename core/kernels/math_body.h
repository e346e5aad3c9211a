// Vector exp, sigmoid and tanh for every instruction set; included by simd_<set>.cpp alone.
//
// All three rest on one reduction: x = n ln2 + r with whole n and |r| <= ln2/2, then
// exp(x) = 2^n (1 + p) with p = exp(r) - 1 from a minimax polynomial. Keeping p apart from the 1
// makes exp(x) - 1, and so tanh(x), accurate near zero too, without a branch.
#pragma once

#include <sonant/core/kernels/simd.h>

#include <xsimd/xsimd.hpp>

namespace sonant::kernels {

// xsimd's name of an instruction set and the tile it suits; specialised in simd_<set>.cpp.
template <Isa isa>
struct SimdTraits;

template <class T>
struct ExpConstants;

// (exp(r) - 1 - r) / r^2 on |r| <= 0.348, relative error of exp(r) - 1: 1.4e-8 (Remez).
template <>
struct ExpConstants<float> {
  using Int = std::int32_t;
  static constexpr int mantissa_bits = 23;
  static constexpr float magic = 12583039.0f;  // 1.5 * 2^23 + exponent bias 127
  static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440054690583e-4f;
  static constexpr float largest = 87.3f;    // of |x| for which 2^n is a normal number
  static constexpr float saturated = 10.0f;  // |tanh(x)| rounds to 1 from here on
  static constexpr float polynomial[] = {0.49999998099342983f, 0.16666541194616174f,
                                         0.041667210353764055f, 0.0083668466043730772f,
                                         0.0013882460221014448f};
};

// The same to 2.8e-19.
template <>
struct ExpConstants<double> {
  using Int = std::int64_t;
  static constexpr int mantissa_bits = 52;
  static constexpr double magic = 6755399441056767.0;  // 1.5 * 2^52 + exponent bias 1023
  static constexpr double ln2_high = 6.93147180369123816490e-01;
  static constexpr double ln2_low = 1.90821492927058770002e-10;
  static constexpr double largest = 708.0;
  static constexpr double saturated = 20.0;
  static constexpr double polynomial[] = {
      0.5000000000000000009,    0.16666666666666677,      0.041666666666666501016,
      0.0083333333333212273594, 0.0013888888888965258497, 0.00019841269887296077333,
      2.480158716874839107e-5,  2.755724289618959483e-6,  2.7557404265557446061e-7,
      2.5109537828785652668e-8, 2.0875319416434521471e-9};
};

template <Isa isa, class T>
struct MathBody {
  using Arch = typename SimdTraits<isa>::Arch;
  using V = xsimd::batch<T, Arch>;
  using C = ExpConstants<T>;

  // exp(x) = scale + scale*p
  struct Exp {
    V scale, p;
  };
  static Exp exp_parts(V x) {
    using Ints = xsimd::batch<typename C::Int, Arch>;
    // Adding a number with no fraction bits left rounds x/ln2 to n; the low bits of the sum are
    // then n plus the exponent bias, and one shift makes them the number 2^n.
    const V sum = xsimd::fma(x, V(T(1.44269504088896340736)), V(C::magic));
    const V n = sum - V(C::magic);
    const auto bits = __builtin_bit_cast(typename Ints::register_type,
                                         static_cast<typename V::register_type>(sum));
    const auto shifted = static_cast<typename Ints::register_type>(Ints(bits) << C::mantissa_bits);
    V r = xsimd::fnma(n, V(C::ln2_high), x);
    r = xsimd::fnma(n, V(C::ln2_low), r);
    constexpr int last = static_cast<int>(sizeof C::polynomial / sizeof(T)) - 1;
    V q(C::polynomial[last]);
#pragma GCC unroll 16
    for (int k = last - 1; k >= 0; --k) q = xsimd::fma(q, r, V(C::polynomial[k]));
    return {V(__builtin_bit_cast(typename V::register_type, shifted)), xsimd::fma(q, r * r, r)};
  }

  // The compiler's own operators: xsimd's min and max treat NaN differently from version to
  // version, and its division is an approximation on NEON (8.1). A NaN in x is passed on.
  using Register = typename V::register_type;
  static V at_most(V limit, V x) {
    const Register l = limit, r = x;
    return V(l < r ? l : r);
  }
  static V at_least(V limit, V x) {
    const Register l = limit, r = x;
    return V(l > r ? l : r);
  }
  static V divide(V a, V b) { return V(static_cast<Register>(a) / static_cast<Register>(b)); }

  // 1 / (1 + exp(-x)); 1 + scale is exact wherever the 1 matters.
  static V sigmoid(V x) {
    const Exp e = exp_parts(at_most(V(C::largest), at_least(V(-C::largest), -x)));
    return divide(V(T(1)), xsimd::fma(e.scale, e.p, V(T(1)) + e.scale));
  }

  // m / (m + 2) with m = exp(2|x|) - 1, which is better conditioned than for negative x.
  static V tanh(V x) {
    const V sign = xsimd::bitofsign(x), magnitude = x ^ sign;
    const Exp e = exp_parts(at_most(V(2 * C::saturated), magnitude + magnitude));
    const V m = xsimd::fma(e.scale, e.p, e.scale - V(T(1)));
    return divide(m, m + V(T(2))) | sign;
  }

  template <V (*f)(V)>
  static void map(const T* x, T* y, std::int64_t count) {
    constexpr int lanes = static_cast<int>(V::size);
    std::int64_t n = 0;
    for (; n + lanes <= count; n += lanes) f(V::load_unaligned(x + n)).store_unaligned(y + n);
    if (n == count) return;
    T tail[lanes] = {};
    for (std::int64_t k = n; k < count; ++k) tail[k - n] = x[k];
    f(V::load_unaligned(tail)).store_unaligned(tail);
    for (std::int64_t k = n; k < count; ++k) y[k] = tail[k - n];
  }
};

template <Isa isa, class T>
void SimdMath<isa, T>::sigmoid(const T* x, T* y, std::int64_t count) {
  using Body = MathBody<isa, T>;
  Body::template map<Body::sigmoid>(x, y, count);
}

template <Isa isa, class T>
void SimdMath<isa, T>::tanh(const T* x, T* y, std::int64_t count) {
  using Body = MathBody<isa, T>;
  Body::template map<Body::tanh>(x, y, count);
}

}  // namespace sonant::kernels
