#include <sonant/nn/models/res_lstm_sa.h>

#include <sonant/core/ops/elementwise.h>

namespace sonant {

template <Real T>
ResLstmSa<T>::ResLstmSa(const ModelConfig& config, int hidden, const Random& random)
    : Classifier<T>(config),
      lstm1({.input = config.input, .hidden = config.input, .kernel = config.kernel},
            random.split(0)),
      bn_residual(config.input),
      lstm2({.input = config.input, .hidden = hidden, .kernel = config.kernel}, random.split(1)),
      head(hidden, config, random.split(2)) {}

template <Real T>
ClassifierOutput<T> ResLstmSa<T>::operator()(const Packed<T>& x) {
  const Padding padding = this->config().padding;
  const PackedLayout& layout = *x.layout;
  const std::int64_t padded_rows = std::int64_t{layout.batch()} * layout.steps() - layout.rows();
  const Var<T> residual = x.data + lstm1(x).data;
  const Var<T> normalised = bn_residual(residual, padding == Padding::paper ? padded_rows : 0);
  return head(lstm2({normalised, x.layout}), padding);
}

template <Real T>
void ResLstmSa<T>::visit(Visitor<T>& v) {
  v("lstm1", lstm1);
  v("bn_residual", bn_residual);
  v("lstm2", lstm2);
  v("", head);
}

template class ResLstmSa<float>;
template class ResLstmSa<double>;

}  // namespace sonant
