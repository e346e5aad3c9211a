// Dropout: in training each number is dropped with probability p and the others grow by 1/(1-p);
// in evaluation the identity.
#pragma once

#include <sonant/nn/module.h>

namespace sonant {

template <Real T>
class Dropout : public Module<T> {
 public:
  explicit Dropout(double p);  // Error unless 0 <= p < 1

  Var<T> operator()(const Var<T>& x);  // any shape

  void visit(Visitor<T>&) override {}
  std::string kind() const override { return "Dropout"; }
  std::string settings() const override;

  double p;
};

}  // namespace sonant
