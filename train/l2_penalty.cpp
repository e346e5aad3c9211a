#include <sonant/train/l2_penalty.h>

#include <sonant/core/usage.h>
#include <sonant/train/parameter_group.h>

namespace sonant {

L2Penalty::L2Penalty(double factor, const std::string& pattern, Module<float>& module)
    : factor_(factor) {
  if (factor == 0) return;
  for (const auto& [name, parameter] : module.named_parameters())
    if (fits(pattern, name)) chosen_.push_back(parameter);
  check_usage(!chosen_.empty(), "L2Penalty", "expects l2_on to fit the name of a parameter, got \"",
              pattern, "\"");
}

double L2Penalty::add_to_gradients() const {
  double sum = 0;
  const auto slope = static_cast<float>(2 * factor_);
  for (Parameter<float>* parameter : chosen_) {
    // Nothing else may have depended on it yet, as on a head whose weight in the loss is 0.
    if (parameter->grad.empty()) parameter->grad = Tensor<float>(parameter->value.shape());
    for (std::int64_t i = 0; i < parameter->value.size(); ++i) {
      const float w = parameter->value[i];
      sum += static_cast<double>(w) * static_cast<double>(w);
      parameter->grad[i] += slope * w;
    }
  }
  return factor_ * sum;
}

}  // namespace sonant
