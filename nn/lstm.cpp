#include <sonant/nn/lstm.h>

#include <algorithm>
#include <sstream>

#include <sonant/core/ops/dropout.h>
#include <sonant/core/ops/shaping.h>
#include <sonant/nn/init.h>

namespace sonant {

template <Real T>
Lstm<T>::Lstm(const LstmConfig& config, const Random& random)
    : config_(config), kernel_(&choose_lstm_kernel<T>(config.kernel)) {
  const int hidden = config.hidden, directions = config.bidirectional ? 2 : 1;
  check(config.input >= 1 && hidden >= 1 && config.layers >= 1, "Lstm",
        "expects at least 1 input, unit and layer, got ", config.input, ", ", hidden, " and ",
        config.layers);
  check(config.dropout >= 0 && config.dropout < 1, "Lstm",
        "expects a dropout probability in [0,1), got ", config.dropout);
  for (int k = 0; k < config.layers * directions; ++k) {
    const int input = k < directions ? config.input : directions * hidden;
    Cell& cell = cells.emplace_back();
    cell.weight_ih = Tensor<T>({4 * hidden, input});
    cell.weight_hh = Tensor<T>({4 * hidden, hidden});
    const Random stream = random.split(static_cast<std::uint64_t>(k));
    xavier_normal(cell.weight_ih.value, stream.split(0));
    orthogonal(cell.weight_hh.value, stream.split(1));
    // An open forget gate lets gradients pass from the start: Gers et al. 2000, Jozefowicz 2015.
    Tensor<T> bias({4 * hidden});
    std::fill_n(bias.data() + hidden, hidden, T(1));
    cell.bias_ih = bias;
    cell.bias_hh = bias;
  }
}

template <Real T>
typename Lstm<T>::Output Lstm<T>::run(const Packed<T>& x, std::span<const LstmState<T>> initial) {
  check(initial.empty() || initial.size() == cells.size(), "Lstm", "expects ", cells.size(),
        " initial states (layers x directions), got ", initial.size());
  Tape<T>& tape = x.data.tape();
  const std::size_t directions = config_.bidirectional ? 2 : 1;
  Output out{x, {}};
  for (std::size_t first = 0; first < cells.size(); first += directions) {
    if (first > 0) out.h.data = dropout(out.h.data, config_.dropout, this->training());
    PoolVector<Var<T>> sides;
    for (std::size_t k = first; k < first + directions; ++k) {
      Cell& cell = cells[k];
      const LstmWeights<T> weights{
          tape.leaf(cell.weight_ih, "weight_ih"), tape.leaf(cell.weight_hh, "weight_hh"),
          tape.leaf(cell.bias_ih, "bias_ih"), tape.leaf(cell.bias_hh, "bias_hh")};
      std::optional<LstmState<T>> state;
      if (!initial.empty()) state = initial[k];
      const LstmOutput<T> y =
          lstm(out.h, weights, {.reverse = k > first, .kernel = kernel_}, state);
      sides.push_back(y.h.data);
      out.last.push_back({y.hn, y.cn});
    }
    out.h.data = sides.size() == 1 ? sides[0] : concat({sides[0], sides[1]}, 1);
  }
  this->output(out.h.data);
  return out;
}

template <Real T>
typename Lstm<T>::DenseOutput Lstm<T>::run(const Var<T>& x, std::span<const int> lengths,
                                           std::span<const LstmState<T>> initial) {
  check(x.rank() == 3 && x.dim(2) == config_.input, "Lstm",
        "expects x (B,T,D) with D = ", config_.input, ", got ", x.shape());
  const std::int64_t B = x.dim(0), steps = x.dim(1);
  check(lengths.empty() || std::ssize(lengths) == B, "Lstm", "expects lengths for ", B,
        " sequences, got ", lengths.size());
  PoolVector<int> each(lengths.begin(), lengths.end());
  if (lengths.empty()) each.assign(static_cast<std::size_t>(B), static_cast<int>(steps));
  for (int length : each)
    check(length >= 1 && length <= steps, "Lstm", "expects lengths from 1 to T = ", steps, ", got ",
          length);
  const Layout layout = make_layout(each);
  const std::int64_t behind = steps - layout->steps();  // steps that no sequence reaches
  Output packed = run(pack(behind > 0 ? slice(x, 1, 0, layout->steps()) : x, layout), initial);
  Var<T> h = unpack(packed.h);
  if (behind > 0) h = pad(h, 1, 0, behind);
  return {this->output(h), std::move(packed.last)};
}

template <Real T>
void Lstm<T>::visit(Visitor<T>& v) {
  for (std::size_t k = 0; k < cells.size(); ++k) {
    const std::size_t layer = config_.bidirectional ? k / 2 : k;
    const std::string suffix =
        "_l" + std::to_string(layer) + (config_.bidirectional && k % 2 == 1 ? "_reverse" : "");
    v("weight_ih" + suffix, cells[k].weight_ih);
    v("weight_hh" + suffix, cells[k].weight_hh);
    v("bias_ih" + suffix, cells[k].bias_ih);
    v("bias_hh" + suffix, cells[k].bias_hh);
  }
}

template <Real T>
std::string Lstm<T>::settings() const {
  std::ostringstream text;
  text << config_.input << " -> " << config_.hidden;
  if (config_.bidirectional) text << " x 2";
  if (config_.layers > 1) text << ", " << config_.layers << " layers";
  if (config_.dropout > 0) text << ", dropout " << config_.dropout;
  return text.str();
}

template class Lstm<float>;
template class Lstm<double>;

}  // namespace sonant
