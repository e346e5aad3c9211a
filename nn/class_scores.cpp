#include <sonant/nn/class_scores.h>

#include <algorithm>
#include <cmath>

#include <sonant/core/error.h>
#include <sonant/core/finite.h>

namespace sonant {

// exp(z_c - max) / sum: the largest exponent is 0, so nothing overflows.
std::vector<double> class_probabilities(const Tensor<float>& scores, int b) {
  const auto classes = static_cast<std::size_t>(scores.dim(1));
  const float* z = scores.data() + static_cast<std::size_t>(b) * classes;
  const double largest = *std::max_element(z, z + classes);
  std::vector<double> p(classes);
  double sum = 0;
  for (std::size_t c = 0; c < classes; ++c) sum += p[c] = std::exp(z[c] - largest);
  for (double& v : p) v /= sum;
  return p;
}

void check_answer(std::span<const double> probabilities, const std::string& what) {
  check(all_finite(probabilities), "answer", what,
        ": the model answers with NaN; expected one whose training went well",
        " (its weights are damaged, or it was trained with --no-check-finite)");
}

int predicted_class(const Tensor<float>& scores, int b) {
  const std::int64_t classes = scores.dim(1);
  const float* row = scores.data() + b * classes;
  return static_cast<int>(std::max_element(row, row + classes) - row);
}

}  // namespace sonant
