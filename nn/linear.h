// Linear: y = x W' + b, as torch.nn.Linear.
#pragma once

#include <sonant/core/random.h>
#include <sonant/nn/module.h>

namespace sonant {

template <Real T>
class Linear : public Module<T> {
 public:
  // W Xavier-uniform, b zero. Error for extents below 1.
  Linear(int input, int output, const Random& random);

  Var<T> operator()(const Var<T>& x);  // (...,D) -> (...,O)

  void visit(Visitor<T>& v) override;
  std::string kind() const override { return "Linear"; }
  std::string settings() const override;

  Parameter<T> weight, bias;  // (O,D), (O)
};

}  // namespace sonant
