// Vector exp, sigmoid and tanh for every instruction set; included by simd_<set>.cpp alone.
//
// All three rest on one reduction: x = n ln2 + r with whole n and |r| <= ln2/2, then
// exp(x) = 2^n (1 + p) with p = exp(r) - 1 from a minimax polynomial. Errors: docs/kernels.md.
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
  // (tanh(x)/x - 1) / x^2 on |x| <= 0.3 as a polynomial in x^2: 1.2e-8.
  static constexpr float tanh_polynomial[] = {-0.33333059292828787f, 0.13314762994559854f,
                                              -0.050359575714450215f};
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
  static constexpr double tanh_polynomial[] = {
      -0.33333333333333258859,   0.13333333333306496231,    -0.053968253935182107892,
      0.021869486563094879827,   -0.0088631702906743974115, 0.003590866979355286973,
      -0.0014416037271338777589, 0.00050230077119546522485};  // 6.5e-19
};

template <Isa isa, class T>
struct MathBody {
  using Arch = typename SimdTraits<isa>::Arch;
  using V = xsimd::batch<T, Arch>;
  using C = ExpConstants<T>;
  using Register = typename V::register_type;
  static constexpr T log2_e = T(1.44269504088896340736);

  // Whole n next to x * factor, and 2^n.
  struct Power {
    V n, scale;
  };
  static Power nearest_power(V x, T factor) {
    using Ints = xsimd::batch<typename C::Int, Arch>;
    // Adding a number with no fraction bits left rounds to n; the low bits of the sum are then n
    // plus the exponent bias, and one shift makes them the number 2^n.
    const V sum = xsimd::fma(x, V(factor), V(C::magic));
    const auto bits = __builtin_bit_cast(typename Ints::register_type, static_cast<Register>(sum));
    const auto shifted = static_cast<typename Ints::register_type>(Ints(bits) << C::mantissa_bits);
    return {sum - V(C::magic), V(__builtin_bit_cast(Register, shifted))};
  }

  // exp(x) = scale + scale*p
  struct Exp {
    V scale, p;
  };
  static Exp exp_parts(V x) {
    const auto [n, scale] = nearest_power(x, log2_e);
    V r = xsimd::fnma(n, V(C::ln2_high), x);
    r = xsimd::fnma(n, V(C::ln2_low), r);
    return {scale, xsimd::fma(polynomial(C::polynomial, r), r * r, r)};
  }

  template <int count>
  static V polynomial(const T (&coefficients)[count], V x) {
    V q(coefficients[count - 1]);
#pragma GCC unroll 16
    for (int k = count - 2; k >= 0; --k) q = xsimd::fma(q, x, V(coefficients[k]));
    return q;
  }

  // The compiler's own operators: xsimd's min and max treat NaN differently from version to
  // version, and its division is an approximation on NEON (8.1). A NaN in x is passed on.
  static V at_most(V limit, V x) {
    const Register l = limit, r = x;
    return V(l < r ? l : r);
  }
  static V at_least(V limit, V x) {
    const Register l = limit, r = x;
    return V(l > r ? l : r);
  }
  // x < limit ? a : b
  static V choose(V x, V limit, V a, V b) {
    const Register X = x, L = limit, A = a, B = b;
    return V(X < L ? A : B);
  }
  static V divide(V a, V b) { return V(static_cast<Register>(a) / static_cast<Register>(b)); }

  // 1 / (1 + exp(-x)), summed in this order: 1 + scale first would lose the 1 where the scale is
  // the first power of two whose neighbours T cannot tell apart.
  static V sigmoid(V x) {
    const Exp e = exp_parts(at_most(V(C::largest), at_least(V(-C::largest), -x)));
    return divide(V(T(1)), xsimd::fma(e.scale, e.p, V(T(1))) + e.scale);
  }

  // m / (m + 2) with m = exp(2|x|) - 1, which is better conditioned than for negative x; near zero,
  // where three roundings would add up to 2.5 units of the last place, a polynomial of its own.
  static V tanh(V x) {
    const V sign = xsimd::bitofsign(x), magnitude = x ^ sign, square = x * x;
    const Exp e = exp_parts(at_most(V(2 * C::saturated), magnitude + magnitude));
    const V m = xsimd::fma(e.scale, e.p, e.scale - V(T(1)));
    const V cubic = magnitude * square * polynomial(C::tanh_polynomial, square);
    return choose(magnitude, V(T(0.3)), magnitude + cubic, divide(m, m + V(T(2)))) | sign;
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
  using Math = MathBody<isa, T>;
  Math::template map<Math::sigmoid>(x, y, count);
}

template <Isa isa, class T>
void SimdMath<isa, T>::tanh(const T* x, T* y, std::int64_t count) {
  using Math = MathBody<isa, T>;
  Math::template map<Math::tanh>(x, y, count);
}

}  // namespace sonant::kernels
