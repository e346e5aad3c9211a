#include <sonant/core/ops/reduce.h>

#include <array>
#include <cmath>
#include <numeric>

#include <sonant/core/ops/strided.h>

namespace sonant {
namespace {

std::vector<int> all_axes(const Shape& shape) {
  std::vector<int> axes(static_cast<std::size_t>(shape.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

// A reduction is a loop over x in which y stands still (step 0) along the reduced axes.
struct Plan {
  Shape x, y;        // y with the reduced axes kept as 1
  Steps sx, sy;      // steps in a loop over x
  Shape result;      // y as the caller wants it
  std::int64_t n{};  // elements of x for each of y

  Plan(const char* op, const Shape& shape, const std::vector<int>& axes, KeepDim keep)
      : x(shape), y(shape) {
    std::array<bool, Shape::max_rank> reduced{};
    for (int axis : axes) {
      check(axis >= -x.rank() && axis < x.rank(), op, "axis ", axis, " does not exist in ", x);
      const int index = x.axis_index(axis);
      check(!reduced[static_cast<std::size_t>(index)], op, "axis ", axis, " is named twice for ",
            x);
      reduced[static_cast<std::size_t>(index)] = true;
      y.dim(index) = 1;
    }
    result = y;
    for (int axis = x.rank() - 1; keep == KeepDim::no && axis >= 0; --axis)
      if (reduced[static_cast<std::size_t>(axis)]) result = result.removed(axis);
    n = 1;
    for (int axis = 0; axis < x.rank(); ++axis)
      if (reduced[static_cast<std::size_t>(axis)]) n *= x.dim(axis);
    sx = broadcast_steps(x, x);
    sy = broadcast_steps(y, x);
  }

  template <class Body>  // body(n, offset in x, step, offset in y, step), row by row
  void for_each_row(Body body) const {
    strided_loop<2>(x, {sx, sy}, [&](std::int64_t count, const auto& at, const auto& step) {
      body(count, at[0], step[0], at[1], step[1]);
    });
  }
};

// Sum of a row in eight interleaved parts: one after the other, each addition would wait for the
// one before it.
template <Real T>
double row_sum(const T* x, std::int64_t n) {
  std::array<double, 8> parts{};
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (std::size_t k = 0; k < 8; ++k) parts[k] += static_cast<double>(x[i + std::int64_t(k)]);
  double sum = 0;
  for (double part : parts) sum += part;
  for (; i < n; ++i) sum += static_cast<double>(x[i]);
  return sum;
}

// y = scale * sum x;  dx += scale * dy.
template <Real T>
Var<T> scaled_sum(const char* op, Var<T> x, const Plan& plan, double scale) {
  PoolVector<double> total(static_cast<std::size_t>(plan.y.size()), 0.0);
  const T* px = x.value().data();
  plan.for_each_row(
      [&](std::int64_t n, std::int64_t ax, std::int64_t sx, std::int64_t ay, std::int64_t sy) {
        double* t = total.data() + ay;
        if (sx == 1 && sy == 0) {
          *t += row_sum(px + ax, n);
        } else {
          for (std::int64_t i = 0; i < n; ++i) t[i * sy] += static_cast<double>(px[ax + i * sx]);
        }
      });
  auto y = Tensor<T>::uninitialized(plan.result);
  for (std::int64_t i = 0; i < y.size(); ++i)
    y[i] = static_cast<T>(scale * total[static_cast<std::size_t>(i)]);
  return x.tape().record(op, {x}, std::move(y), [plan, scale](const Vjp<T>& v) {
    const T* dy = v.dout().data();
    T* dx = v.din().data();
    const T factor = static_cast<T>(scale);
    plan.for_each_row(
        [&](std::int64_t n, std::int64_t ax, std::int64_t sx, std::int64_t ay, std::int64_t sy) {
          for (std::int64_t i = 0; i < n; ++i) dx[ax + i * sx] += factor * dy[ay + i * sy];
        });
  });
}

}  // namespace

template <Real T>
Var<T> sum(Var<T> x, const std::vector<int>& axes, KeepDim keep) {
  return scaled_sum("sum", x, Plan("sum", x.shape(), axes, keep), 1.0);
}

template <Real T>
Var<T> mean(Var<T> x, const std::vector<int>& axes, KeepDim keep) {
  const Plan plan("mean", x.shape(), axes, keep);
  check(plan.n > 0, "mean", "there is nothing to average in ", x.shape());
  return scaled_sum("mean", x, plan, 1.0 / static_cast<double>(plan.n));
}

// saves: where each maximum is (one index per element of y)
template <Real T>
Var<T> max(Var<T> x, const std::vector<int>& axes, KeepDim keep) {
  const Plan plan("max", x.shape(), axes, keep);
  check(plan.n > 0, "max", "there is nothing to choose from in ", x.shape());
  PoolVector<std::int64_t> place(static_cast<std::size_t>(plan.y.size()), -1);
  const T* px = x.value().data();
  plan.for_each_row(
      [&](std::int64_t n, std::int64_t ax, std::int64_t sx, std::int64_t ay, std::int64_t sy) {
        for (std::int64_t i = 0; i < n; ++i) {
          std::int64_t& best = place[static_cast<std::size_t>(ay + i * sy)];
          const std::int64_t here = ax + i * sx;
          // Not "px[here] > px[best]" alone: a NaN wins, and then stays.
          if (best < 0 || px[here] > px[best] || (std::isnan(px[here]) && !std::isnan(px[best])))
            best = here;
        }
      });
  auto y = Tensor<T>::uninitialized(plan.result);
  for (std::int64_t i = 0; i < y.size(); ++i) y[i] = px[place[static_cast<std::size_t>(i)]];
  return x.tape().record("max", {x}, std::move(y), [place = std::move(place)](const Vjp<T>& v) {
    const T* dy = v.dout().data();
    T* dx = v.din().data();
    for (std::size_t i = 0; i < place.size(); ++i) dx[place[i]] += dy[i];
  });
}

template <Real T>
Var<T> sum(Var<T> x) {
  return sum(x, all_axes(x.shape()));
}
template <Real T>
Var<T> mean(Var<T> x) {
  return mean(x, all_axes(x.shape()));
}
template <Real T>
Var<T> max(Var<T> x) {
  return max(x, all_axes(x.shape()));
}

template Var<float> sum(Var<float>, const std::vector<int>&, KeepDim);
template Var<float> sum(Var<float>);
template Var<float> mean(Var<float>, const std::vector<int>&, KeepDim);
template Var<float> mean(Var<float>);
template Var<float> max(Var<float>, const std::vector<int>&, KeepDim);
template Var<float> max(Var<float>);
template Var<double> sum(Var<double>, const std::vector<int>&, KeepDim);
template Var<double> sum(Var<double>);
template Var<double> mean(Var<double>, const std::vector<int>&, KeepDim);
template Var<double> mean(Var<double>);
template Var<double> max(Var<double>, const std::vector<int>&, KeepDim);
template Var<double> max(Var<double>);

}  // namespace sonant
