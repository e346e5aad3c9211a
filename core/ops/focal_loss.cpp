#include <sonant/core/ops/focal_loss.h>

#include <algorithm>
#include <cmath>

#include <sonant/core/ops/class_labels.h>

namespace sonant {
namespace {

constexpr const char* kAt = "focal_loss";

// The loss of a sample and its derivative by p, times p: docs/losses.md (1), (2).
struct Focal {
  double loss, slope;
};

// Overwrites z (C) with its softmax. 1 - p is summed over the other classes: as a difference it
// would be 0 for a sample that is told well, and (1-p)^(gamma-1) infinite.
template <Real T>
Focal focal_row(T* z, int label, std::int64_t classes, double gamma) {
  const T peak = *std::max_element(z, z + classes);
  const double at_label = static_cast<double>(z[label] - peak);
  double sum = 0, others = 0;
  for (std::int64_t c = 0; c < classes; ++c) {
    const double e = std::exp(static_cast<double>(z[c] - peak));
    sum += e;
    if (c != label) others += e;
    z[c] = static_cast<T>(e);
  }
  for (std::int64_t c = 0; c < classes; ++c) z[c] = static_cast<T>(static_cast<double>(z[c]) / sum);
  const double p = std::exp(at_label) / sum, rest = others / sum;
  const double log_p = p > 0.5 ? std::log1p(-rest) : at_label - std::log(sum);
  const double damped = std::pow(rest, gamma);
  // p (1-p)^(gamma-1) log p -> 0 for p -> 0 and for p -> 1.
  const double tilt = p > 0 && rest > 0 ? gamma * p * damped / rest * log_p : 0.0;
  return {-damped * log_p, tilt - damped};
}

}  // namespace

// docs/losses.md (1)-(3)    z (B,C) -> loss ()    saves: softmax(z) (B,C), slope / W (B)
template <Real T>
Var<T> focal_loss(Var<T> logits, std::span<const int> labels, const FocalOptions& options) {
  check_class_labels(kAt, logits.shape(), labels, options.alpha);
  check(std::isfinite(options.gamma) && options.gamma >= 0, kAt, "expects gamma >= 0, got ",
        options.gamma);
  const std::int64_t classes = logits.dim(1);
  const double divisor =
      options.reduction == Reduction::mean ? label_weight_sum(kAt, labels, options.alpha) : 1.0;
  Tensor<T> p = logits.value();
  PoolVector<T> slopes(labels.size());
  double loss = 0;
  for (std::size_t b = 0; b < labels.size(); ++b) {
    T* row = p.data() + static_cast<std::int64_t>(b) * classes;
    const Focal focal = focal_row(row, labels[b], classes, options.gamma);
    const double alpha =
        options.alpha.empty() ? 1.0 : options.alpha[static_cast<std::size_t>(labels[b])];
    if (alpha > 0) loss += alpha / divisor * focal.loss;  // 0 * inf counts as 0
    slopes[b] = static_cast<T>(alpha / divisor * focal.slope);
  }
  return logits.tape().record(
      kAt, {logits}, Tensor<T>::scalar(static_cast<T>(loss)),
      [p = std::move(p), slopes = std::move(slopes),
       labels = PoolVector<int>(labels.begin(), labels.end()), classes](const Vjp<T>& v) {
        const T* p_b = p.data();
        T* dz = v.din().data();
        for (std::size_t b = 0; b < labels.size(); ++b, p_b += classes, dz += classes) {
          const T k = v.dout()[0] * slopes[b];
          for (std::int64_t c = 0; c < classes; ++c) dz[c] += k * (T(c == labels[b]) - p_b[c]);
        }
      });
}

template Var<float> focal_loss(Var<float>, std::span<const int>, const FocalOptions&);
template Var<double> focal_loss(Var<double>, std::span<const int>, const FocalOptions&);

}  // namespace sonant
