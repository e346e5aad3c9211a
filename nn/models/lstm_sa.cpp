#include <sonant/nn/models/lstm_sa.h>

namespace sonant {

template <Real T>
AttentionHead<T>::AttentionHead(int hidden, const ModelConfig& config, const Random& random)
    : attention(hidden, random.split(0)),
      bn(hidden),
      dropout(config.dropout),
      fc(hidden, config.classes, random.split(1)) {}

template <Real T>
ClassifierOutput<T> AttentionHead<T>::operator()(const Packed<T>& h, Padding padding) {
  PoolVector<int> zero_steps;
  if (padding == Padding::paper)
    for (int place : h.layout->places())
      zero_steps.push_back(h.layout->steps() -
                           h.layout->lengths()[static_cast<std::size_t>(place)]);
  const AttentionOutput<T> attended = attention(h, zero_steps);
  return {fc(dropout(bn(attended.context))), attended.weights, attended.context};
}

template <Real T>
void AttentionHead<T>::visit(Visitor<T>& v) {
  v("", attention);  // PyTorch's model has the vector itself as a member
  v("bn", bn);
  v("dropout", dropout);
  v("fc", fc);
}

template <Real T>
LstmSa<T>::LstmSa(const ModelConfig& config, int hidden, const Random& random)
    : Classifier<T>(config),
      lstm({.input = config.input, .hidden = hidden, .kernel = config.kernel}, random.split(0)),
      head(hidden, config, random.split(1)) {}

template <Real T>
ClassifierOutput<T> LstmSa<T>::operator()(const Packed<T>& x) {
  return head(lstm(x), this->config().padding);
}

template <Real T>
void LstmSa<T>::visit(Visitor<T>& v) {
  v("lstm", lstm);
  v("", head);
}

template class AttentionHead<float>;
template class AttentionHead<double>;
template class LstmSa<float>;
template class LstmSa<double>;

}  // namespace sonant
