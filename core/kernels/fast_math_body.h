// Sigmoid and tanh with fewer operations, for a small absolute rather than relative error; included
// by simd_<set>.cpp alone.
#pragma once

#include <sonant/core/kernels/math_body.h>

namespace sonant::kernels {

template <class T>
struct Exp2Constants;

// (2^f - 1) / f on |f| <= 1/2, relative error of 2^f: 9.2e-8 (Remez).
template <>
struct Exp2Constants<float> {
  static constexpr float largest = 126.0f;  // of |x| for which 2^x is a normal number
  static constexpr float polynomial[] = {0.6931469775036897f, 0.2402224191949046f,
                                         0.055507338403654896f, 0.0096715234746887578f,
                                         0.0013264722427553364f};
};

// The same to 2.2e-16: what is saved is the second part of ln2 and tanh's polynomial.
template <>
struct Exp2Constants<double> {
  static constexpr double largest = 1022.0;
  static constexpr double polynomial[] = {0.69314718055994917902,     0.24022650695909100644,
                                          0.055504108664481568044,    0.0096181291079834258581,
                                          0.0013333558225845225378,   0.00015403529993989017379,
                                          0.000015252659399228164783, 1.3215653672693558907e-6,
                                          1.0208328842346714783e-7,   7.0381741976404332488e-9};
};

template <Isa isa, class T>
struct FastMathBody {
  using Math = MathBody<isa, T>;
  using V = typename Math::V;
  using C = Exp2Constants<T>;
  static constexpr T log2_e = Math::log2_e;

  // 1 + 2^x
  static V one_plus_exp2(V x) {
    x = Math::at_most(V(C::largest), Math::at_least(V(-C::largest), x));
    const auto [n, scale] = Math::nearest_power(x, T(1));
    const V f = x - n;
    const V scale_f = scale * f;
    return xsimd::fma(scale_f, Math::polynomial(C::polynomial, f), V(T(1)) + scale);
  }

  static V sigmoid(V x) { return Math::divide(V(T(1)), one_plus_exp2(x * V(-log2_e))); }

  // 1 - 2 / (1 + exp(2x))
  static V tanh(V x) { return V(T(1)) - Math::divide(V(T(2)), one_plus_exp2(x * V(2 * log2_e))); }
};

template <Isa isa, class T>
void SimdMath<isa, T>::fast_sigmoid(const T* x, T* y, std::int64_t count) {
  MathBody<isa, T>::template map<FastMathBody<isa, T>::sigmoid>(x, y, count);
}

template <Isa isa, class T>
void SimdMath<isa, T>::fast_tanh(const T* x, T* y, std::int64_t count) {
  MathBody<isa, T>::template map<FastMathBody<isa, T>::tanh>(x, y, count);
}

}  // namespace sonant::kernels
