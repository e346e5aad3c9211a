#include <sonant/nn/models/weighted_pooling.h>

#include <sonant/core/numbers.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/settings.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

template <class S>
constexpr auto fc_row() {
  return setting<&S::fc>("fc", "Units of the layer below").between(1, 4096);
}
template <class S>
constexpr auto hidden_row() {
  return setting<&S::hidden>("hidden", "Units of each direction").between(1, 4096);
}
template <class S>
constexpr auto dropout_row() {
  return setting<&S::dropout>("dropout", "Dropout before the last layers").at_least(0).below(1);
}
template <class S>
constexpr auto offsets_row() {
  return setting<&S::offsets>("offsets", "How many steps back the states are that are combined");
}
template <class S>
constexpr auto combine_h_row() {
  return setting<&S::combine_h>("combine_h", "Combine h as the cells; else h of the step before");
}
template <class S>
constexpr auto zero_past_row() {
  return setting<&S::zero_past>("zero_past", "States before the first count, as zeros");
}

// "1,3,5"
std::vector<int> parse_offsets(const std::string& text) {
  std::vector<int> offsets;
  std::string_view rest = text;
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    const auto offset = parse_number<int>(trimmed(rest.substr(0, comma)));
    check_usage(offset && *offset > (offsets.empty() ? 0 : offsets.back()) && *offset <= 100'000,
                "model",
                "expects offsets to be whole numbers that rise from 1, such as 1,3,5, got ", text);
    offsets.push_back(*offset);
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
  }
  return offsets;
}

// What the three families share of their settings, and the cell that they make.
struct Parts {
  int fc;
  double dropout;
  ALstmConfig cell;
};

template <class S>
Parts common_parts(const S& s, StateCombination combination) {
  Parts parts{s.fc, s.dropout, {}};
  parts.cell.input = s.fc;
  parts.cell.hidden = s.hidden;
  parts.cell.bidirectional = true;
  parts.cell.combination = combination;
  if constexpr (requires { s.offsets; }) {
    parts.cell.offsets = parse_offsets(s.offsets);
    parts.cell.combine_h = s.combine_h;
    parts.cell.zero_past = s.zero_past;
  }
  if constexpr (requires { s.shared_w; }) parts.cell.shared_w = s.shared_w;
  return parts;
}

Parts parts_of(const ModelSpec& spec) {
  const auto is = [&](const auto& table) {
    return spec.settings.table().data() == settings_of(table).data();
  };
  Parts parts = is(ALstmSettings{})
                    ? common_parts(spec.settings.as<ALstmSettings>(), StateCombination::attention)
                : is(MeanLstmSettings{})
                    ? common_parts(spec.settings.as<MeanLstmSettings>(), StateCombination::mean)
                    : common_parts(spec.settings.as<LstmWpSettings>(), StateCombination::none);
  parts.cell.kernel = spec.kernel;
  return parts;
}

}  // namespace

SettingTable settings_of(const LstmWpSettings&) {
  using S = LstmWpSettings;
  static constexpr std::array table{fc_row<S>(), hidden_row<S>(), dropout_row<S>()};
  return table;
}

SettingTable settings_of(const MeanLstmSettings&) {
  using S = MeanLstmSettings;
  static constexpr std::array table{fc_row<S>(),      hidden_row<S>(),    dropout_row<S>(),
                                    offsets_row<S>(), combine_h_row<S>(), zero_past_row<S>()};
  return table;
}

SettingTable settings_of(const ALstmSettings&) {
  using S = ALstmSettings;
  static constexpr std::array table{
      fc_row<S>(),
      hidden_row<S>(),
      dropout_row<S>(),
      offsets_row<S>(),
      combine_h_row<S>(),
      zero_past_row<S>(),
      setting<&S::shared_w>("shared_w", "One vector scores cells and h; else one each")};
  return table;
}

template <Real T>
WeightedPooling<T>::WeightedPooling(const ModelSpec& spec, const Random& random)
    : Model<T>(spec),
      fc(spec.input, parts_of(spec).fc, random.split(0)),
      lstm(parts_of(spec).cell, random.split(1)),
      pooling(2 * lstm.config().hidden, random.split(2)),
      dropout(parts_of(spec).dropout) {
  for (std::size_t k = 0; k < spec.heads.size(); ++k)
    heads.emplace_back(2 * lstm.config().hidden, spec.heads[k].outputs, random.split(3 + k));
}

template <Real T>
ModelOutput<T> WeightedPooling<T>::forward(const Packed<T>& x) {
  const PackedLayout& layout = *x.layout;
  PoolVector<int> zero_steps;
  if (this->spec().padding == Padding::paper)
    for (int place : layout.places())
      zero_steps.push_back(layout.whole_steps() -
                           layout.lengths()[static_cast<std::size_t>(place)]);
  const Packed<T> h = lstm({relu(fc(x.data)), x.layout});
  const AttentionOutput<T> pooled = pooling(h, zero_steps);
  const Var<T> shared = dropout(pooled.context);
  PoolVector<Var<T>> answers;
  for (Linear<T>& head : heads) answers.push_back(head(shared));
  return {std::move(answers), pooled.context, pooled.weights};
}

template <Real T>
void WeightedPooling<T>::describe(Graph& g) const {
  const ModelSpec& spec = this->spec();
  const ALstmConfig& cell = lstm.config();
  Json attributes = {{"direction", "bidirectional"}, {"initial_state", "zeros"}};
  if (cell.combination != StateCombination::none) {
    attributes["weights"] = cell.combination == StateCombination::mean ? "mean" : "attention";
    attributes["offsets"] = cell.offsets;
    if (!cell.combine_h) attributes["combine_h"] = false;
    if (cell.zero_past) attributes["zero_past"] = true;
  }
  const int units = static_cast<int>(fc.weight.value.dim(0));
  const auto below = g.linear("fc", g.input(spec.input), units);
  const auto h =
      g.op("a_lstm", "lstm", {g.op("relu", "", {below}, units)}, 2 * cell.hidden, attributes);
  const auto alpha = g.soft_attention("attention_vector", h, spec.padding);
  const auto e = g.weighted_sum(h, alpha);
  const auto shared = g.dropout(e, dropout.p);
  g.tap("attention", alpha);
  g.tap("embedding", e);
  for (const Head& head : spec.heads)
    g.head(head.name, g.linear("heads." + head.name, shared, head.outputs));
}

template <Real T>
void WeightedPooling<T>::visit(Visitor<T>& v) {
  v("fc", fc);
  v("lstm", lstm);
  v("", pooling);
  v("dropout", dropout);
  for (std::size_t k = 0; k < heads.size(); ++k) v("heads." + this->spec().heads[k].name, heads[k]);
}

template class WeightedPooling<float>;
template class WeightedPooling<double>;

Family a_lstm_family() {
  return model_family<WeightedPooling>(
      "a-lstm", "a bidirectional Advanced LSTM and weighted pooling (Tao & Liu, ICASSP 2018)",
      ALstmSettings{}, {{"-h", "hidden"}});
}

Family mean_lstm_family() {
  return model_family<WeightedPooling>(
      "mean-lstm", "the same with the mean of the earlier states: its control (Tao & Liu)",
      MeanLstmSettings{}, {{"-h", "hidden"}});
}

Family lstm_wp_family() {
  return model_family<WeightedPooling>(
      "lstm-wp", "a bidirectional LSTM and weighted pooling (Mirsamadi et al., ICASSP 2017)",
      LstmWpSettings{}, {{"-h", "hidden"}});
}

}  // namespace sonant
