// Adam in three forms: docs/training.md (1) to (4).
#pragma once

#include <sonant/train/optimizer.h>

namespace sonant {

enum class AdamForm { adam, adamw, keras };  // adamw: Loshchilov & Hutter 2019

// Kingma & Ba 2015, with g the gradient and t the number of the step:
//   adam:  g += weight_decay * w            adamw:  w -= lr * weight_decay * w
//   m = beta1 m + (1-beta1) g               v = beta2 v + (1-beta2) g^2
//   w -= lr / (1-beta1^t) * m / (sqrt(v) / sqrt(1-beta2^t) + epsilon)
// adam-keras is adam with epsilon / sqrt(1-beta2^t) in place of epsilon, the form in which Kingma &
// Ba write it down at the end of their section 2 and Keras computes it.
template <Real T>
class Adam final : public Optimizer<T> {
 public:
  Adam(std::vector<Parameter<T>*> parameters, const OptimizerSettings& settings, AdamForm form);

 private:
  void update(std::size_t i, Range elements) override;
  AdamForm form_;
};

OptimizerRow adam_row();
OptimizerRow adamw_row();
OptimizerRow adam_keras_row();

}  // namespace sonant
