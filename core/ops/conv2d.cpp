#include <sonant/core/ops/conv2d.h>

#include <array>
#include <cstring>
#include <utility>

#include <sonant/core/ops/conv_run.h>

namespace sonant {
namespace {

using kernels::ConvPart;

// docs/convolution.md (2)
template <Real T>
void add_bias_gradient(const Tensor<T>& dy, Tensor<T>& db) {
  const std::int64_t outputs = db.size(), rows = dy.size() / outputs;
  PoolVector<double> sum(static_cast<std::size_t>(outputs), 0.0);
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t o = 0; o < outputs; ++o)
      sum[static_cast<std::size_t>(o)] += static_cast<double>(dy[row * outputs + o]);
  for (std::int64_t o = 0; o < outputs; ++o)
    db[o] += static_cast<T>(sum[static_cast<std::size_t>(o)]);
}

template <Real T>
void backward(const ConvRun<T>& run, const Vjp<T>& v, bool has_bias) {
  const Tensor<T>& dy = v.dout();
  if (has_bias && v.wants(2)) add_bias_gradient(dy, v.din(2));
  if (!v.wants(0) && !v.wants(1)) return;
  const Tensor<T> packed = v.wants(0) ? run.pack(v.in(1), ConvPart::input_gradient) : Tensor<T>();
  auto gradients = run.weight_gradients(v.wants(1));
  T* dx = v.wants(0) ? v.din(0).data() : nullptr;
  run.each_shard(run.sizes().backward_workspace, [&](int shard, Range mine, T* workspace) {
    run.kernel->backward({.shape = run.shape,
                          .images = run.count(mine),
                          .packed = packed.data(),
                          .x = v.in(0).data() + mine.begin * run.in_size(),
                          .dy = dy.data() + mine.begin * run.out_size(),
                          .dx = dx ? dx + mine.begin * run.in_size() : nullptr,
                          .dw = gradients.of(shard),
                          .workspace = workspace});
  });
  if (v.wants(1)) run.add(gradients, v.din(1));
}

}  // namespace

template <Real T>
ConvRun<T>::ConvRun(const char* op, const Var<T>& x, const Var<T>& weight,
                    const std::optional<Var<T>>& bias, const Conv2dOptions<T>& options)
    : kernel(options.kernel ? options.kernel : &kernels::conv_kernels<T>().find()) {
  check(weight.rank() == 4 && weight.value().size() > 0, op,
        "expects weight (O,C/groups,R,S), got ", weight.shape());
  const auto extent = [](const Var<T>& v, int axis) { return static_cast<int>(v.dim(axis)); };
  const int groups = options.groups, outputs = extent(weight, 0);
  check(groups >= 1 && outputs % groups == 0, op, "expects groups that divide the ", outputs,
        " outputs of weight ", weight.shape(), ", got ", groups);
  const int channels = extent(weight, 1) * groups;
  check(x.rank() == 4 && x.dim(3) == channels && x.dim(0) > 0, op, "expects x (B,H,W,", channels,
        ") for weight ", weight.shape(), ", got ", x.shape());
  check(!bias || bias->shape() == Shape{outputs}, op, "expects bias (", outputs, ") for weight ",
        weight.shape(), ", got ", bias ? bias->shape() : Shape{});
  const auto [stride_y, stride_x] = options.stride;
  check(stride_y >= 1 && stride_x >= 1, op, "expects strides of at least 1, got ", stride_y, ",",
        stride_x);
  shape = {.height = extent(x, 1),
           .width = extent(x, 2),
           .channels = channels,
           .outputs = outputs,
           .rows = extent(weight, 2),
           .columns = extent(weight, 3),
           .stride_y = stride_y,
           .stride_x = stride_x,
           .groups = groups};
  const auto y = windows_along(shape.height, shape.rows, stride_y, options.border);
  const auto across = windows_along(shape.width, shape.columns, stride_x, options.border);
  shape.top = y.before, shape.bottom = y.after;
  shape.left = across.before, shape.right = across.after;
  check(shape.height >= 1 && shape.width >= 1 &&
            shape.rows <= shape.height + shape.top + shape.bottom &&
            shape.columns <= shape.width + shape.left + shape.right,
        op, "expects x at least as large as the window ", shape.rows, "x", shape.columns, ", got ",
        x.shape());
  images = extent(x, 0);
  shards = std::clamp(images / shard_images, 1, max_shards);
}

template <Real T>
const T* ConvRun<T>::packed_forward(const Tensor<T>& weight, PackedWeights<T>* kept,
                                    Tensor<T>& own) const {
  if (kept == nullptr) {
    own = pack(weight, ConvPart::forward);
    return own.data();
  }
  const bool same =
      kept->kernel == kernel && kept->groups == shape.groups &&
      kept->weight.shape() == weight.shape() &&
      std::memcmp(kept->weight.data(), weight.data(), weight.span().size_bytes()) == 0;
  if (!same) *kept = {kernel, shape.groups, weight, pack(weight, ConvPart::forward)};
  return kept->packed.data();
}

// docs/convolution.md (1)-(4)    (x, weight [, bias]) -> y    saves: nothing but its inputs
template <Real T>
Var<T> conv2d(Var<T> x, Var<T> weight, const std::optional<Var<T>>& bias,
              const Conv2dOptions<T>& options) {
  const ConvRun<T> run("conv2d", x, weight, bias, options);
  const std::array<Var<T>, 3> inputs = {x, weight, bias ? *bias : Var<T>()};
  const auto used = std::span<const Var<T>>(inputs).first(bias ? 3 : 2);
  Tensor<T> own;
  const T* packed =
      run.packed_forward(weight.value(), x.tape().would_record(used) ? nullptr : options.kept, own);
  auto y = Tensor<T>::uninitialized(run.out_shape());
  run.each_shard(run.sizes().forward_workspace, [&](int, Range mine, T* workspace) {
    run.kernel->forward({.shape = run.shape,
                         .images = run.count(mine),
                         .packed = packed,
                         .x = x.value().data() + mine.begin * run.in_size(),
                         .bias = bias ? bias->value().data() : nullptr,
                         .y = y.data() + mine.begin * run.out_size(),
                         .workspace = workspace});
  });
  return x.tape().record(
      "conv2d", used, std::move(y),
      [run, has_bias = bias.has_value()](const Vjp<T>& v) { backward(run, v, has_bias); });
}

template struct ConvRun<float>;
template struct ConvRun<double>;
template Var<float> conv2d(Var<float>, Var<float>, const std::optional<Var<float>>&,
                           const Conv2dOptions<float>&);
template Var<double> conv2d(Var<double>, Var<double>, const std::optional<Var<double>>&,
                            const Conv2dOptions<double>&);

}  // namespace sonant
