#include <sonant/core/ops/conv_block.h>

#include <cmath>
#include <utility>

#include <sonant/core/kernels/map.h>
#include <sonant/core/ops/conv_run.h>
#include <sonant/core/ops/shard_moments.h>

namespace sonant {
namespace {

using kernels::ConvPart;

using Sums = PoolVector<double>;  // one per channel, or two rows of them for each shard

// Inputs of the node, in this order.
enum Input { in_x, in_weight, in_gamma, in_beta, in_bias };

// One call: what forward and backward share.
template <Real T>
struct Block {
  ConvRun<T> conv;
  kernels::MapWindows windows;
  const kernels::MapKernel<T>* map = &kernels::map_kernels<T>().find();
  Exchange* others = nullptr;          // with whom the statistics are shared
  std::int64_t normalised_places = 0;  // of all shards
  PoolVector<T> scale = {}, shift = {}, mean = {}, rstd = {};  // (9)
  Tensor<T> y = {};                                            // what the convolution gave

  std::size_t channels() const { return static_cast<std::size_t>(windows.channels); }
  kernels::ChannelNorm<T> norm() const {
    return {scale.data(), shift.data(), mean.data(), rstd.data()};
  }
  std::int64_t places() const { return std::int64_t{windows.height} * windows.width; }
  int pooled_height(int height) const {
    return (height + windows.window_height - 1) / windows.window_height;
  }
  int pooled_height() const { return pooled_height(windows.height); }
  int pooled_width() const {
    return (windows.width + windows.window_width - 1) / windows.window_width;
  }
  // Of an image, or of a strip of that height.
  std::int64_t pooled_size(int height) const {
    return std::int64_t{pooled_height(height)} * pooled_width() * windows.channels;
  }
  std::int64_t pooled_size() const { return pooled_size(windows.height); }
  // Images whose maps are worked on one after the other while they are in the cache.
  int group() const { return static_cast<int>(1 + 255 / places()); }
  template <class Body>
  void each_group(Range mine, const Body& body) const {
    for (std::int64_t first = mine.begin; first < mine.end; first += group())
      body(Range{first, std::min(mine.end, first + group())});
  }
  // Two rows of sums for each shard.
  Sums shard_sums() const {
    return Sums(2 * channels() * static_cast<std::size_t>(conv.shards), 0.0);
  }
  double* of(Sums& sums, int shard) const {
    return sums.data() + 2 * channels() * static_cast<std::size_t>(shard);
  }
};

template <Real T>
void check_arguments(const Block<T>& block, const ConvBlockWeights<T>& w, const Tensor<T>& mean,
                     const Tensor<T>& var, const ConvBlockOptions<T>& options) {
  const auto expects = [&](const char* what, const Shape& shape) {
    const std::int64_t outputs = block.conv.shape.outputs;
    check(shape == Shape{outputs}, "conv_block", "expects ", what, " (", outputs, ") for weight ",
          w.weight.shape(), ", got ", shape);
  };
  expects("gamma", w.gamma.shape());
  expects("beta", w.beta.shape());
  expects("running_mean", mean.shape());
  expects("running_var", var.shape());
  check(options.window[0] >= 1 && options.window[1] >= 1, "conv_block",
        "expects a window of at least 1x1, got ", options.window[0], "x", options.window[1]);
  check(options.norm.zero_rows == 0, "conv_block", "expects no zero_rows, got ",
        options.norm.zero_rows);
}

// The convolution of all images into block.y, and with statistics mean and biased variance of its
// channels. Each shard counts from its first place, so that its squares lose no digits however far
// from zero the values are; what the shards' means differ by comes on top: Chan, Golub & LeVeque
// 1979.
template <Real T>
std::pair<Sums, Sums> convolve(Block<T>& block, const T* x, const T* packed, const T* bias,
                               bool statistics) {
  const ConvRun<T>& conv = block.conv;
  const std::size_t channels = block.channels();
  block.y = Tensor<T>::uninitialized(conv.out_shape());
  Sums sums = block.shard_sums();
  conv.each_shard(conv.sizes().forward_workspace, [&](int shard, Range mine, T* workspace) {
    const T* origin = block.y.data() + mine.begin * conv.out_size();
    double* sum = block.of(sums, shard);
    block.each_group(mine, [&](Range group) {
      T* y = block.y.data() + group.begin * conv.out_size();
      conv.kernel->forward({.shape = conv.shape,
                            .images = conv.count(group),
                            .packed = packed,
                            .x = x + group.begin * conv.in_size(),
                            .bias = bias,
                            .y = y,
                            .workspace = workspace});
      if (statistics)
        block.map->moments(conv.count(group) * block.places(), block.windows.channels, y, origin,
                           sum, sum + channels);
    });
    const auto rows = static_cast<double>(conv.count(mine) * block.places());
    for (std::size_t c = 0; c < channels; ++c) {
      const double offset = sum[c] / rows;
      sum[channels + c] -= offset * sum[c];
      sum[c] = static_cast<double>(origin[c]) + offset;  // the mean from here on
    }
  });
  Sums mean(channels, 0.0), var(channels, 0.0);
  const auto each_part = [&](auto body) {
    for (int shard = 0; shard < conv.shards; ++shard) {
      const Range mine = shard_range(conv.images, conv.shards, shard);
      const double share = static_cast<double>(conv.count(mine)) / conv.images;
      const double* part = block.of(sums, shard);
      for (std::size_t c = 0; c < channels; ++c) body(c, share, part[c], part[channels + c]);
    }
  };
  each_part([&](std::size_t c, double share, double m, double) { mean[c] += share * m; });
  const auto n = static_cast<double>(conv.images * block.places());
  each_part([&](std::size_t c, double share, double m, double squares) {
    var[c] += squares / n + share * (m - mean[c]) * (m - mean[c]);
  });
  return {std::move(mean), std::move(var)};
}

template <Real T>
void move_running(Tensor<T>& running, const Sums& batch, double momentum, double factor) {
  for (std::size_t c = 0; c < batch.size(); ++c) {
    T& r = running[static_cast<std::int64_t>(c)];
    r = static_cast<T>((1 - momentum) * static_cast<double>(r) + momentum * factor * batch[c]);
  }
}

// docs/convolution.md (9)
template <Real T>
void set_norm(Block<T>& block, const Sums& mean, const Sums& var, const ConvBlockWeights<T>& w,
              double eps) {
  for (std::size_t c = 0; c < block.channels(); ++c) {
    const auto i = static_cast<std::int64_t>(c);
    const double rstd = 1 / std::sqrt(var[c] + eps);
    const double scale = static_cast<double>(w.gamma.value()[i]) * rstd;
    block.mean.push_back(static_cast<T>(mean[c]));
    block.rstd.push_back(static_cast<T>(rstd));
    block.scale.push_back(static_cast<T>(scale));
    block.shift.push_back(static_cast<T>(static_cast<double>(w.beta.value()[i]) - mean[c] * scale));
  }
}

// Without derivatives a map is needed only until it is pooled: strip by strip of rows of windows,
// so that it stays in the cache.
template <Real T>
struct Strips {
  static constexpr std::int64_t bytes = 1 << 17;

  const Block<T>& block;
  const int rows, count;  // of a map: rows of all strips but the last

  explicit Strips(const Block<T>& of) : Strips(of, strip_rows(of.windows, of.conv.shape)) {}
  Strips(const Block<T>& of, int rows_of_one)
      : block(of), rows(rows_of_one), count((of.windows.height + rows - 1) / rows) {}

  // All of them where a strip might see nothing but the border.
  static int strip_rows(const kernels::MapWindows& w, const kernels::ConvShape& s) {
    if (s.top >= s.rows || s.bottom >= s.rows) return w.height;
    const std::int64_t row =
        std::int64_t{w.window_height} * w.width * w.channels * static_cast<std::int64_t>(sizeof(T));
    return w.window_height * static_cast<int>(std::max<std::int64_t>(1, bytes / row));
  }
  // The convolution of strip k alone, and where in an image its rows begin.
  std::pair<kernels::ConvShape, std::int64_t> part(int k) const {
    kernels::ConvShape s = block.conv.shape;
    const int last = std::min((k + 1) * rows, block.windows.height) - 1;
    const int begin = k * rows * s.stride_y - s.top, end = last * s.stride_y + s.rows - s.top;
    const int first = std::clamp(begin, 0, s.height), behind = std::clamp(end, 0, s.height);
    s.top = first - begin;
    s.bottom = end - behind;
    s.height = behind - first;
    return {s, std::int64_t{first} * s.width * s.channels};
  }
};

template <Real T>
void convolve_and_pool(const Block<T>& block, const T* x, const T* packed, const T* bias,
                       T* pooled) {
  const ConvRun<T>& conv = block.conv;
  const Strips<T> strips(block);
  const std::int64_t maps = whole_lines(block.group() * conv.out_size());
  conv.each_shard(maps + conv.sizes().forward_workspace, [&](int, Range mine, T* workspace) {
    // Returns where the next pooled maps go.
    const auto work = [&](const kernels::ConvShape& shape, int images, const T* from, T* to) {
      kernels::MapWindows windows = block.windows;
      windows.height = out_height(shape);
      conv.kernel->forward({.shape = shape,
                            .images = images,
                            .packed = packed,
                            .x = from,
                            .bias = bias,
                            .y = workspace,
                            .workspace = workspace + maps});
      block.map->forward(windows, images, block.norm(), workspace, to);
      return to + images * block.pooled_size(windows.height);
    };
    block.each_group(mine, [&](Range group) {
      const T* from = x + group.begin * conv.in_size();
      T* to = pooled + group.begin * block.pooled_size();
      if (strips.count == 1) {
        work(conv.shape, conv.count(group), from, to);
        return;
      }
      for (int image = 0; image < conv.count(group); ++image, from += conv.in_size())
        for (int k = 0; k < strips.count; ++k) {
          const auto [shape, begin] = strips.part(k);
          to = work(shape, 1, from + begin, to);
        }
    });
  });
}

// What the statistics take back from each place of a channel: the subtracted terms of (11).
template <Real T>
struct Taken {
  PoolVector<T> offset, slope;
};

// docs/convolution.md (10), (11): the sums, which are the gradients of gamma and beta. `fixed`:
// mean and variance were constants.
template <Real T>
Taken<T> add_norm_gradients(const Block<T>& block, const Vjp<T>& v, bool fixed) {
  const ConvRun<T>& conv = block.conv;
  const std::size_t channels = block.channels();
  const T *y = block.y.data(), *given = v.dout().data();
  Sums sums = block.shard_sums();
  conv.each_shard(0, [&](int shard, Range mine, T*) {
    double* sum = block.of(sums, shard);
    block.map->gradient_sums(block.windows, conv.count(mine), block.norm(),
                             y + mine.begin * conv.out_size(),
                             given + mine.begin * block.pooled_size(), sum, sum + channels);
  });
  for (std::size_t k = 2 * channels; k < sums.size(); ++k) sums[k % (2 * channels)] += sums[k];
  Sums all(sums.begin(), sums.begin() + static_cast<std::ptrdiff_t>(2 * channels));
  if (!fixed) join_sums(block.others, all);
  const auto n = static_cast<double>(block.normalised_places);
  Taken<T> taken = {PoolVector<T>(channels, T(0)), PoolVector<T>(channels, T(0))};
  for (std::size_t c = 0; c < channels; ++c) {
    const auto i = static_cast<std::int64_t>(c);
    if (v.wants(in_gamma)) v.din(in_gamma)[i] += static_cast<T>(sums[channels + c]);
    if (v.wants(in_beta)) v.din(in_beta)[i] += static_cast<T>(sums[c]);
    if (fixed) continue;
    taken.offset[c] = static_cast<T>(all[c] / n);
    taken.slope[c] = static_cast<T>(all[channels + c] / n);
  }
  return taken;
}

// Then (2)-(4), image by image: the derivative by the convolution's output is never there as a
// whole.
template <Real T>
void backward(const Block<T>& block, const Vjp<T>& v, bool has_bias, bool fixed) {
  const ConvRun<T>& conv = block.conv;
  const std::size_t channels = block.channels();
  const T *y = block.y.data(), *given = v.dout().data();
  const Taken<T> taken = add_norm_gradients(block, v, fixed);
  const bool wants_bias = has_bias && v.wants(in_bias);
  if (!v.wants(in_x) && !v.wants(in_weight) && !wants_bias) return;
  const auto packed =
      v.wants(in_x) ? conv.pack(v.in(in_weight), ConvPart::input_gradient) : Tensor<T>();
  auto gradients = conv.weight_gradients(v.wants(in_weight));
  Sums bias_sums = block.shard_sums();
  const PoolVector<T> zeros(channels, T(0));
  T* dx = v.wants(in_x) ? v.din(in_x).data() : nullptr;
  const std::int64_t maps = whole_lines(block.group() * conv.out_size());
  const std::int64_t size = maps + conv.sizes().backward_workspace;
  conv.each_shard(size, [&](int shard, Range mine, T* workspace) {
    T* dy = workspace;
    block.each_group(mine, [&](Range group) {
      const int count = conv.count(group);
      block.map->backward(block.windows, count, block.norm(), y + group.begin * conv.out_size(),
                          given + group.begin * block.pooled_size(), taken.offset.data(),
                          taken.slope.data(), dy);
      if (wants_bias) {
        double* sum = block.of(bias_sums, shard);
        block.map->moments(count * block.places(), block.windows.channels, dy, zeros.data(), sum,
                           sum + channels);
      }
      conv.kernel->backward({.shape = conv.shape,
                             .images = count,
                             .packed = packed.data(),
                             .x = v.in(in_x).data() + group.begin * conv.in_size(),
                             .dy = dy,
                             .dx = dx ? dx + group.begin * conv.in_size() : nullptr,
                             .dw = gradients.of(shard),
                             .workspace = workspace + maps});
    });
  });
  if (v.wants(in_weight)) conv.add(gradients, v.din(in_weight));
  for (int shard = 0; wants_bias && shard < conv.shards; ++shard)
    for (std::size_t c = 0; c < channels; ++c)
      v.din(in_bias)[static_cast<std::int64_t>(c)] += static_cast<T>(block.of(bias_sums, shard)[c]);
}

}  // namespace

// docs/convolution.md (1)-(11)    (x, weight, gamma, beta [, bias]) -> y
// saves: the convolution's output, mean (O), 1/sqrt(var + eps) (O), scale (O), shift (O)
template <Real T>
Var<T> conv_block(Var<T> x, const ConvBlockWeights<T>& w, Tensor<T>& running_mean,
                  Tensor<T>& running_var, const ConvBlockOptions<T>& options) {
  const ConvRun<T> conv("conv_block", x, w.weight, w.bias, options.conv);
  Block<T> block = {.conv = conv,
                    .windows = {out_height(conv.shape), out_width(conv.shape), conv.shape.outputs,
                                options.window[0], options.window[1]},
                    .others = x.tape().exchange()};
  check_arguments(block, w, running_mean, running_var, options);
  const std::array<Var<T>, 5> all = {x, w.weight, w.gamma, w.beta, w.bias ? *w.bias : Var<T>()};
  const auto inputs = std::span<const Var<T>>(all).first(w.bias ? 5 : 4);
  const bool training = options.norm.training;
  const bool keep = training || x.tape().would_record(inputs);
  Tensor<T> own;
  const T* packed = conv.packed_forward(w.weight.value(), keep ? nullptr : options.conv.kept, own);
  const T *from = x.value().data(), *bias = w.bias ? w.bias->value().data() : nullptr;

  std::pair<Sums, Sums> moments;
  if (keep) moments = convolve(block, from, packed, bias, training);
  if (training) {
    block.normalised_places =
        join_moments(block.others, conv.images * block.places(), moments.first, moments.second);
    check(block.normalised_places > 1, "conv_block",
          "expects more than one place when training, got maps of ", conv.out_shape());
    const auto n = static_cast<double>(block.normalised_places);
    move_running(running_mean, moments.first, options.norm.momentum, 1.0);
    move_running(running_var, moments.second, options.norm.momentum, n / (n - 1));  // unbiased
  } else {
    moments.first.assign(running_mean.span().begin(), running_mean.span().end());
    moments.second.assign(running_var.span().begin(), running_var.span().end());
  }
  set_norm(block, moments.first, moments.second, w, options.norm.eps);

  auto y = Tensor<T>::uninitialized(
      {conv.images, block.pooled_height(), block.pooled_width(), conv.shape.outputs});
  if (!keep) {
    convolve_and_pool(block, from, packed, bias, y.data());
  } else {
    conv.each_shard(0, [&](int, Range mine, T*) {
      block.map->forward(block.windows, conv.count(mine), block.norm(),
                         block.y.data() + mine.begin * conv.out_size(),
                         y.data() + mine.begin * block.pooled_size());
    });
  }
  return x.tape().record(
      "conv_block", inputs, std::move(y),
      [block = std::move(block), has_bias = w.bias.has_value(),
       fixed = !training](const Vjp<T>& v) { backward(block, v, has_bias, fixed); });
}

template Var<float> conv_block(Var<float>, const ConvBlockWeights<float>&, Tensor<float>&,
                               Tensor<float>&, const ConvBlockOptions<float>&);
template Var<double> conv_block(Var<double>, const ConvBlockWeights<double>&, Tensor<double>&,
                                Tensor<double>&, const ConvBlockOptions<double>&);

}  // namespace sonant
