// Ranks that train one model together: the same steps everywhere, each rank with gradients of its
// own part of a batch. docs/training.md, "The seam".
#pragma once

#include <span>

#include <sonant/nn/module.h>

namespace sonant {

class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  // Between backward and the optimizer's step, in every step and on every rank: what this rank has
  // found becomes what all have found together, the same bits on each. A gradient may be empty:
  // nothing has depended on that parameter. An Error ends the training before the step.
  virtual void join(std::span<Parameter<float>* const> parameters, double& loss) = 0;
};

}  // namespace sonant
