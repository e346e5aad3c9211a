// What a classifier's scores say: probabilities, and the class.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <sonant/core/tensor.h>

namespace sonant {

// softmax(z)_c of row b of the scores z (B,C), in double.
std::vector<double> class_probabilities(const Tensor<float>& scores, int b);

// Error, naming `what` was heard, if they are no probabilities: the answer of a model whose weights
// or inputs are not finite.
void check_answer(std::span<const double> probabilities, const std::string& what);

// Index of the largest of the C scores in row b of (B,C); the first of equals.
int predicted_class(const Tensor<float>& scores, int b);

}  // namespace sonant
