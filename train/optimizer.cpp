#include <sonant/train/optimizer.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <sonant/core/rows.h>
#include <sonant/core/usage.h>
#include <sonant/train/adam.h>
#include <sonant/train/sgd.h>

namespace sonant {

template <Real T>
Optimizer<T>::Optimizer(std::vector<Parameter<T>*> parameters, OptimizerSettings settings,
                        std::vector<std::string> slot_names)
    : parameters_(std::move(parameters)),
      settings_(std::move(settings)),
      factors_(parameters_.size()) {
  set_lr(settings_.lr);
  for (Parameter<T>* p : parameters_) places_.push_back(p->anchor.watch());
  for (std::string& name : slot_names) {
    Slot slot{std::move(name), {}};
    for (const Parameter<T>* p : parameters_) slot.tensors.emplace_back(p->value.shape());
    slots_.push_back(std::move(slot));
  }
}

template <Real T>
void Optimizer<T>::set_lr(double lr) {
  check(std::isfinite(lr) && lr >= 0, "Optimizer", "expects a learning rate >= 0, got ", lr);
  lr_ = lr;
}

template <Real T>
void Optimizer<T>::set_factors(std::vector<ParameterFactors> factors) {
  check(factors.size() == parameters_.size(), "Optimizer::set_factors", "expects ",
        parameters_.size(), " factors, one for each parameter, got ", factors.size());
  factors_ = std::move(factors);
}

template <Real T>
void Optimizer<T>::check_places() const {
  for (std::size_t i = 0; i < places_.size(); ++i)
    check(!places_[i].expired(), "Optimizer", "parameter ", i, " of ", places_.size(),
          " is no longer where it was: its model was moved or destroyed (a std::vector that grows "
          "does that); make the optimizer when the model has its final place");
}

// Gradients that went to a copy leave none here, or the zeros of zero_grad().
template <Real T>
void Optimizer<T>::check_gradients() {
  const auto untouched = [](const Parameter<T>* p) {
    const auto grad = p->grad.span();
    return std::all_of(grad.begin(), grad.end(), [](T g) { return g == 0; });
  };
  const auto empty = [](const Parameter<T>* p) { return p->grad.empty(); };
  if (parameters_.empty()) return;
  bool copy_in_use = false;
  for (const auto& place : places_) copy_in_use |= place.lock()->copy_in_use.exchange(false);
  check(!copy_in_use || !std::all_of(parameters_.begin(), parameters_.end(), untouched),
        "Optimizer",
        "the gradients went to a copy of the model; this optimizer moves the original: "
        "make it from the parameters of the copy");
  check(!std::all_of(parameters_.begin(), parameters_.end(), empty), "Optimizer",
        "no parameter has a gradient: call backward() before step(), on the model that the "
        "optimizer was made for, not on a copy");
}

template <Real T>
void Optimizer<T>::step() {
  check_places();
  check_gradients();
  ++steps_;
  each_range([this](std::size_t i, Range elements) { update(i, elements); });
}

template <Real T>
void Optimizer<T>::zero_grad() {
  check_places();
  each_range([this](std::size_t i, Range elements) {
    T* grad = parameters_[i]->grad.data();
    std::fill(grad + elements.begin, grad + elements.end, T(0));
  });
}

// Calls body(i, elements) for all elements of the parameters that have a gradient, on all threads.
template <Real T>
template <class Body>
void Optimizer<T>::each_range(const Body& body) const {
  std::int64_t total = 0;
  for (const Parameter<T>* p : parameters_) total += p->grad.size();
  parallel_ranges(total, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t first = 0;  // of parameter i, among the elements of all
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const std::int64_t size = parameters_[i]->grad.size();
      const Range mine = {std::max(begin - first, std::int64_t{0}), std::min(end - first, size)};
      if (mine.begin < mine.end) body(i, mine);
      first += size;
    }
  });
}

template <Real T>
void Optimizer<T>::restore(std::vector<Slot> state, std::int64_t steps) {
  check(steps >= 0, "Optimizer::restore", "expects a step >= 0, got ", steps);
  check(state.size() == slots_.size(), "Optimizer::restore", "expects ", slots_.size(),
        " slots, got ", state.size());
  for (std::size_t s = 0; s < slots_.size(); ++s) {
    const auto &have = slots_[s], &got = state[s];
    check(got.name == have.name, "Optimizer::restore", "expects slot ", have.name, ", got ",
          got.name);
    check(got.tensors.size() == have.tensors.size(), "Optimizer::restore", have.name, " expects ",
          have.tensors.size(), " tensors, got ", got.tensors.size());
    for (std::size_t i = 0; i < have.tensors.size(); ++i) {
      check(got.tensors[i].shape() == have.tensors[i].shape(), "Optimizer::restore", have.name,
            " of parameter ", i, " expects ", have.tensors[i].shape(), ", got ",
            got.tensors[i].shape());
    }
  }
  slots_ = std::move(state);
  steps_ = steps;
}

namespace {

Rows<OptimizerRow>& rows() {
  static Rows<OptimizerRow> rows("an optimizer",
                                 {adam_row(), adamw_row(), sgd_row(), adam_keras_row()});
  return rows;
}

constexpr const char* kAt = "OptimizerSettings";

constexpr std::array kTable{
    setting<&OptimizerSettings::name>("optimizer", "Update rule").one_of(known_optimizers),
    setting<&OptimizerSettings::lr>("lr", "Highest learning rate").at_least(0),
    setting<&OptimizerSettings::weight_decay>(
        "weight_decay", "L2 decay (adam, sgd: in the gradient; adamw: decoupled)")
        .at_least(0),
    setting<&OptimizerSettings::beta1>("beta1", "adam, adamw: decay of the first moment")
        .at_least(0)
        .below(1),
    setting<&OptimizerSettings::beta2>("beta2", "adam, adamw: decay of the second moment")
        .at_least(0)
        .below(1),
    setting<&OptimizerSettings::epsilon>("epsilon", "adam, adamw: added to the root, outside of it")
        .above(0),
    setting<&OptimizerSettings::momentum>("momentum", "sgd: momentum").at_least(0).below(1),
    setting<&OptimizerSettings::nesterov>("nesterov", "sgd: Nesterov's momentum")};

AnySettings own_of(const OptimizerSettings& settings) {
  return own_settings(settings.name, find_optimizer(settings.name).settings, settings.own);
}

}  // namespace

void register_optimizer(OptimizerRow row) {
  check_own_names(row.name, row.settings);
  rows().add(std::move(row));
}
const OptimizerRow& find_optimizer(std::string_view name) { return rows().find(name, kAt); }
std::vector<std::string> known_optimizers() { return rows().names(); }

SettingTable settings_of(const OptimizerSettings&) { return kTable; }

void OptimizerSettings::validate() const {
  check_settings(*this, kAt);
  check_usage(!nesterov || momentum > 0, kAt, "nesterov expects a momentum > 0");
  for (const ParameterGroup& group : groups) group.validate();
  own_of(*this);
}

template <Real T>
std::unique_ptr<Optimizer<T>> make_optimizer(std::vector<Parameter<T>*> parameters,
                                             const OptimizerSettings& settings) {
  settings.validate();
  check(settings.groups.empty(), kAt,
        "groups go by the parameters' names: make the optimizer of a module");
  OptimizerSettings complete = settings;
  complete.own = own_of(settings);
  return find_optimizer(settings.name).make(std::move(parameters), complete);
}

template <Real T>
std::unique_ptr<Optimizer<T>> make_optimizer(Module<T>& module, const OptimizerSettings& settings) {
  OptimizerSettings without_groups = settings;
  without_groups.groups.clear();
  std::vector<std::string> names;
  for (const auto& [name, parameter] : module.named_parameters()) names.push_back(name);
  auto optimizer = make_optimizer<T>(module.parameters(), without_groups);
  optimizer->set_factors(parameter_factors(settings.groups, names));
  return optimizer;
}

template <Real T>
double clip_grad_norm(const std::vector<Parameter<T>*>& parameters, double max_norm) {
  check(max_norm > 0, "clip_grad_norm", "expects a norm > 0, got ", max_norm);
  // Sums side by side, whose additions need not wait for each other.
  double squares[8] = {};
  for (const Parameter<T>* p : parameters) {
    const T* grad = p->grad.data();
    for (std::int64_t k = 0; k < p->grad.size(); ++k)
      squares[k % 8] += static_cast<double>(grad[k]) * static_cast<double>(grad[k]);
  }
  const double norm = std::sqrt(std::accumulate(squares, squares + 8, 0.0));
  const double scale = std::min(1.0, max_norm / (norm + 1e-6));
  if (scale < 1) {
    for (Parameter<T>* p : parameters) {
      for (T& g : p->grad.span()) g *= static_cast<T>(scale);
    }
  }
  return norm;
}

template class Optimizer<float>;
template class Optimizer<double>;
template std::unique_ptr<Optimizer<float>> make_optimizer(std::vector<Parameter<float>*>,
                                                          const OptimizerSettings&);
template std::unique_ptr<Optimizer<double>> make_optimizer(std::vector<Parameter<double>*>,
                                                           const OptimizerSettings&);
template std::unique_ptr<Optimizer<float>> make_optimizer(Module<float>&, const OptimizerSettings&);
template std::unique_ptr<Optimizer<double>> make_optimizer(Module<double>&,
                                                           const OptimizerSettings&);
template double clip_grad_norm(const std::vector<Parameter<float>*>&, double);
template double clip_grad_norm(const std::vector<Parameter<double>*>&, double);

}  // namespace sonant
