// The exponential moving average of a model's weights: docs/training.md.
//
//   WeightAverage<float> average(model, 0.999);
//   ... adam->step();  average.update(model);        // after each step
//   auto smooth = model;  average.copy_to(smooth);   // the averaged model, to be judged and kept
#pragma once

#include <cstdint>
#include <vector>

#include <sonant/nn/module.h>

namespace sonant {

// a = w at the first update, then a = decay a + (1 - decay) w, for each parameter w. Buffers are
// not averaged: the averaged model has those of the model it is a copy of, as PyTorch's
// AveragedModel does. Running statistics are averages already, and a counter has no mean.
template <Real T>
class WeightAverage {
 public:
  // Error unless 0 <= decay < 1.
  WeightAverage(Module<T>& model, double decay);

  void update(Module<T>& model);
  // Replaces the parameters of a copy of the model. Error before the first update, or if it is
  // another model: one with other names or shapes.
  void copy_to(Module<T>& copy) const;

  std::int64_t updates() const { return updates_; }
  double decay() const { return decay_; }

  // What a checkpoint holds, a tensor for each parameter in the model's order: goes on to the same
  // bits. Error, with all as it was, if a shape is not the model's.
  const std::vector<Tensor<T>>& state() const { return average_; }
  void restore(std::vector<Tensor<T>> state, std::int64_t updates);

 private:
  std::vector<Named<Parameter<T>*>> parameters_of(Module<T>& model) const;

  double decay_;
  std::int64_t updates_ = 0;
  std::vector<std::string> names_;
  std::vector<Tensor<T>> average_;
};

}  // namespace sonant
