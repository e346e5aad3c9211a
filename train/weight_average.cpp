#include <sonant/train/weight_average.h>

#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "WeightAverage";

}  // namespace

template <Real T>
WeightAverage<T>::WeightAverage(Module<T>& model, double decay) : decay_(decay) {
  check_usage(decay >= 0 && decay < 1, kAt, "expects a decay in [0, 1), got ", decay);
  for (const auto& [name, parameter] : model.named_parameters()) {
    names_.push_back(name);
    average_.emplace_back(parameter->value.shape());
  }
}

template <Real T>
std::vector<Named<Parameter<T>*>> WeightAverage<T>::parameters_of(Module<T>& model) const {
  auto parameters = model.named_parameters();
  check(parameters.size() == names_.size(), kAt, "expects the ", names_.size(),
        " parameters of its model, got ", parameters.size());
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto& [name, parameter] = parameters[i];
    check(name == names_[i] && parameter->value.shape() == average_[i].shape(), kAt, "expects ",
          names_[i], " ", average_[i].shape(), ", got ", name, " ", parameter->value.shape());
  }
  return parameters;
}

template <Real T>
void WeightAverage<T>::update(Module<T>& model) {
  const auto parameters = parameters_of(model);
  const T keep = static_cast<T>(decay_), take = static_cast<T>(1 - decay_);
  for (std::size_t i = 0; i < average_.size(); ++i) {
    const Tensor<T>& w = parameters[i].value->value;
    Tensor<T>& a = average_[i];
    for (std::int64_t k = 0; k < a.size(); ++k)
      a[k] = updates_ == 0 ? w[k] : keep * a[k] + take * w[k];
  }
  ++updates_;
}

template <Real T>
void WeightAverage<T>::copy_to(Module<T>& copy) const {
  check(updates_ > 0, kAt, "has averaged nothing yet: update() it after a step");
  const auto parameters = parameters_of(copy);
  for (std::size_t i = 0; i < average_.size(); ++i) parameters[i].value->value = average_[i];
}

template <Real T>
void WeightAverage<T>::restore(std::vector<Tensor<T>> state, std::int64_t updates) {
  check(updates >= 0, kAt, "expects a number of updates >= 0, got ", updates);
  check(state.size() == average_.size(), kAt, "expects ", average_.size(), " tensors, got ",
        state.size());
  for (std::size_t i = 0; i < state.size(); ++i)
    check(state[i].shape() == average_[i].shape(), kAt, names_[i], " expects ", average_[i].shape(),
          ", got ", state[i].shape());
  average_ = std::move(state);
  updates_ = updates;
}

template class WeightAverage<float>;
template class WeightAverage<double>;

}  // namespace sonant
