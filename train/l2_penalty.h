// L2 as a term of the loss, on chosen parameters: factor * sum w^2. Unlike a weight decay it is
// part of the loss that is shown, and Adam's moments see it. docs/training.md
#pragma once

#include <string>
#include <vector>

#include <sonant/nn/module.h>

namespace sonant {

class L2Penalty {
 public:
  L2Penalty() = default;  // of nothing
  // pattern: of the parameters' names, as in parameter_group.h. A factor of 0 chooses none.
  // UsageError if the pattern fits no name: it would do nothing.
  L2Penalty(double factor, const std::string& pattern, Module<float>& module);

  // Adds 2 factor w to the gradients; returns the term.
  double add_to_gradients() const;

 private:
  double factor_ = 0;
  std::vector<Parameter<float>*> chosen_;
};

}  // namespace sonant
