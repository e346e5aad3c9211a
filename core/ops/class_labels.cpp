#include <sonant/core/ops/class_labels.h>

#include <cmath>

#include <sonant/core/error.h>

namespace sonant {

void check_class_labels(const char* op, const Shape& logits, std::span<const int> labels,
                        std::span<const double> class_weights) {
  check(logits.rank() == 2 && logits.size() > 0, op,
        "expects logits (B,C) that are not empty, got ", logits);
  check(static_cast<std::int64_t>(labels.size()) == logits.dim(0), op, "expects ", logits.dim(0),
        " labels for logits ", logits, ", got ", labels.size());
  for (int label : labels)
    check(label >= 0 && label < logits.dim(1), op, "expects labels from 0 to ", logits.dim(1) - 1,
          ", got ", label);
  check(class_weights.empty() || static_cast<std::int64_t>(class_weights.size()) == logits.dim(1),
        op, "expects ", logits.dim(1), " class weights for logits ", logits, ", got ",
        class_weights.size());
  for (double w : class_weights)
    check(w >= 0 && std::isfinite(w), op, "expects class weights that are finite and >= 0, got ",
          w);
}

double label_weight_sum(const char* op, std::span<const int> labels,
                        std::span<const double> class_weights) {
  if (class_weights.empty()) return static_cast<double>(labels.size());
  double sum = 0;
  for (int label : labels) sum += class_weights[static_cast<std::size_t>(label)];
  check(sum > 0, op, "the class weights of all labels in the batch are zero");
  return sum;
}

}  // namespace sonant
