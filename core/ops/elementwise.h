// Arithmetic and activations, element by element. docs/autograd.md (4), (5)
//
// Two-argument ops broadcast as NumPy does: shapes are aligned at the last axis, extents must be
// equal or 1; otherwise an Error names both shapes. The gradient of a broadcast argument is summed
// over the axes it was repeated along.
#pragma once

#include <type_traits>

#include <sonant/core/autograd.h>

namespace sonant {

template <Real T>
Var<T> add(Var<T> a, Var<T> b);  // da = dy            db = dy
template <Real T>
Var<T> sub(Var<T> a, Var<T> b);  // da = dy            db = -dy
template <Real T>
Var<T> mul(Var<T> a, Var<T> b);  // da = dy b          db = dy a
template <Real T>
Var<T> div(Var<T> a, Var<T> b);  // da = dy / b        db = -dy a / b^2

// The same with a constant on one side; the type of the constant follows the Var.
template <Real T>
Var<T> add(Var<T> x, std::type_identity_t<T> s);
template <Real T>
Var<T> mul(Var<T> x, std::type_identity_t<T> s);
template <Real T>
Var<T> div(std::type_identity_t<T> s, Var<T> x);

template <Real T>
Var<T> neg(Var<T> x);  // y = -x
template <Real T>
Var<T> exp(Var<T> x);  // dx = dy y
template <Real T>
Var<T> log(Var<T> x);  // dx = dy / x
template <Real T>
Var<T> sqrt(Var<T> x);  // dx = dy / (2 y), infinite at 0
template <Real T>
Var<T> square(Var<T> x);  // dx = 2 x dy
template <Real T>
Var<T> pow(Var<T> x, std::type_identity_t<T> p);  // y = x^p with constant p    dx = p x^(p-1) dy
template <Real T>
Var<T> tanh(Var<T> x);  // dx = (1 - y^2) dy
template <Real T>
Var<T> sigmoid(Var<T> x);  // y = 1 / (1 + exp(-x)), no overflow for any x    dx = y (1 - y) dy
template <Real T>
Var<T> relu(Var<T> x);  // y = max(x, 0)    dx = dy where x > 0, 0 at x = 0 (as PyTorch)
template <Real T>
Var<T> softplus(Var<T> x);  // y = log(1 + exp(x)), no overflow for any x    dx = sigmoid(x) dy

template <Real T>
Var<T> operator+(Var<T> a, Var<T> b) {
  return add(a, b);
}
template <Real T>
Var<T> operator-(Var<T> a, Var<T> b) {
  return sub(a, b);
}
template <Real T>
Var<T> operator*(Var<T> a, Var<T> b) {
  return mul(a, b);
}
template <Real T>
Var<T> operator/(Var<T> a, Var<T> b) {
  return div(a, b);
}
template <Real T>
Var<T> operator-(Var<T> x) {
  return neg(x);
}
template <Real T>
Var<T> operator+(Var<T> x, std::type_identity_t<T> s) {
  return add(x, s);
}
template <Real T>
Var<T> operator+(std::type_identity_t<T> s, Var<T> x) {
  return add(x, s);
}
template <Real T>
Var<T> operator-(Var<T> x, std::type_identity_t<T> s) {
  return add(x, -s);
}
template <Real T>
Var<T> operator-(std::type_identity_t<T> s, Var<T> x) {
  return add(neg(x), s);
}
template <Real T>
Var<T> operator*(Var<T> x, std::type_identity_t<T> s) {
  return mul(x, s);
}
template <Real T>
Var<T> operator*(std::type_identity_t<T> s, Var<T> x) {
  return mul(x, s);
}
template <Real T>
Var<T> operator/(Var<T> x, std::type_identity_t<T> s) {
  return mul(x, T(1) / s);
}
template <Real T>
Var<T> operator/(std::type_identity_t<T> s, Var<T> x) {
  return div(s, x);
}

}  // namespace sonant
