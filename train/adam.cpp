#include <sonant/train/adam.h>

#include <cmath>

namespace sonant {

template <Real T>
Adam<T>::Adam(std::vector<Parameter<T>*> parameters, const OptimizerSettings& settings,
              AdamForm form)
    : Optimizer<T>(std::move(parameters), settings, {"exp_avg", "exp_avg_sq"}), form_(form) {}

// The scalars are computed in double and rounded once, and every product and sum is rounded on its
// own: PyTorch's order, so that float agrees with it to the last digits over many steps.
template <Real T>
void Adam<T>::update(std::size_t i, Range elements) {
  T* weight = this->parameters_[i]->value.data();
  const T* grad = this->parameters_[i]->grad.data();
  T *m = this->slot(0, i).data(), *v = this->slot(1, i).data();
  const OptimizerSettings& s = this->settings();
  const double t = static_cast<double>(this->steps());
  const double lr = this->lr(i), decay = this->weight_decay(i);
  const bool coupled = form_ != AdamForm::adamw;
  const T l2 = static_cast<T>(coupled ? decay : 0);
  const T shrink = static_cast<T>(coupled ? 1 : 1 - lr * decay);
  const T beta1 = static_cast<T>(s.beta1), new1 = static_cast<T>(1 - s.beta1);
  const T beta2 = static_cast<T>(s.beta2), new2 = static_cast<T>(1 - s.beta2);
  const double correction = std::sqrt(1 - std::pow(s.beta2, t));
  const T root = static_cast<T>(correction);
  const T rate = static_cast<T>(lr / (1 - std::pow(s.beta1, t)));
  const T epsilon = static_cast<T>(form_ == AdamForm::keras ? s.epsilon / correction : s.epsilon);
  for (std::int64_t k = elements.begin; k < elements.end; ++k) {
    const T w = weight[k] * shrink;
    const T g = grad[k] + l2 * w;
    m[k] = beta1 * m[k] + new1 * g;
    v[k] = beta2 * v[k] + new2 * g * g;
    weight[k] = w - rate * m[k] / (std::sqrt(v[k]) / root + epsilon);
  }
}

namespace {

OptimizerRow row(const char* name, const char* idea, AdamForm form) {
  return {name,
          idea,
          {},
          [form]<Real T>(std::vector<Parameter<T>*> parameters,
                         const OptimizerSettings& settings) -> std::unique_ptr<Optimizer<T>> {
            return std::make_unique<Adam<T>>(std::move(parameters), settings, form);
          }};
}

}  // namespace

OptimizerRow adam_row() {
  return row("adam", "steps in units of the gradient's root mean square (Kingma & Ba 2015)",
             AdamForm::adam);
}
OptimizerRow adamw_row() {
  return row("adamw", "adam, its weight decay apart from the gradient (Loshchilov & Hutter 2019)",
             AdamForm::adamw);
}
OptimizerRow adam_keras_row() {
  return row("adam-keras", "adam, its epsilon beside the uncorrected root, as Keras has it",
             AdamForm::keras);
}

template class Adam<float>;
template class Adam<double>;

}  // namespace sonant
