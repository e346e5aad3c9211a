#include <sonant/core/ops/elementwise.h>

#include <algorithm>
#include <cmath>

#include <sonant/core/ops/strided.h>
#include <sonant/core/parallel.h>

namespace sonant {
namespace {

// dx[i] += g(dy[i], a[i], b[i]) over one row; where x does not move, the row is summed first.
template <Real T, class G>
void add_row(std::int64_t n, T* dx, std::int64_t sx, const T* dy, const T* a, std::int64_t sa,
             const T* b, std::int64_t sb, G g) {
  if (sx == 0) {
    T sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += g(dy[i], a[i * sa], b[i * sb]);
    *dx += sum;
  } else if (sx == 1 && sa == 1 && sb == 1) {
    for (std::int64_t i = 0; i < n; ++i) dx[i] += g(dy[i], a[i], b[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) dx[i * sx] += g(dy[i], a[i * sa], b[i * sb]);
  }
}

// y = f(a, b) with broadcasting; input `which` gets += g(dy, a, b) summed over what it repeats.
template <Real T, class F, class Ga, class Gb>
Var<T> binary(const char* op, Var<T> a, Var<T> b, F f, Ga ga, Gb gb) {
  const Shape shape = broadcast(a.shape(), b.shape(), op);
  const Steps sa = broadcast_steps(a.shape(), shape), sb = broadcast_steps(b.shape(), shape),
              sy = broadcast_steps(shape, shape);
  auto y = Tensor<T>::uninitialized(shape);
  const T *pa = a.value().data(), *pb = b.value().data();
  const bool same_shapes = a.shape() == b.shape();
  if (same_shapes)
    parallel_ranges(y.size(), [py = y.data(), pa, pb, f](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) py[i] = f(pa[i], pb[i]);
    });
  else
    strided_loop<3>(shape, {sy, sa, sb}, [&](std::int64_t n, const auto& at, const auto& step) {
      T* y_row = y.data() + at[0];
      const T *a_row = pa + at[1], *b_row = pb + at[2];
      if (step[1] == 1 && step[2] == 1) {
        for (std::int64_t i = 0; i < n; ++i) y_row[i] = f(a_row[i], b_row[i]);
      } else {
        for (std::int64_t i = 0; i < n; ++i) y_row[i] = f(a_row[i * step[1]], b_row[i * step[2]]);
      }
    });
  return a.tape().record(op, {a, b}, std::move(y), [=](const Vjp<T>& v) {
    const auto into = [&](int which, const Steps& sx, auto g) {
      if (!v.wants(which)) return;
      T* dx = v.din(which).data();
      const T *dy = v.dout().data(), *va = v.in(0).data(), *vb = v.in(1).data();
      if (same_shapes)
        return parallel_ranges(shape.size(), [=](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) dx[i] += g(dy[i], va[i], vb[i]);
        });
      strided_loop<4>(shape, {sx, sy, sa, sb}, [&](std::int64_t n, const auto& at, const auto& s) {
        add_row(n, dx + at[0], s[0], dy + at[1], va + at[2], s[2], vb + at[3], s[3], g);
      });
    };
    into(0, sa, ga);
    into(1, sb, gb);
  });
}

// y = f(x);  dx += dy g(x, y).
template <Real T, class F, class G>
Var<T> unary(const char* op, Var<T> x, F f, G g) {
  auto y = Tensor<T>::uninitialized(x.shape());
  parallel_ranges(y.size(),
                  [py = y.data(), px = x.value().data(), f](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t i = begin; i < end; ++i) py[i] = f(px[i]);
                  });
  return x.tape().record(op, {x}, std::move(y), [g](const Vjp<T>& v) {
    const T *in = v.in().data(), *out = v.out().data(), *dy = v.dout().data();
    parallel_ranges(v.in().size(), [=, dx = v.din().data()](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) dx[i] += dy[i] * g(in[i], out[i]);
    });
  });
}

// Both stable: exp gets no positive argument.
template <Real T>
T sigmoid_of(T x) {
  const T e = std::exp(-std::abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}
template <Real T>
T softplus_of(T x) {
  return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x)));
}

}  // namespace

template <Real T>
Var<T> add(Var<T> a, Var<T> b) {
  return binary(
      "add", a, b, [](T x, T z) { return x + z; }, [](T dy, T, T) { return dy; },
      [](T dy, T, T) { return dy; });
}

template <Real T>
Var<T> sub(Var<T> a, Var<T> b) {
  return binary(
      "sub", a, b, [](T x, T z) { return x - z; }, [](T dy, T, T) { return dy; },
      [](T dy, T, T) { return -dy; });
}

template <Real T>
Var<T> mul(Var<T> a, Var<T> b) {
  return binary(
      "mul", a, b, [](T x, T z) { return x * z; }, [](T dy, T, T z) { return dy * z; },
      [](T dy, T x, T) { return dy * x; });
}

template <Real T>
Var<T> div(Var<T> a, Var<T> b) {
  return binary(
      "div", a, b, [](T x, T z) { return x / z; }, [](T dy, T, T z) { return dy / z; },
      [](T dy, T x, T z) { return -dy * x / (z * z); });
}

template <Real T>
Var<T> add(Var<T> x, std::type_identity_t<T> s) {
  return unary(
      "add", x, [s](T a) { return a + s; }, [](T, T) { return T(1); });
}

template <Real T>
Var<T> mul(Var<T> x, std::type_identity_t<T> s) {
  return unary(
      "mul", x, [s](T a) { return a * s; }, [s](T, T) { return s; });
}

template <Real T>
Var<T> div(std::type_identity_t<T> s, Var<T> x) {
  return unary(
      "div", x, [s](T a) { return s / a; }, [](T a, T y) { return -y / a; });
}

template <Real T>
Var<T> neg(Var<T> x) {
  return unary(
      "neg", x, [](T a) { return -a; }, [](T, T) { return T(-1); });
}

template <Real T>
Var<T> exp(Var<T> x) {
  return unary(
      "exp", x, [](T a) { return std::exp(a); }, [](T, T y) { return y; });
}

template <Real T>
Var<T> log(Var<T> x) {
  return unary(
      "log", x, [](T a) { return std::log(a); }, [](T a, T) { return 1 / a; });
}

template <Real T>
Var<T> sqrt(Var<T> x) {
  return unary(
      "sqrt", x, [](T a) { return std::sqrt(a); }, [](T, T y) { return 1 / (2 * y); });
}

template <Real T>
Var<T> square(Var<T> x) {
  return unary(
      "square", x, [](T a) { return a * a; }, [](T a, T) { return 2 * a; });
}

template <Real T>
Var<T> pow(Var<T> x, std::type_identity_t<T> p) {
  // x^0 is 1 everywhere: without the test, 0 * 0^-1 would be NaN at x = 0.
  return unary(
      "pow", x, [p](T a) { return std::pow(a, p); },
      [p](T a, T) { return p == 0 ? T(0) : p * std::pow(a, p - 1); });
}

template <Real T>
Var<T> tanh(Var<T> x) {
  return unary(
      "tanh", x, [](T a) { return std::tanh(a); }, [](T, T y) { return 1 - y * y; });
}

template <Real T>
Var<T> sigmoid(Var<T> x) {
  return unary(
      "sigmoid", x, [](T a) { return sigmoid_of(a); }, [](T, T y) { return y * (1 - y); });
}

template <Real T>
Var<T> relu(Var<T> x) {
  return unary(
      "relu", x, [](T a) { return a < 0 ? T(0) : a; },  // so NaN stays NaN
      [](T a, T) { return a > 0 ? T(1) : T(0); });
}

template <Real T>
Var<T> softplus(Var<T> x) {
  return unary(
      "softplus", x, [](T a) { return softplus_of(a); }, [](T a, T) { return sigmoid_of(a); });
}

template Var<float> add(Var<float>, Var<float>);
template Var<float> sub(Var<float>, Var<float>);
template Var<float> mul(Var<float>, Var<float>);
template Var<float> div(Var<float>, Var<float>);
template Var<float> add(Var<float>, float);
template Var<float> mul(Var<float>, float);
template Var<float> div(float, Var<float>);
template Var<float> neg(Var<float>);
template Var<float> exp(Var<float>);
template Var<float> log(Var<float>);
template Var<float> sqrt(Var<float>);
template Var<float> square(Var<float>);
template Var<float> tanh(Var<float>);
template Var<float> sigmoid(Var<float>);
template Var<float> relu(Var<float>);
template Var<float> softplus(Var<float>);
template Var<float> pow(Var<float>, float);

template Var<double> add(Var<double>, Var<double>);
template Var<double> sub(Var<double>, Var<double>);
template Var<double> mul(Var<double>, Var<double>);
template Var<double> div(Var<double>, Var<double>);
template Var<double> add(Var<double>, double);
template Var<double> mul(Var<double>, double);
template Var<double> div(double, Var<double>);
template Var<double> neg(Var<double>);
template Var<double> exp(Var<double>);
template Var<double> log(Var<double>);
template Var<double> sqrt(Var<double>);
template Var<double> square(Var<double>);
template Var<double> tanh(Var<double>);
template Var<double> sigmoid(Var<double>);
template Var<double> relu(Var<double>);
template Var<double> softplus(Var<double>);
template Var<double> pow(Var<double>, double);

}  // namespace sonant
