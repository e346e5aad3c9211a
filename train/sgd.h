// Stochastic gradient descent, plain or with momentum: docs/training.md (5).
#pragma once

#include <sonant/train/optimizer.h>

namespace sonant {

//   g += weight_decay * w;  b = momentum b + g;  w -= lr (nesterov ? g + momentum b : b)
template <Real T>
class Sgd final : public Optimizer<T> {
 public:
  Sgd(std::vector<Parameter<T>*> parameters, const OptimizerSettings& settings);

 private:
  void update(std::size_t i, Range elements) override;
};

OptimizerRow sgd_row();

}  // namespace sonant
