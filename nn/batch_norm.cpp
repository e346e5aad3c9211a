#include <sonant/nn/batch_norm.h>

#include <sonant/core/ops/batch_norm.h>

namespace sonant {

template <Real T>
BatchNorm<T>::BatchNorm(int features, double eps_, double momentum_)
    : eps(eps_), momentum(momentum_) {
  check(features >= 1, "BatchNorm", "expects at least 1 feature, got ", features);
  weight = Tensor<T>({features}, T(1));
  bias = Tensor<T>({features});
  running_mean = Tensor<T>({features});
  running_var = Tensor<T>({features}, T(1));
}

template <Real T>
Var<T> BatchNorm<T>::operator()(const Var<T>& x, std::int64_t zero_rows) {
  Tape<T>& tape = x.tape();
  const Var<T> y =
      batch_norm(x, tape.leaf(weight, "weight"), tape.leaf(bias, "bias"), running_mean, running_var,
                 {.eps = eps,
                  .momentum = momentum,
                  .training = this->training(),
                  .zero_rows = this->training() ? zero_rows : 0});
  if (this->training()) ++num_batches_tracked;
  return this->output(y);
}

template <Real T>
void BatchNorm<T>::visit(Visitor<T>& v) {
  v("weight", weight);
  v("bias", bias);
  v("running_mean", running_mean);
  v("running_var", running_var);
  v("num_batches_tracked", num_batches_tracked);
}

template class BatchNorm<float>;
template class BatchNorm<double>;

}  // namespace sonant
