#include <sonant/nn/a_lstm.h>

#include <algorithm>

#include <sonant/core/ops/shaping.h>
#include <sonant/core/text.h>
#include <sonant/nn/init.h>

namespace sonant {

template <Real T>
ALstm<T>::ALstm(const ALstmConfig& config, const Random& random)
    : config_(config), kernel_(&choose_a_lstm_kernel<T>(config.kernel)) {
  const int hidden = config.hidden;
  check(config.input >= 1 && hidden >= 1, "ALstm", "expects at least 1 input and unit, got ",
        config.input, " and ", hidden);
  check(std::ranges::adjacent_find(config.offsets, std::greater_equal()) == config.offsets.end() &&
            !config.offsets.empty() && config.offsets[0] >= 1,
        "ALstm", "expects offsets of at least 1 that rise, got ",
        joined(config.offsets, ",", [](int offset) { return std::to_string(offset); }));
  check(config.shared_w || config.combine_h, "ALstm",
        "expects combine_h for a vector of its own that scores h (shared_w off)");
  for (int k = 0; k < (config.bidirectional ? 2 : 1); ++k) {
    Cell& cell = cells.emplace_back();
    cell.weight_ih = Tensor<T>({4 * hidden, config.input});
    cell.weight_hh = Tensor<T>({4 * hidden, hidden});
    const Random stream = random.split(static_cast<std::uint64_t>(k));
    xavier_normal(cell.weight_ih.value, stream.split(0));
    orthogonal(cell.weight_hh.value, stream.split(1));
    // An open forget gate lets gradients pass from the start: Gers et al. 2000, Jozefowicz 2015.
    Tensor<T> bias({4 * hidden});
    std::fill_n(bias.data() + hidden, hidden, T(1));
    cell.bias = bias;
    if (config.combination != StateCombination::attention) continue;
    const auto vector = [&](std::uint64_t of) {
      Tensor<T> w({hidden, 1});
      xavier_normal(w, stream.split(of));
      return std::move(w).reshaped({hidden});
    };
    cell.weight_state = vector(2);
    if (config.combine_h && !config.shared_w) cell.weight_state_h = vector(3);
  }
}

template <Real T>
typename ALstm<T>::Output ALstm<T>::run(const Packed<T>& x, bool keep_cells) {
  Tape<T>& tape = x.data.tape();
  Output out{x, {}};
  const auto vector = [&](Parameter<T>& w, const char* name) {
    return w.value.empty() ? Var<T>() : tape.leaf(w, name);
  };
  for (Cell& cell : cells) {
    const ALstmWeights<T> weights{
        tape.leaf(cell.weight_ih, "weight_ih"), tape.leaf(cell.weight_hh, "weight_hh"),
        tape.leaf(cell.bias, "bias"), vector(cell.weight_state, "weight_state"),
        vector(cell.weight_state_h, "weight_state_h")};
    out.directions.push_back(
        a_lstm(x, weights,
               {.combination = config_.combination,
                .offsets = PoolVector<int>(config_.offsets.begin(), config_.offsets.end()),
                .combine_h = config_.combine_h,
                .zero_past = config_.zero_past,
                .reverse = &cell != &cells.front(),
                .keep_cells = keep_cells,
                .kernel = kernel_}));
  }
  const Var<T> first = out.directions[0].h.data;
  out.h.data = cells.size() == 1 ? first : concat({first, out.directions[1].h.data}, 1);
  this->output(out.h.data);
  return out;
}

template <Real T>
void ALstm<T>::visit(Visitor<T>& v) {
  for (Cell& cell : cells) {
    const std::string suffix = &cell == &cells.front() ? "_l0" : "_l0_reverse";
    v("weight_ih" + suffix, cell.weight_ih);
    v("weight_hh" + suffix, cell.weight_hh);
    v("bias" + suffix, cell.bias);
    if (!cell.weight_state.value.empty()) v("weight_state" + suffix, cell.weight_state);
    if (!cell.weight_state_h.value.empty()) v("weight_state_h" + suffix, cell.weight_state_h);
  }
}

template <Real T>
std::string ALstm<T>::kind() const {
  return config_.combination == StateCombination::attention ? "ALSTM"
         : config_.combination == StateCombination::mean    ? "MeanLSTM"
                                                            : "LSTM";
}

template <Real T>
std::string ALstm<T>::settings() const {
  std::string text = std::to_string(config_.input) + " -> " + std::to_string(config_.hidden);
  if (config_.bidirectional) text += " x 2";
  if (config_.combination == StateCombination::none) return text;
  return text + ", offsets " +
         joined(config_.offsets, ",", [](int offset) { return std::to_string(offset); });
}

template class ALstm<float>;
template class ALstm<double>;

}  // namespace sonant
