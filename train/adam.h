// Adam and AdamW: docs/training.md (1) to (4).
#pragma once

#include <sonant/train/optimizer.h>

namespace sonant {

// Kingma & Ba 2015, with g the gradient and t the number of the step:
//   adam:  g += weight_decay * w            adamw:  w -= lr * weight_decay * w
//   m = beta1 m + (1-beta1) g               v = beta2 v + (1-beta2) g^2
//   w -= lr / (1-beta1^t) * m / (sqrt(v) / sqrt(1-beta2^t) + epsilon)
template <Real T>
class Adam final : public Optimizer<T> {
 public:
  enum class Decay { coupled, decoupled };  // Adam, AdamW (Loshchilov & Hutter 2019)
  Adam(std::vector<Parameter<T>*> parameters, const OptimizerSettings& settings, Decay decay);

 private:
  void update(std::size_t i, Range elements) override;
  Decay decay_;
};

OptimizerRow adam_row();
OptimizerRow adamw_row();

}  // namespace sonant
