// The arguments that losses of class scores have in common.
#pragma once

#include <cstdint>
#include <span>

#include <sonant/core/shape.h>

namespace sonant {

// Error, by `op`, unless the logits are (B,C) and not empty, there are B labels in [0,C), and the
// class weights are C numbers >= 0, or none at all.
void check_class_labels(const char* op, const Shape& logits, std::span<const int> labels,
                        std::span<const double> class_weights);

// The divisor of the mean over the batch, docs/softmax.md (8): the sum of the labels' weights,
// which are 1 if there are none. Error if it is zero.
double label_weight_sum(const char* op, std::span<const int> labels,
                        std::span<const double> class_weights);

}  // namespace sonant
