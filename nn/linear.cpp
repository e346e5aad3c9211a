#include <sonant/nn/linear.h>

#include <sonant/core/ops/matmul.h>
#include <sonant/nn/init.h>

namespace sonant {

template <Real T>
Linear<T>::Linear(int input, int output, const Random& random) {
  check(input >= 1 && output >= 1, "Linear", "expects extents of at least 1, got ", input, " -> ",
        output);
  weight = Tensor<T>({output, input});
  bias = Tensor<T>({output});
  xavier_uniform(weight.value, random);
}

template <Real T>
Var<T> Linear<T>::operator()(const Var<T>& x) {
  Tape<T>& tape = x.tape();
  return this->output(linear(x, tape.leaf(weight, "weight"), tape.leaf(bias, "bias")));
}

template <Real T>
void Linear<T>::visit(Visitor<T>& v) {
  v("weight", weight);
  v("bias", bias);
}

template <Real T>
std::string Linear<T>::settings() const {
  return std::to_string(weight.value.dim(1)) + " -> " + std::to_string(weight.value.dim(0));
}

template class Linear<float>;
template class Linear<double>;

}  // namespace sonant
