#include <sonant/nn/models/res_lstm_sa.h>

#include <sonant/core/ops/elementwise.h>

namespace sonant {

template <Real T>
ResLstmSa<T>::ResLstmSa(const ModelSpec& spec, const Random& random)
    : Model<T>(spec),
      lstm1({.input = spec.input, .hidden = spec.input, .kernel = spec.kernel}, random.split(0)),
      bn_residual(spec.input),
      lstm2({.input = spec.input,
             .hidden = spec.settings.as<LstmSaSettings>().hidden,
             .kernel = spec.kernel},
            random.split(1)),
      head(spec, random.split(2)) {}

template <Real T>
ModelOutput<T> ResLstmSa<T>::forward(const Packed<T>& x) {
  const PackedLayout& layout = *x.layout;
  const std::int64_t padded_rows =
      std::int64_t{layout.batch()} * layout.whole_steps() - layout.rows();
  const bool counted = this->spec().padding == Padding::paper;
  const Var<T> residual = x.data + lstm1(x).data;
  const Var<T> normalised = bn_residual(residual, counted ? padded_rows : 0);
  return head(lstm2({normalised, x.layout}));
}

template <Real T>
void ResLstmSa<T>::describe(Graph& g) const {
  const auto x = g.input(this->spec().input);
  const auto r = g.add(x, g.lstm("lstm1", x, lstm1.config().hidden));
  const auto n = g.batch_norm("bn_residual", r, bn_residual.eps, this->spec().padding);
  head.describe(g, g.lstm("lstm2", n, lstm2.config().hidden));
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

Family res_lstm_sa_family() {
  return model_family<ResLstmSa>(
      "reslstm-sa",
      "a residual LSTM block, then LSTM and soft attention (Krasnoproshin & Vashkevich, DSPA 2026)",
      LstmSaSettings{}, {{"-h", "hidden"}});
}

}  // namespace sonant
