#include <sonant/core/ops/softmax.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <sonant/core/ops/strided.h>

namespace sonant {
namespace {

// The mask repeated to x's shape, one byte per element.
template <Real T>
PoolVector<std::uint8_t> expanded_mask(const char* op, const Tensor<T>& mask, const Shape& shape) {
  check(mask.rank() <= shape.rank() && broadcast(mask.shape(), shape, op) == shape, op,
        "expects a mask that broadcasts to x ", shape, ", got ", mask.shape());
  for (T m : mask.span()) check(m == 0 || m == 1, op, "expects a mask of 0 and 1, got ", m);
  PoolVector<std::uint8_t> bytes(static_cast<std::size_t>(shape.size()));
  strided_loop<2>(shape, {broadcast_steps(shape, shape), broadcast_steps(mask.shape(), shape)},
                  [&](std::int64_t n, const auto& at, const auto& step) {
                    for (std::int64_t i = 0; i < n; ++i)
                      bytes[static_cast<std::size_t>(at[0] + i * step[0])] =
                          mask[at[1] + i * step[1]] != T(0);
                  });
  return bytes;
}

// body(first, last, step) for every line of elements along the axis.
template <class Body>
void for_each_line(const AxisView& view, Body body) {
  for (std::int64_t o = 0; o < view.outer; ++o) {
    for (std::int64_t i = 0; i < view.inner; ++i) {
      const std::int64_t first = o * view.n * view.inner + i;
      body(first, first + view.n * view.inner, view.inner);
    }
  }
}

// Both ops, forward: y = exp(x - peak) / total, or its logarithm x - peak - log(total). An empty
// mask lets every element take part.
template <Real T>
Tensor<T> normalised(const char* op, const Tensor<T>& x, const AxisView& view,
                     const PoolVector<std::uint8_t>& mask, bool logarithm) {
  check(view.n > 0, op, "the axis has no elements in ", x.shape());
  const T masked = logarithm ? -std::numeric_limits<T>::infinity() : T(0);
  const auto valid = [&](std::int64_t i) {
    return mask.empty() || mask[static_cast<std::size_t>(i)] != 0;
  };
  auto y = Tensor<T>::uninitialized(x.shape());
  for_each_line(view, [&](std::int64_t first, std::int64_t last, std::int64_t step) {
    T peak = 0, total = 0;
    bool found = false;
    for (std::int64_t i = first; i < last; i += step) {
      if (!valid(i)) continue;
      peak = found ? std::max(peak, x[i]) : x[i];
      found = true;
    }
    check(found, op, "a row has no element that is not masked, in ", x.shape());
    for (std::int64_t i = first; i < last; i += step) {
      if (!valid(i)) continue;
      const T shifted = x[i] - peak, e = std::exp(shifted);
      y[i] = logarithm ? shifted : e;
      total += e;
    }
    const T log_total = std::log(total);
    for (std::int64_t i = first; i < last; i += step)
      y[i] = !valid(i) ? masked : logarithm ? y[i] - log_total : y[i] / total;
  });
  return y;
}

// saves: y
template <Real T>
Var<T> record_softmax(Var<T> x, const PoolVector<std::uint8_t>& mask, int axis) {
  const AxisView view(x.shape(), axis);
  return x.tape().record(
      "softmax", {x}, normalised("softmax", x.value(), view, mask, false), [view](const Vjp<T>& v) {
        const T *y = v.out().data(), *dy = v.dout().data();
        T* dx = v.din().data();
        for_each_line(view, [&](std::int64_t first, std::int64_t last, std::int64_t step) {
          T dot = 0;  // docs/softmax.md (3): dx = y (dy - <y,dy>)
          for (std::int64_t i = first; i < last; i += step) dot += y[i] * dy[i];
          for (std::int64_t i = first; i < last; i += step) dx[i] += y[i] * (dy[i] - dot);
        });
      });
}

// saves: y
template <Real T>
Var<T> record_log_softmax(Var<T> x, const PoolVector<std::uint8_t>& mask, int axis) {
  const AxisView view(x.shape(), axis);
  return x.tape().record("log_softmax", {x}, normalised("log_softmax", x.value(), view, mask, true),
                         [view](const Vjp<T>& v) {
                           const T *y = v.out().data(), *dy = v.dout().data();
                           T* dx = v.din().data();
                           constexpr T masked = -std::numeric_limits<T>::infinity();
                           for_each_line(
                               view, [&](std::int64_t first, std::int64_t last, std::int64_t step) {
                                 T total = 0;  // docs/softmax.md (5): dx = dy - exp(y) sum dy
                                 for (std::int64_t i = first; i < last; i += step)
                                   total += y[i] == masked ? T(0) : dy[i];
                                 for (std::int64_t i = first; i < last; i += step)
                                   dx[i] += y[i] == masked ? T(0) : dy[i] - std::exp(y[i]) * total;
                               });
                         });
}

}  // namespace

template <Real T>
Var<T> softmax(Var<T> x, int axis) {
  return record_softmax(x, {}, axis);
}

template <Real T>
Var<T> softmax(Var<T> x, const Tensor<T>& mask, int axis) {
  return record_softmax(x, expanded_mask("softmax", mask, x.shape()), axis);
}

template <Real T>
Var<T> log_softmax(Var<T> x, int axis) {
  return record_log_softmax(x, {}, axis);
}

template <Real T>
Var<T> log_softmax(Var<T> x, const Tensor<T>& mask, int axis) {
  return record_log_softmax(x, expanded_mask("log_softmax", mask, x.shape()), axis);
}

template Var<float> softmax(Var<float>, int);
template Var<double> softmax(Var<double>, int);
template Var<float> softmax(Var<float>, const Tensor<float>&, int);
template Var<double> softmax(Var<double>, const Tensor<double>&, int);
template Var<float> log_softmax(Var<float>, int);
template Var<double> log_softmax(Var<double>, int);
template Var<float> log_softmax(Var<float>, const Tensor<float>&, int);
template Var<double> log_softmax(Var<double>, const Tensor<double>&, int);

}  // namespace sonant
