#include <sonant/train/sgd.h>

namespace sonant {

template <Real T>
Sgd<T>::Sgd(std::vector<Parameter<T>*> parameters, const OptimizerSettings& settings)
    : Optimizer<T>(std::move(parameters), settings,
                   settings.momentum != 0 ? std::vector<std::string>{"momentum_buffer"}
                                          : std::vector<std::string>{}) {}

template <Real T>
void Sgd<T>::update(std::size_t i, Range elements) {
  Tensor<T>& weight = this->parameters_[i]->value;
  const Tensor<T>& grad = this->parameters_[i]->grad;
  const OptimizerSettings& s = this->settings();
  const T l2 = static_cast<T>(this->weight_decay(i)), rate = static_cast<T>(this->lr(i));
  const T momentum = static_cast<T>(s.momentum);
  Tensor<T>* buffer = s.momentum != 0 ? &this->slot(0, i) : nullptr;
  for (std::int64_t k = elements.begin; k < elements.end; ++k) {
    T g = grad[k] + l2 * weight[k];
    if (buffer) {
      T& b = (*buffer)[k];
      b = momentum * b + g;  // PyTorch starts at b = g, which is this with b = 0
      g = s.nesterov ? g + momentum * b : b;
    }
    weight[k] -= rate * g;
  }
}

OptimizerRow sgd_row() {
  return {"sgd",
          "along the gradient, or with momentum",
          {},
          []<Real T>(std::vector<Parameter<T>*> parameters,
                     const OptimizerSettings& settings) -> std::unique_ptr<Optimizer<T>> {
            return std::make_unique<Sgd<T>>(std::move(parameters), settings);
          }};
}

template class Sgd<float>;
template class Sgd<double>;

}  // namespace sonant
