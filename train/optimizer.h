// Gradient descent, step by step as torch.optim computes it: docs/training.md.
//
//   auto adam = make_optimizer<float>(parameters, {.name = "adam", .lr = 1e-3});
//   loss.backward();  adam->step();  adam->zero_grad();
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sonant/core/any_settings.h>
#include <sonant/core/parallel.h>
#include <sonant/nn/module.h>
#include <sonant/train/parameter_group.h>

namespace sonant {

struct OptimizerSettings {
  std::string name = "adam";          // known_optimizers()
  double lr = 1e-3;                   // learning rate
  double weight_decay = 0;            // adam, sgd: added to the gradient; adamw: decoupled
  double beta1 = 0.9, beta2 = 0.999;  // adam, adamw: decay of the two moments
  double epsilon = 1e-8;              // adam, adamw: added to the root, outside of it
  double momentum = 0;                // sgd
  bool nesterov = false;              // sgd
  std::vector<ParameterGroup> groups = {};
  AnySettings own = {};  // of a row that has some; empty: its defaults

  bool operator==(const OptimizerSettings&) const = default;
  // UsageError, naming the field, for an unknown name or a setting out of its range.
  void validate() const;
};
SettingTable settings_of(const OptimizerSettings&);  // all but groups and own

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
  // One for each parameter; all 1 in a new optimizer.
  void set_factors(std::vector<ParameterFactors> factors);

 protected:
  Optimizer(std::vector<Parameter<T>*> parameters, OptimizerSettings settings,
            std::vector<std::string> slot_names);
  // Updates some elements of parameter i, while other threads update others; steps() already counts
  // the step that is being taken.
  virtual void update(std::size_t i, Range elements) = 0;

  const OptimizerSettings& settings() const { return settings_; }
  // Of parameter i: with the factors of its groups.
  double lr(std::size_t i) const { return lr_ * factors_[i].lr; }
  double weight_decay(std::size_t i) const {
    return settings_.weight_decay * factors_[i].weight_decay;
  }
  Tensor<T>& slot(std::size_t which, std::size_t i) { return slots_[which].tensors[i]; }

  std::vector<Parameter<T>*> parameters_;

 private:
  template <class Body>
  void each_range(const Body& body) const;
  void check_places() const;
  void check_gradients();

  OptimizerSettings settings_;
  std::vector<ParameterFactors> factors_;             // [parameters]
  std::vector<std::weak_ptr<Anchor::Place>> places_;  // [parameters]
  double lr_;
  std::int64_t steps_ = 0;
  std::vector<Slot> slots_;
};

// For both precisions, out of one generic lambda.
class MakeOptimizer {
 public:
  template <class F>
  MakeOptimizer(F make) : single_(make), double_(make) {}
  template <Real T>
  std::unique_ptr<Optimizer<T>> operator()(std::vector<Parameter<T>*> parameters,
                                           const OptimizerSettings& settings) const {
    if constexpr (std::is_same_v<T, float>)
      return single_(std::move(parameters), settings);
    else
      return double_(std::move(parameters), settings);
  }

 private:
  template <Real T>
  using Function = std::function<std::unique_ptr<Optimizer<T>>(std::vector<Parameter<T>*>,
                                                               const OptimizerSettings&)>;
  Function<float> single_;
  Function<double> double_;
};

// docs/contributing.md: "Add an optimizer".
struct OptimizerRow {
  std::string name;      // "adamw"
  std::string idea;      // one line
  AnySettings settings;  // its own, beside those of OptimizerSettings: the defaults
  MakeOptimizer make;    // gets checked settings, with `own` filled in
};

// A program's own row, from then on as good as ours. Error if the name is taken, or if a setting of
// its own is called as one of every training.
void register_optimizer(OptimizerRow row);
const OptimizerRow& find_optimizer(std::string_view name);
std::vector<std::string> known_optimizers();

// Error for impossible settings. Groups go by names, so they need a module.
template <Real T>
std::unique_ptr<Optimizer<T>> make_optimizer(std::vector<Parameter<T>*> parameters,
                                             const OptimizerSettings& settings);
template <Real T>
std::unique_ptr<Optimizer<T>> make_optimizer(Module<T>& module, const OptimizerSettings& settings);

// Scales all gradients so that their joint Euclidean norm is at most max_norm, as
// torch.nn.utils.clip_grad_norm_ does; returns the norm before. Pascanu et al. 2013.
template <Real T>
double clip_grad_norm(const std::vector<Parameter<T>*>& parameters, double max_norm);

}  // namespace sonant
