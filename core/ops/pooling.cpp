#include <sonant/core/ops/pooling.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <sonant/core/parallel.h>

namespace sonant {
namespace {

// Windows along one axis of n numbers.
struct Axis {
  int n, size, stride, before, windows;

  Axis(std::int64_t extent, int size_, int stride_, Border border)
      : n(static_cast<int>(extent)), size(size_), stride(stride_ == 0 ? size_ : stride_) {
    const WindowsAlong along = windows_along(n, size, stride, border);
    windows = along.count;
    before = along.before;
  }
  // What window k holds of the axis.
  int begin(int k) const { return std::max(0, k * stride - before); }
  int end(int k) const { return std::min(n, k * stride - before + size); }
};

struct Pooling {
  std::int64_t images;
  Axis y, x;
  std::int64_t channels;

  Pooling(const Shape& shape, const PoolingOptions& o)
      : images(shape.dim(0)),
        y(shape.dim(1), o.window[0], o.stride[0], o.border),
        x(shape.dim(2), o.window[1], o.stride[1], o.border),
        channels(shape.dim(3)) {}

  Shape out_shape() const { return {images, y.windows, x.windows, channels}; }
  // body(place of a window's numbers in y, place of one of its positions in x, positions in it),
  // image by image on all threads; no two images share a place.
  template <class Body>
  void each_place(const Body& body) const {
    const std::int64_t out_size = std::int64_t{y.windows} * x.windows * channels;
    const std::int64_t in_size = std::int64_t{y.n} * x.n * channels;
    const int shards = std::min(light_shards(images * in_size), static_cast<int>(images));
    parallel_shards(shards, [&](int shard) {
      const Range mine = shard_range(images, shards, shard);
      for (std::int64_t n = mine.begin; n < mine.end; ++n) {
        std::int64_t out = n * out_size;
        for (int oy = 0; oy < y.windows; ++oy)
          for (int ox = 0; ox < x.windows; ++ox, out += channels) {
            const int count = (y.end(oy) - y.begin(oy)) * (x.end(ox) - x.begin(ox));
            for (int iy = y.begin(oy); iy < y.end(oy); ++iy)
              for (int ix = x.begin(ox); ix < x.end(ox); ++ix)
                body(out, n * in_size + (std::int64_t{iy} * x.n + ix) * channels, count);
          }
      }
    });
  }
};

template <Real T>
Pooling checked(const char* op, const Var<T>& x, const PoolingOptions& options) {
  check(x.rank() == 4, op, "expects x (B,H,W,C), got ", x.shape());
  for (int axis = 0; axis < 2; ++axis) {
    const auto k = static_cast<std::size_t>(axis);
    check(options.window[k] >= 1 && options.stride[k] >= 0, op,
          "expects a window and strides of at least 1, got window ", options.window[0], "x",
          options.window[1], " and strides ", options.stride[0], ",", options.stride[1]);
  }
  const Pooling pooling(x.shape(), options);
  check(pooling.y.windows > 0 && pooling.x.windows > 0, op, "expects x at least as large as the ",
        options.window[0], "x", options.window[1], " window, got ", x.shape());
  return pooling;
}

}  // namespace

// (5), (6)    x (B,H,W,C) -> y (B,Y,X,C)    saves: nothing
template <Real T>
Var<T> avg_pool2d(Var<T> x, const PoolingOptions& options) {
  const Pooling p = checked("avg_pool2d", x, options);
  Tensor<T> y(p.out_shape());
  const T* from = x.value().data();
  p.each_place([&, to = y.data()](std::int64_t out, std::int64_t in, int count) {
    const T share = T(1) / static_cast<T>(count);
    for (std::int64_t c = 0; c < p.channels; ++c) to[out + c] += share * from[in + c];
  });
  return x.tape().record("avg_pool2d", {x}, std::move(y), [p](const Vjp<T>& v) {
    const T* dy = v.dout().data();
    p.each_place([&, dx = v.din().data()](std::int64_t out, std::int64_t in, int count) {
      const T share = T(1) / static_cast<T>(count);
      for (std::int64_t c = 0; c < p.channels; ++c) dx[in + c] += share * dy[out + c];
    });
  });
}

// (7), (8)    x (B,H,W,C) -> y (B,Y,X,C)    saves: y, which is where the largest are found again
template <Real T>
Var<T> max_pool2d(Var<T> x, const PoolingOptions& options) {
  const Pooling p = checked("max_pool2d", x, options);
  Tensor<T> y(p.out_shape(), -std::numeric_limits<T>::infinity());
  const T* from = x.value().data();
  p.each_place([&, to = y.data()](std::int64_t out, std::int64_t in, int) {
    for (std::int64_t c = 0; c < p.channels; ++c)
      if (from[in + c] > to[out + c] || std::isnan(from[in + c])) to[out + c] = from[in + c];
  });
  return x.tape().record("max_pool2d", {x}, std::move(y), [p](const Vjp<T>& v) {
    const T *in_value = v.in().data(), *y_value = v.out().data(), *dy = v.dout().data();
    PoolVector<char> given(static_cast<std::size_t>(v.out().size()), 0);
    p.each_place([&, dx = v.din().data()](std::int64_t out, std::int64_t in, int) {
      for (std::int64_t c = 0; c < p.channels; ++c) {
        char& done = given[static_cast<std::size_t>(out + c)];
        if (done != 0 || in_value[in + c] != y_value[out + c]) continue;
        dx[in + c] += dy[out + c];
        done = 1;
      }
    });
  });
}

template <Real T>
Var<T> global_avg_pool2d(Var<T> x) {
  check(x.rank() == 4 && x.dim(1) > 0 && x.dim(2) > 0, "global_avg_pool2d",
        "expects x (B,H,W,C) with at least one place, got ", x.shape());
  const std::int64_t images = x.dim(0), places = x.dim(1) * x.dim(2), channels = x.dim(3);
  Tensor<T> y({images, channels});
  const T share = T(1) / static_cast<T>(places), *from = x.value().data();
  for (std::int64_t n = 0; n < images; ++n)
    for (std::int64_t k = 0; k < places; ++k, from += channels)
      for (std::int64_t c = 0; c < channels; ++c) y.data()[n * channels + c] += share * from[c];
  return x.tape().record("global_avg_pool2d", {x}, std::move(y),
                         [images, places, channels, share](const Vjp<T>& v) {
                           T* dx = v.din().data();
                           const T* dy = v.dout().data();
                           for (std::int64_t n = 0; n < images; ++n, dy += channels)
                             for (std::int64_t k = 0; k < places; ++k, dx += channels)
                               for (std::int64_t c = 0; c < channels; ++c) dx[c] += share * dy[c];
                         });
}

template Var<float> avg_pool2d(Var<float>, const PoolingOptions&);
template Var<double> avg_pool2d(Var<double>, const PoolingOptions&);
template Var<float> max_pool2d(Var<float>, const PoolingOptions&);
template Var<double> max_pool2d(Var<double>, const PoolingOptions&);
template Var<float> global_avg_pool2d(Var<float>);
template Var<double> global_avg_pool2d(Var<double>);

}  // namespace sonant
