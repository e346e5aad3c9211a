#include <sonant/nn/speech/answer.h>

#include <algorithm>

#include <sonant/core/tensor.h>
#include <sonant/nn/class_scores.h>

namespace sonant {

Answer answer_of(const HeadLabels& labels, std::span<const float> scores, const std::string& what) {
  Answer a;
  a.head = labels.head;
  if (labels.class_names.empty()) {
    a.number = static_cast<double>(scores[0]);
    a.unit = labels.unit;
    check_answer(std::span(&a.number, 1), what);
    return a;
  }
  Tensor<float> row({1, std::ssize(scores)});
  std::ranges::copy(scores, row.data());
  a.probabilities = class_probabilities(row, 0);
  check_answer(a.probabilities, what);
  a.label = predicted_class(row, 0);
  a.name = labels.class_names.at(static_cast<std::size_t>(a.label));
  return a;
}

}  // namespace sonant
