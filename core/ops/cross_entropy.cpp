#include <sonant/core/ops/cross_entropy.h>

#include <algorithm>
#include <cmath>

#include <sonant/core/ops/class_labels.h>

namespace sonant {
namespace {

constexpr const char* kAt = "cross_entropy";

// q of docs/softmax.md (7), divided by W of (8): what the log-probabilities are weighted with.
template <Real T>
Tensor<T> target_weights(const Shape& shape, std::span<const int> labels,
                         const CrossEntropyOptions& options) {
  const std::int64_t classes = shape.dim(1);
  const auto weight = [&](std::int64_t c) {
    return options.class_weights.empty() ? 1.0 : options.class_weights[static_cast<std::size_t>(c)];
  };
  const double divisor = options.reduction == Reduction::mean
                             ? label_weight_sum(kAt, labels, options.class_weights)
                             : 1.0;
  const double smoothing = options.label_smoothing;
  auto q = Tensor<T>::uninitialized(shape);
  for (std::int64_t b = 0; b < shape.dim(0); ++b) {
    for (std::int64_t c = 0; c < classes; ++c) {
      const double hit = c == labels[static_cast<std::size_t>(b)] ? 1 - smoothing : 0.0;
      const double share = hit + smoothing / static_cast<double>(classes);
      q[b * classes + c] = static_cast<T>(share * weight(c) / divisor);
    }
  }
  return q;
}

// Overwrites z (C) with its softmax, gives -sum_c q_c log softmax(z)_c.
template <Real T>
double row_loss(T* z, const T* q, std::int64_t classes) {
  const T peak = *std::max_element(z, z + classes);
  double sum = 0, loss = 0;
  for (std::int64_t c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(z[c] - peak));
  const double log_sum = std::log(sum);
  for (std::int64_t c = 0; c < classes; ++c) {
    const double log_p = static_cast<double>(z[c] - peak) - log_sum;
    if (q[c] != T(0)) loss -= static_cast<double>(q[c]) * log_p;  // 0 * -inf counts as 0
    z[c] = static_cast<T>(std::exp(log_p));
  }
  return loss;
}

}  // namespace

// docs/softmax.md (6)-(9)    z (B,C) -> loss ()    saves: softmax(z) (B,C), q / W (B,C)
template <Real T>
Var<T> cross_entropy(Var<T> logits, std::span<const int> labels,
                     const CrossEntropyOptions& options) {
  check_class_labels(kAt, logits.shape(), labels, options.class_weights);
  check(options.label_smoothing >= 0 && options.label_smoothing <= 1, kAt,
        "expects label_smoothing in [0,1], got ", options.label_smoothing);
  const std::int64_t batch = logits.dim(0), classes = logits.dim(1);
  Tensor<T> q = target_weights<T>(logits.shape(), labels, options);
  Tensor<T> p = logits.value();
  double loss = 0;
  for (std::int64_t b = 0; b < batch; ++b)
    loss += row_loss(p.data() + b * classes, q.data() + b * classes, classes);
  return logits.tape().record(
      kAt, {logits}, Tensor<T>::scalar(static_cast<T>(loss)),
      [p = std::move(p), q = std::move(q), batch, classes](const Vjp<T>& v) {
        const T dloss = v.dout()[0];
        T* dz = v.din().data();
        for (std::int64_t b = 0; b < batch; ++b) {
          const T *p_b = p.data() + b * classes, *q_b = q.data() + b * classes;
          T total = 0;
          for (std::int64_t c = 0; c < classes; ++c) total += q_b[c];
          for (std::int64_t c = 0; c < classes; ++c)
            dz[b * classes + c] += dloss * (p_b[c] * total - q_b[c]);
        }
      });
}

template Var<float> cross_entropy(Var<float>, std::span<const int>, const CrossEntropyOptions&);
template Var<double> cross_entropy(Var<double>, std::span<const int>, const CrossEntropyOptions&);

}  // namespace sonant
