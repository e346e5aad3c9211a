// Gradient descent, step by step as torch.optim computes it: docs/training.md.
//
//   auto adam = make_optimizer<float>(parameters, {.name = "adam", .lr = 1e-3});
//   loss.backward();  adam->step();  adam->zero_grad();
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sonant/core/parallel.h>
#include <sonant/core/var.h>

namespace sonant {

struct OptimizerSettings {
  std::string name = "adam";          // adam, adamw or sgd
  double lr = 1e-3;                   // learning rate
  double weight_decay = 0;            // adam, sgd: added to the gradient; adamw: decoupled
  double beta1 = 0.9, beta2 = 0.999;  // adam, adamw: decay of the two moments
  double epsilon = 1e-8;              // adam, adamw: added to the root, outside of it
  double momentum = 0;                // sgd
  bool nesterov = false;              // sgd
};

template <Real T>
class Optimizer {
 public:
  // One tensor of state for each parameter, e.g. Adam's "exp_avg" (PyTorch's names).
  struct Slot {
    std::string name;
    std::vector<Tensor<T>> tensors;  // [parameters], shaped as they are
  };

  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  // Moves every parameter against its gradient. One whose gradient is still empty (nothing has
  // depended on it) is left as it is, as in PyTorch. An optimizer points to the parameters of one
  // model object: Error if that was moved away or destroyed, and in step() if no parameter has a
  // gradient, as when it is a copy of the model that is trained.
  void step();
  void zero_grad();

  double lr() const { return lr_; }
  void set_lr(double lr);
  std::int64_t steps() const { return steps_; }  // taken so far: the bias correction's t

  // What a checkpoint holds: continues to the same bits. restore() is an Error if a slot or a
  // shape is not what this optimizer has.
  const std::vector<Slot>& state() const { return slots_; }
  void restore(std::vector<Slot> state, std::int64_t steps);

  const std::vector<Parameter<T>*>& parameters() const { return parameters_; }

 protected:
  Optimizer(std::vector<Parameter<T>*> parameters, double lr, std::vector<std::string> slot_names);
  // Updates some elements of parameter i, while other threads update others; steps() already counts
  // the step that is being taken.
  virtual void update(std::size_t i, Range elements) = 0;

  Tensor<T>& slot(std::size_t which, std::size_t i) { return slots_[which].tensors[i]; }

  std::vector<Parameter<T>*> parameters_;

 private:
  template <class Body>
  void each_range(const Body& body) const;
  void check_places() const;
  void check_gradients();

  std::vector<std::weak_ptr<Anchor::Place>> places_;  // [parameters]
  double lr_;
  std::int64_t steps_ = 0;
  std::vector<Slot> slots_;
};

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
  OptimizerSettings settings_;
  Decay decay_;
};

//   g += weight_decay * w;  b = momentum b + g;  w -= lr (nesterov ? g + momentum b : b)
template <Real T>
class Sgd final : public Optimizer<T> {
 public:
  Sgd(std::vector<Parameter<T>*> parameters, const OptimizerSettings& settings);

 private:
  void update(std::size_t i, Range elements) override;
  OptimizerSettings settings_;
};

// Error for an unknown name or a setting out of its range.
template <Real T>
std::unique_ptr<Optimizer<T>> make_optimizer(std::vector<Parameter<T>*> parameters,
                                             const OptimizerSettings& settings);

// Scales all gradients so that their joint Euclidean norm is at most max_norm, as
// torch.nn.utils.clip_grad_norm_ does; returns the norm before. Pascanu et al. 2013.
template <Real T>
double clip_grad_norm(const std::vector<Parameter<T>*>& parameters, double max_norm);

}  // namespace sonant
