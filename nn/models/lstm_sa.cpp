#include <sonant/nn/models/lstm_sa.h>

namespace sonant {

SettingTable settings_of(const LstmSaSettings&) {
  static constexpr std::array table{
      setting<&LstmSaSettings::hidden>("hidden", "Units of the last LSTM").between(1, 4096),
      setting<&LstmSaSettings::dropout>("dropout", "Dropout before the last layer")
          .at_least(0)
          .below(1)};
  return table;
}

template <Real T>
AttentionHead<T>::AttentionHead(const ModelSpec& spec, const Random& random)
    : attention(spec.settings.as<LstmSaSettings>().hidden, random.split(0)),
      bn(spec.settings.as<LstmSaSettings>().hidden),
      dropout(spec.settings.as<LstmSaSettings>().dropout),
      heads_(spec.heads),
      padding_(spec.padding) {
  for (std::size_t k = 0; k < heads_.size(); ++k)
    fc.emplace_back(spec.settings.as<LstmSaSettings>().hidden, heads_[k].outputs,
                    random.split(1 + k));
}

template <Real T>
ModelOutput<T> AttentionHead<T>::operator()(const Packed<T>& h) {
  PoolVector<int> zero_steps;
  if (padding_ == Padding::paper)
    for (int place : h.layout->places())
      zero_steps.push_back(h.layout->whole_steps() -
                           h.layout->lengths()[static_cast<std::size_t>(place)]);
  const AttentionOutput<T> attended = attention(h, zero_steps);
  const Var<T> shared = dropout(bn(attended.context));
  PoolVector<Var<T>> answers;
  for (Linear<T>& linear : fc) answers.push_back(linear(shared));
  return {std::move(answers), attended.context, attended.weights};
}

template <Real T>
void AttentionHead<T>::describe(Graph& g, Graph::Value h) const {
  const auto alpha = g.soft_attention("attention_vector", h, padding_);
  const auto e = g.weighted_sum(h, alpha);
  const auto shared = g.dropout(g.batch_norm("bn", e, bn.eps), dropout.p);
  g.tap("attention", alpha);
  g.tap("embedding", e);
  for (std::size_t k = 0; k < fc.size(); ++k)
    g.head(heads_[k].name, g.linear(fc_name(k), shared, heads_[k].outputs));
}

template <Real T>
std::string AttentionHead<T>::fc_name(std::size_t head) const {
  return head == 0 ? "fc" : "fc_" + heads_[head].name;
}

template <Real T>
void AttentionHead<T>::visit(Visitor<T>& v) {
  v("", attention);  // PyTorch's model has the vector itself as a member
  v("bn", bn);
  v("dropout", dropout);
  for (std::size_t k = 0; k < fc.size(); ++k) v(fc_name(k), fc[k]);
}

template <Real T>
LstmSa<T>::LstmSa(const ModelSpec& spec, const Random& random)
    : Model<T>(spec),
      lstm({.input = spec.input,
            .hidden = spec.settings.as<LstmSaSettings>().hidden,
            .kernel = spec.kernel},
           random.split(0)),
      head(spec, random.split(1)) {}

template <Real T>
void LstmSa<T>::describe(Graph& g) const {
  head.describe(g, g.lstm("lstm", g.input(this->spec().input), lstm.config().hidden));
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

Family lstm_sa_family() {
  return model_family<LstmSa>("lstm-sa",
                              "an LSTM with soft attention (Krasnoproshin & Vashkevich, DSPA 2026)",
                              LstmSaSettings{}, {{"-h", "hidden"}});
}

}  // namespace sonant
