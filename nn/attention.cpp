#include <sonant/nn/attention.h>

#include <sonant/nn/init.h>

namespace sonant {

template <Real T>
SoftAttention<T>::SoftAttention(int hidden, const Random& random) {
  check(hidden >= 1, "SoftAttention", "expects at least 1 unit, got ", hidden);
  attention_vector = Tensor<T>({hidden, 1});
  xavier_normal(attention_vector.value, random);
}

template <Real T>
AttentionOutput<T> SoftAttention<T>::operator()(const Packed<T>& h,
                                                std::span<const int> zero_steps) {
  const Var<T> u = h.data.tape().leaf(attention_vector, "attention_vector");
  AttentionOutput<T> attended = soft_attention(h, u, zero_steps);
  this->output(attended.context);
  return attended;
}

template class SoftAttention<float>;
template class SoftAttention<double>;

}  // namespace sonant
