#include <sonant/core/ops/shaping.h>

#include <algorithm>
#include <array>
#include <numeric>

#include <sonant/core/ops/strided.h>

namespace sonant {
namespace {

template <Real T>
void add_block(const T* from, T* to, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) to[i] += from[i];
}

// Two dense tensors that agree but for one axis, along which elements [0, count) of one lie at
// [begin, begin + count) of the other. body(offset in the small one, in the large one, n).
struct Window {
  AxisView small, large;
  std::int64_t begin;

  template <class Body>
  void for_each_block(Body body) const {
    const std::int64_t n = small.n * small.inner;
    for (std::int64_t o = 0; o < small.outer; ++o)
      body(o * n, (o * large.n + begin) * large.inner, n);
  }
};

int checked_axis(const char* op, const Shape& shape, int axis) {
  check(axis >= -shape.rank() && axis < shape.rank(), op, "axis ", axis, " does not exist in ",
        shape);
  return shape.axis_index(axis);
}

}  // namespace

template <Real T>
Var<T> reshape(Var<T> x, std::initializer_list<std::int64_t> dims) {
  Tensor<T> y = x.value();
  y.reshape(inferred_shape(dims, y.size(), "reshape"));
  return x.tape().record("reshape", {x}, std::move(y), [](const Vjp<T>& v) {
    add_block(v.dout().data(), v.din().data(), v.dout().size());
  });
}

template <Real T>
Var<T> permute(Var<T> x, const std::vector<int>& axes) {
  const Shape& from = x.shape();
  check(static_cast<int>(axes.size()) == from.rank(), "permute", "expects ", from.rank(),
        " axes for ", from, ", got ", axes.size());
  Shape to = from;
  Steps steps{};
  std::array<bool, Shape::max_rank> used{};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const int axis = checked_axis("permute", from, axes[i]);
    check(!used[static_cast<std::size_t>(axis)], "permute", "axis ", axes[i], " is named twice");
    used[static_cast<std::size_t>(axis)] = true;
    to.dim(static_cast<int>(i)) = from.dim(axis);
    steps[i] = from.stride(axis);
  }
  const std::array<Steps, 2> both{broadcast_steps(to, to), steps};
  auto y = Tensor<T>::uninitialized(to);
  const Tensor<T>& value = x.value();
  strided_loop<2>(to, both, [&](std::int64_t n, const auto& at, const auto& step) {
    for (std::int64_t i = 0; i < n; ++i) y[at[0] + i * step[0]] = value[at[1] + i * step[1]];
  });
  return x.tape().record("permute", {x}, std::move(y), [to, both](const Vjp<T>& v) {
    const Tensor<T>& dy = v.dout();
    Tensor<T>& dx = v.din();
    strided_loop<2>(to, both, [&](std::int64_t n, const auto& at, const auto& step) {
      for (std::int64_t i = 0; i < n; ++i) dx[at[1] + i * step[1]] += dy[at[0] + i * step[0]];
    });
  });
}

template <Real T>
Var<T> transpose(Var<T> x, int axis_a, int axis_b) {
  std::vector<int> axes(static_cast<std::size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[static_cast<std::size_t>(checked_axis("transpose", x.shape(), axis_a))],
            axes[static_cast<std::size_t>(checked_axis("transpose", x.shape(), axis_b))]);
  return permute(x, axes);
}

template <Real T>
Var<T> concat(std::span<const Var<T>> parts, int axis) {
  check(!parts.empty(), "concat", "expects at least one part");
  const int index = checked_axis("concat", parts[0].shape(), axis);
  Shape shape = parts[0].shape();
  shape.dim(index) = 0;
  for (const Var<T>& part : parts) {
    Shape expected = shape;
    if (part.rank() == shape.rank()) expected.dim(index) = part.dim(index);
    check(part.shape() == expected, "concat", "along axis ", axis, ", ", part.shape(),
          " does not fit ", parts[0].shape());
    shape.dim(index) += part.dim(index);
  }
  auto y = Tensor<T>::uninitialized(shape);
  PoolVector<Window> windows;
  std::int64_t begin = 0;
  for (const Var<T>& part : parts) {
    windows.push_back({AxisView(part.shape(), index), AxisView(shape, index), begin});
    begin += part.dim(index);
    windows.back().for_each_block([&](std::int64_t from, std::int64_t to, std::int64_t n) {
      std::copy_n(part.value().data() + from, n, y.data() + to);
    });
  }
  return parts[0].tape().record(
      "concat", parts, std::move(y), [windows = std::move(windows)](const Vjp<T>& v) {
        for (std::size_t k = 0; k < windows.size(); ++k) {
          const int i = static_cast<int>(k);
          if (!v.wants(i)) continue;
          const T* dy = v.dout().data();
          T* dx = v.din(i).data();
          windows[k].for_each_block([&](std::int64_t to, std::int64_t from, std::int64_t n) {
            add_block(dy + from, dx + to, n);
          });
        }
      });
}

template <Real T>
Var<T> slice(Var<T> x, int axis, std::int64_t begin, std::int64_t end) {
  const int index = checked_axis("slice", x.shape(), axis);
  check(0 <= begin && begin <= end && end <= x.dim(index), "slice", "[", begin, ",", end,
        ") is not within axis ", axis, " of ", x.shape());
  Shape shape = x.shape();
  shape.dim(index) = end - begin;
  const Window window{AxisView(shape, index), AxisView(x.shape(), index), begin};
  auto y = Tensor<T>::uninitialized(shape);
  window.for_each_block([&](std::int64_t to, std::int64_t from, std::int64_t n) {
    std::copy_n(x.value().data() + from, n, y.data() + to);
  });
  return x.tape().record("slice", {x}, std::move(y), [window](const Vjp<T>& v) {
    const T* dy = v.dout().data();
    T* dx = v.din().data();
    window.for_each_block([&](std::int64_t from, std::int64_t to, std::int64_t n) {
      add_block(dy + from, dx + to, n);
    });
  });
}

template <Real T>
Var<T> pad(Var<T> x, int axis, std::int64_t before, std::int64_t after, double value) {
  const int index = checked_axis("pad", x.shape(), axis);
  check(before >= 0 && after >= 0, "pad", "expects widths >= 0, got ", before, " and ", after);
  Shape shape = x.shape();
  shape.dim(index) += before + after;
  const Window window{AxisView(x.shape(), index), AxisView(shape, index), before};
  Tensor<T> y(shape, static_cast<T>(value));
  window.for_each_block([&](std::int64_t from, std::int64_t to, std::int64_t n) {
    std::copy_n(x.value().data() + from, n, y.data() + to);
  });
  return x.tape().record("pad", {x}, std::move(y), [window](const Vjp<T>& v) {
    const T* dy = v.dout().data();
    T* dx = v.din().data();
    window.for_each_block([&](std::int64_t to, std::int64_t from, std::int64_t n) {
      add_block(dy + from, dx + to, n);
    });
  });
}

// saves: indices
template <Real T>
Var<T> gather(Var<T> x, int axis, std::span<const int> indices) {
  const int index = checked_axis("gather", x.shape(), axis);
  Shape shape = x.shape();
  for (int i : indices)
    check(i >= 0 && i < shape.dim(index), "gather", "index ", i, " is not within axis ", axis,
          " of ", x.shape());
  shape.dim(index) = static_cast<std::int64_t>(indices.size());
  const AxisView from(x.shape(), index), to(shape, index);
  // body(offset in x, offset in y): one run of inner elements each.
  const auto for_each_run = [from, to,
                             kept = std::vector<int>(indices.begin(), indices.end())](auto body) {
    for (std::int64_t o = 0; o < to.outer; ++o)
      for (std::int64_t k = 0; k < to.n; ++k)
        body((o * from.n + kept[static_cast<std::size_t>(k)]) * from.inner,
             (o * to.n + k) * to.inner);
  };
  auto y = Tensor<T>::uninitialized(shape);
  for_each_run([&](std::int64_t at_x, std::int64_t at_y) {
    std::copy_n(x.value().data() + at_x, to.inner, y.data() + at_y);
  });
  return x.tape().record("gather", {x}, std::move(y), [for_each_run, to](const Vjp<T>& v) {
    const T* dy = v.dout().data();
    T* dx = v.din().data();
    for_each_run(
        [&](std::int64_t at_x, std::int64_t at_y) { add_block(dy + at_y, dx + at_x, to.inner); });
  });
}

namespace {

// body(packed row, padded row) for every row of the batch.
template <class Body>
void for_each_step(const PackedLayout& layout, Body body) {
  for (int b = 0; b < layout.batch(); ++b) {
    const auto index = static_cast<std::size_t>(b);
    const std::int64_t first = std::int64_t{layout.order()[index]} * layout.steps();
    for (int t = 0; t < layout.lengths()[index]; ++t) body(layout.row(b, t), first + t);
  }
}

}  // namespace

template <Real T>
Var<T> unpack(const Packed<T>& packed, double padding) {
  check(packed.layout != nullptr, "unpack", "expects a packed batch with a layout");
  return packed.data.tape().record(
      "unpack", {packed.data}, unpack(packed.data.value(), *packed.layout, static_cast<T>(padding)),
      [layout = packed.layout](const Vjp<T>& v) {
        const std::int64_t width = v.din().dim(1);
        const T* dy = v.dout().data();
        T* dx = v.din().data();
        for_each_step(*layout, [&](std::int64_t row, std::int64_t padded) {
          add_block(dy + padded * width, dx + row * width, width);
        });
      });
}

template <Real T>
Packed<T> pack(Var<T> padded, Layout layout) {
  check(layout != nullptr, "pack", "expects a layout");
  check(padded.rank() == 3 && padded.dim(0) == layout->batch() && padded.dim(1) == layout->steps(),
        "pack", "expects (", layout->batch(), ",", layout->steps(), ",D), got ", padded.shape());
  const std::int64_t width = padded.dim(2);
  auto y = Tensor<T>::uninitialized({layout->rows(), width});
  const T* x = padded.value().data();
  for_each_step(*layout, [&](std::int64_t row, std::int64_t from) {
    std::copy_n(x + from * width, width, y.data() + row * width);
  });
  const Var<T> rows =
      padded.tape().record("pack", {padded}, std::move(y), [layout, width](const Vjp<T>& v) {
        const T* dy = v.dout().data();
        T* dx = v.din().data();
        for_each_step(*layout, [&](std::int64_t row, std::int64_t to) {
          add_block(dy + row * width, dx + to * width, width);
        });
      });
  return {rows, std::move(layout)};
}

template Var<float> reshape(Var<float>, std::initializer_list<std::int64_t>);
template Var<float> permute(Var<float>, const std::vector<int>&);
template Var<float> transpose(Var<float>, int, int);
template Var<float> concat(std::span<const Var<float>>, int);
template Var<float> slice(Var<float>, int, std::int64_t, std::int64_t);
template Var<float> gather(Var<float>, int, std::span<const int>);
template Var<float> pad(Var<float>, int, std::int64_t, std::int64_t, double);
template Var<float> unpack(const Packed<float>&, double);
template Packed<float> pack(Var<float>, Layout);

template Var<double> reshape(Var<double>, std::initializer_list<std::int64_t>);
template Var<double> permute(Var<double>, const std::vector<int>&);
template Var<double> transpose(Var<double>, int, int);
template Var<double> concat(std::span<const Var<double>>, int);
template Var<double> slice(Var<double>, int, std::int64_t, std::int64_t);
template Var<double> gather(Var<double>, int, std::span<const int>);
template Var<double> pad(Var<double>, int, std::int64_t, std::int64_t, double);
template Var<double> unpack(const Packed<double>&, double);
template Packed<double> pack(Var<double>, Layout);

}  // namespace sonant
