#include <sonant/nn/models/streaming.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <sonant/core/kernels/float_mode.h>
#include <sonant/core/kernels/stream.h>
#include <sonant/nn/models/res_lstm_sa.h>

namespace sonant {
namespace {

using kernels::StreamKernel;
using kernels::StreamSizes;

// A map y = W x + b of which more than one input is made.
template <Real T>
struct Affine {
  Tensor<T> w, b;  // (O,D), (O)
};

// W BatchNorm(x) + b, in evaluation mode, as one map: docs/streaming.md (1).
template <Real T>
Affine<T> fold(const BatchNorm<T>& bn, const Tensor<T>& w, const Tensor<T>& b) {
  Affine<T> folded{w, b};
  const std::int64_t outputs = w.dim(0), inputs = w.dim(1);
  for (std::int64_t o = 0; o < outputs; ++o) {
    double bias = static_cast<double>(b[o]);
    for (std::int64_t d = 0; d < inputs; ++d) {
      const double scale = static_cast<double>(bn.weight.value[d]) /
                           std::sqrt(static_cast<double>(bn.running_var[d]) + bn.eps);
      const double shift =
          static_cast<double>(bn.bias.value[d]) - static_cast<double>(bn.running_mean[d]) * scale;
      const double weight = static_cast<double>(w[o * inputs + d]);
      folded.w[o * inputs + d] = static_cast<T>(weight * scale);
      bias += weight * shift;
    }
    folded.b[o] = static_cast<T>(bias);
  }
  return folded;
}

// By the exponent's bits: the compiler checks several numbers at once.
template <Real T>
bool all_finite(std::span<const T> x) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr auto exponent = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  Bits infinite = 0;
  for (T value : x) infinite |= (std::bit_cast<Bits>(value) & exponent) == exponent;
  return infinite == 0;
}

}  // namespace

template <Real T>
struct StreamingClassifier<T>::Weights {
  struct Layer {
    int input, hidden;
    Tensor<T> packed;
  };

  const StreamKernel<T>* kernel;
  bool residual = false;  // the second LSTM's input is x + h of the first
  std::vector<Layer> layers;
  int classes = 0;
  Tensor<T> head;

  Weights(const Classifier<T>& model, std::string_view name)
      : kernel(&kernels::stream_kernels<T>().find(name)) {
    const AttentionHead<T>* last = nullptr;
    if (const auto* two = dynamic_cast<const ResLstmSa<T>*>(&model)) {
      const auto& cell = two->lstm2.cells[0];
      residual = true;
      add(two->lstm1.config(), two->lstm1.cells[0],
          {two->lstm1.cells[0].weight_ih.value, two->lstm1.cells[0].bias_ih.value});
      add(two->lstm2.config(), cell,
          fold(two->bn_residual, cell.weight_ih.value, cell.bias_ih.value));
      last = &two->head;
    } else if (const auto* one = dynamic_cast<const LstmSa<T>*>(&model)) {
      const auto& cell = one->lstm.cells[0];
      add(one->lstm.config(), cell, {cell.weight_ih.value, cell.bias_ih.value});
      last = &one->head;
    }
    check(last != nullptr, "StreamingClassifier", "expects a model of the families ",
          "reslstm-sa-hH and lstm-sa-hH, got ", model.config().name);
    classes = static_cast<int>(last->fc.weight.value.dim(0));
    const Affine<T> fc = fold(last->bn, last->fc.weight.value, last->fc.bias.value);
    const int hidden = layers.back().hidden;
    head = Tensor<T>({kernel->sizes(1, hidden, classes).head});
    kernel->pack_head(hidden, classes,
                      {last->attention.attention_vector.value.data(), fc.w.data(), fc.b.data()},
                      head.data());
  }

  void add(const LstmConfig& config, const typename Lstm<T>::Cell& cell, const Affine<T>& input) {
    Layer& layer = layers.emplace_back(config.input, config.hidden, Tensor<T>());
    layer.packed = Tensor<T>({sizes(layer).cell});
    kernel->pack_cell(
        layer.input, layer.hidden,
        {input.w.data(), cell.weight_hh.value.data(), input.b.data(), cell.bias_hh.value.data()},
        layer.packed.data());
  }

  StreamSizes sizes(const Layer& layer) const {
    return kernel->sizes(layer.input, layer.hidden, classes);
  }
};

template <Real T>
StreamingClassifier<T>::StreamingClassifier(const Classifier<T>& model, std::string_view kernel)
    : weights_(std::make_shared<const Weights>(model, kernel)) {
  const Weights& w = *weights_;
  for (const auto& layer : w.layers) {
    const StreamSizes s = w.sizes(layer);
    cells_.push_back({Tensor<T>({s.gates}), Tensor<T>({s.state}), Tensor<T>({s.state})});
  }
  const StreamSizes s = w.sizes(w.layers.back());
  residual_ = Tensor<T>({features()});
  for (Tensor<T>* t : {&context_, &lost_, &embedding_}) *t = Tensor<T>({s.state});
  for (Tensor<T>* t : {&logits_, &probabilities_}) *t = Tensor<T>({s.classes});
  reset();
}

template <Real T>
kernels::StreamCell<T> StreamingClassifier<T>::cell(std::size_t k) {
  const auto& layer = weights_->layers[k];
  Cell& state = cells_[k];
  return {layer.input,        layer.hidden,   layer.packed.data(),
          state.ahead.data(), state.h.data(), state.c.data()};
}

template <Real T>
kernels::StreamHead<T> StreamingClassifier<T>::head() {
  return {hidden(),
          classes(),
          weights_->head.data(),
          &mass_,
          context_.data(),
          lost_.data(),
          embedding_.data(),
          logits_.data(),
          probabilities_.data()};
}

template <Real T>
void StreamingClassifier<T>::push(std::span<const T> frame) {
  check(static_cast<int>(frame.size()) == features(), "StreamingClassifier::push",
        "expects a frame of ", features(), " features, got ", frame.size());
  check(all_finite(frame), "StreamingClassifier::push", "frame ", frames_,
        " has a feature that is not a finite number");
  prepare_next();
  const kernels::FlushDenormals guard;
  const StreamKernel<T>& kernel = *weights_->kernel;
  kernel.step(cell(0), frame.data());
  if (weights_->residual) {
    const T *x = frame.data(), *h = cells_[0].h.data();
    T* r = residual_.data();
    for (std::size_t d = 0; d < frame.size(); ++d) r[d] = x[d] + h[d];
    kernel.step(cell(1), r);
  }
  kernel.attend(head(), cells_.back().h.data());
  ++frames_;
  prepared_ = classified_ = false;
}

template <Real T>
void StreamingClassifier<T>::prepare_next() {
  if (prepared_) return;
  const kernels::FlushDenormals guard;
  for (std::size_t k = 0; k < cells_.size(); ++k) weights_->kernel->prepare(cell(k));
  prepared_ = true;
}

template <Real T>
StreamingResult<T> StreamingClassifier<T>::result() {
  check(frames_ > 0, "StreamingClassifier::result", "expects at least one frame before it");
  if (!classified_) weights_->kernel->classify(head());
  classified_ = true;
  const auto first = [](const Tensor<T>& t, int count) {
    return t.span().first(static_cast<std::size_t>(count));
  };
  return {.probabilities = first(probabilities_, classes()),
          .logits = first(logits_, classes()),
          .embedding = first(embedding_, hidden()),
          .frames = frames_,
          .score = mass_.score,
          .log_mass = static_cast<double>(mass_.peak) + std::log(mass_.sum)};
}

template <Real T>
void StreamingClassifier<T>::reset() {
  for (Cell& cell : cells_) {
    cell.h.fill(T(0));
    cell.c.fill(T(0));
  }
  context_.fill(T(0));
  lost_.fill(T(0));
  mass_ = {.score = 0, .peak = -std::numeric_limits<T>::infinity(), .sum = 0};
  frames_ = 0;
  prepared_ = classified_ = false;
}

template <Real T>
int StreamingClassifier<T>::features() const {
  return weights_->layers.front().input;
}

template <Real T>
int StreamingClassifier<T>::hidden() const {
  return weights_->layers.back().hidden;
}

template <Real T>
int StreamingClassifier<T>::classes() const {
  return weights_->classes;
}

template class StreamingClassifier<float>;
template class StreamingClassifier<double>;

}  // namespace sonant
