#include <sonant/train/optimizer.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sonant {

template <Real T>
Optimizer<T>::Optimizer(std::vector<Parameter<T>*> parameters, double lr,
                        std::vector<std::string> slot_names)
    : parameters_(std::move(parameters)) {
  set_lr(lr);
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

template <Real T>
Adam<T>::Adam(std::vector<Parameter<T>*> parameters, const OptimizerSettings& settings, Decay decay)
    : Optimizer<T>(std::move(parameters), settings.lr, {"exp_avg", "exp_avg_sq"}),
      settings_(settings),
      decay_(decay) {}

// The scalars are computed in double and rounded once, and every product and sum is rounded on its
// own: PyTorch's order, so that float agrees with it to the last digits over many steps.
template <Real T>
void Adam<T>::update(std::size_t i, Range elements) {
  T* weight = this->parameters_[i]->value.data();
  const T* grad = this->parameters_[i]->grad.data();
  T *m = this->slot(0, i).data(), *v = this->slot(1, i).data();
  const double t = static_cast<double>(this->steps()), lr = this->lr();
  const bool coupled = decay_ == Decay::coupled;
  const T l2 = static_cast<T>(coupled ? settings_.weight_decay : 0);
  const T shrink = static_cast<T>(coupled ? 1 : 1 - lr * settings_.weight_decay);
  const T beta1 = static_cast<T>(settings_.beta1), new1 = static_cast<T>(1 - settings_.beta1);
  const T beta2 = static_cast<T>(settings_.beta2), new2 = static_cast<T>(1 - settings_.beta2);
  const T root = static_cast<T>(std::sqrt(1 - std::pow(settings_.beta2, t)));
  const T rate = static_cast<T>(lr / (1 - std::pow(settings_.beta1, t)));
  const T epsilon = static_cast<T>(settings_.epsilon);
  for (std::int64_t k = elements.begin; k < elements.end; ++k) {
    const T w = weight[k] * shrink;
    const T g = grad[k] + l2 * w;
    m[k] = beta1 * m[k] + new1 * g;
    v[k] = beta2 * v[k] + new2 * g * g;
    weight[k] = w - rate * m[k] / (std::sqrt(v[k]) / root + epsilon);
  }
}

template <Real T>
Sgd<T>::Sgd(std::vector<Parameter<T>*> parameters, const OptimizerSettings& settings)
    : Optimizer<T>(std::move(parameters), settings.lr,
                   settings.momentum != 0 ? std::vector<std::string>{"momentum_buffer"}
                                          : std::vector<std::string>{}),
      settings_(settings) {}

template <Real T>
void Sgd<T>::update(std::size_t i, Range elements) {
  Tensor<T>& weight = this->parameters_[i]->value;
  const Tensor<T>& grad = this->parameters_[i]->grad;
  const T l2 = static_cast<T>(settings_.weight_decay), rate = static_cast<T>(this->lr());
  const T momentum = static_cast<T>(settings_.momentum);
  Tensor<T>* buffer = settings_.momentum != 0 ? &this->slot(0, i) : nullptr;
  for (std::int64_t k = elements.begin; k < elements.end; ++k) {
    T g = grad[k] + l2 * weight[k];
    if (buffer) {
      T& b = (*buffer)[k];
      b = momentum * b + g;  // PyTorch starts at b = g, which is this with b = 0
      g = settings_.nesterov ? g + momentum * b : b;
    }
    weight[k] -= rate * g;
  }
}

template <Real T>
std::unique_ptr<Optimizer<T>> make_optimizer(std::vector<Parameter<T>*> parameters,
                                             const OptimizerSettings& s) {
  constexpr const char* op = "make_optimizer";
  const auto decay = [](double beta) { return beta >= 0 && beta < 1; };
  check(std::isfinite(s.weight_decay) && s.weight_decay >= 0, op,
        "expects a weight decay >= 0, got ", s.weight_decay);
  check(decay(s.beta1) && decay(s.beta2), op, "expects both betas in [0, 1), got ", s.beta1,
        " and ", s.beta2);
  check(s.epsilon > 0, op, "expects epsilon > 0, got ", s.epsilon);
  check(s.momentum >= 0 && s.momentum < 1, op, "expects a momentum in [0, 1), got ", s.momentum);
  check(!s.nesterov || s.momentum > 0, op, "nesterov expects a momentum > 0");
  using Decay = typename Adam<T>::Decay;
  if (s.name == "adam") return std::make_unique<Adam<T>>(std::move(parameters), s, Decay::coupled);
  if (s.name == "adamw") {
    return std::make_unique<Adam<T>>(std::move(parameters), s, Decay::decoupled);
  }
  check(s.name == "sgd", op, "expects adam, adamw or sgd, got ", s.name);
  return std::make_unique<Sgd<T>>(std::move(parameters), s);
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
template class Adam<float>;
template class Adam<double>;
template class Sgd<float>;
template class Sgd<double>;
template std::unique_ptr<Optimizer<float>> make_optimizer(std::vector<Parameter<float>*>,
                                                          const OptimizerSettings&);
template std::unique_ptr<Optimizer<double>> make_optimizer(std::vector<Parameter<double>*>,
                                                           const OptimizerSettings&);
template double clip_grad_norm(const std::vector<Parameter<float>*>&, double);
template double clip_grad_norm(const std::vector<Parameter<double>*>&, double);

}  // namespace sonant
