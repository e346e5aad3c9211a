#include "problems.h"

#include <cmath>

#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/parallel.h>
#include <sonant/core/random.h>

namespace sonant::bench {
namespace {

Tensor<float> normal(Shape shape, std::uint64_t stream, float stddev = 1.0f) {
  Tensor<float> t(shape);
  Random(46, stream).fill_normal(t.span(), 0.0f, stddev);
  return t;
}

}  // namespace

std::vector<int> first_lengths(int batch) {
  const int known = static_cast<int>(std::size(w_lengths));
  check(batch >= 1 && batch <= known, "first_lengths", "expects 1 to ", known, ", got ", batch);
  return {w_lengths, w_lengths + batch};
}

double lstm_forward_flops(int input, int hidden, const PackedLayout& layout) {
  return 2.0 * 4 * hidden * (input + hidden) * static_cast<double>(layout.rows());
}

double lstm_backward_flops(int input, int hidden, const PackedLayout& layout, bool input_gradient) {
  const auto rows = static_cast<double>(layout.rows());
  const double carried = rows - layout.batch();
  const double weights = input * rows + hidden * carried;
  return 2.0 * 4 * hidden * (weights + hidden * carried + (input_gradient ? input * rows : 0));
}

Utterances make_utterances(std::span<const int> lengths) {
  // Longest first, as the trainer makes its batches.
  Utterances u{make_layout(PackedLayout(lengths).lengths()), {}, {}};
  u.features = normal({u.layout->rows(), w_features}, 0);
  for (int b = 0; b < u.layout->batch(); ++b) u.labels.push_back(b % w_classes);
  return u;
}

Training::Training(std::string kernel, double dropout) {
  ModelSpec spec = model_spec("reslstm-sa-h" + std::to_string(w_hidden), w_features, w_classes)
                       .set("dropout", dropout);
  spec.kernel = std::move(kernel);
  model_ = make_model<float>(spec, 1);
  optimizer_ = make_optimizer<float>(model_->parameters(), {.name = "adam", .lr = 1e-3});
}

// As Trainer::train_batch does it: the features of a batch are put together on all threads.
double Training::step(const Utterances& batch) {
  Tape<float> tape(TapeMode::record, 1, steps_++);
  if (!model_->training()) model_->train();
  auto x = Tensor<float>::uninitialized(batch.features.shape());
  parallel_ranges(x.size(), [&](std::int64_t begin, std::int64_t end) {
    std::copy(&batch.features[begin], &batch.features[end], &x[begin]);
  });
  const auto out = (*model_)({tape.constant(std::move(x)), batch.layout});
  const Var<float> loss = cross_entropy<float>(out.head(), batch.labels);
  optimizer_->zero_grad();
  loss.backward();
  optimizer_->step();
  return static_cast<double>(loss.value().item());
}

Tensor<float> Training::infer(const Utterances& batch) {
  Tape<float> tape(TapeMode::inference);
  if (model_->training()) model_->eval();
  return (*model_)({tape.constant(batch.features), batch.layout}).head().value();
}

FamilyTraining::FamilyTraining(const std::string& family, std::span<const int> lengths,
                               const std::string& kernel)
    : layout_(make_layout(lengths)),
      convolves_(family == "light-sernet"),
      x_(normal({layout_->rows(), convolves_ ? 40 : 36}, 0)) {
  check(convolves_ || family == "a-lstm" || family == "mean-lstm" || family == "lstm-wp",
        "FamilyTraining", "has no problem of family ", family);
  ModelSpec spec = model_spec(family, static_cast<int>(x_.dim(1)), convolves_ ? 8 : 4);
  if (!convolves_) {
    spec.heads.push_back({"speaker", 10});
    spec.heads.push_back({"gender", 2});
    spec.kernel = kernel;
  }
  model_ = make_model<float>(spec.set("dropout", 0.0), 1);
  const char* name = convolves_ ? "adam-keras" : "adam";
  optimizer_ = make_optimizer<float>(model_->parameters(), {.name = name, .epsilon = 1e-7});
  for (std::size_t b = 0; b < lengths.size(); ++b)
    labels_.push_back(static_cast<int>(b % (convolves_ ? 8 : 2)));
}

void FamilyTraining::step() {
  Tape<float> tape;
  if (!model_->training()) model_->train();
  const auto out = (*model_)({tape.constant(x_), layout_});
  const auto loss = [&](const char* head) { return cross_entropy(out.head(head), labels_); };
  Var<float> sum = loss("emotion");
  if (!convolves_) sum = sum + loss("speaker") * 0.3f + loss("gender") * 0.6f;
  optimizer_->zero_grad();
  sum.backward();
  optimizer_->step();
}

Tensor<float> FamilyTraining::logits() {
  Tape<float> tape(TapeMode::inference);
  if (model_->training()) model_->eval();
  return (*model_)({tape.constant(x_), layout_}).head("emotion").value();
}

double FamilyTraining::flops(bool training) const {
  double sum = 0;
  if (convolves_) {
    for (const ConvLayer& layer : conv_layers)
      sum += layer.flops() * (!training ? 1 : layer.channels == 1 ? 2 : 3);
    return sum * layout_->batch();
  }
  constexpr int features = 36, fc = 256, hidden = 128;  // the linear layer, then both directions
  sum = 2.0 * static_cast<double>(layout_->rows()) * features * fc * (training ? 2 : 1) +
        2 * lstm_forward_flops(fc, hidden, *layout_);
  return training ? sum + 2 * lstm_backward_flops(fc, hidden, *layout_, true) : sum;
}

LstmStack::LstmStack(std::span<const int> sizes, std::span<const int> lengths,
                     std::string_view kernel)
    : sizes_(sizes.begin(), sizes.end()),
      kernel_(&choose_lstm_kernel<float>(kernel)),
      layout_(make_layout(lengths)) {
  check(sizes.size() >= 2, "LstmStack", "expects the sizes of at least one layer");
  input_ = normal({layout_->rows(), sizes_.front()}, 0);
  doutput_ = normal({layout_->rows(), sizes_.back()}, 1);
  std::uint64_t stream = 2;
  for (std::size_t k = 1; k < sizes_.size(); ++k) {
    const int D = sizes_[k - 1], H = sizes_[k];
    const float scale = 1.0f / std::sqrt(static_cast<float>(H));
    for (const Shape& shape : {Shape{4 * H, D}, Shape{4 * H, H}, Shape{4 * H}, Shape{4 * H}}) {
      parameters_.emplace_back(normal(shape, stream++, scale));
      parameters_.back().grad = Tensor<float>(shape);
    }
  }
}

Var<float> LstmStack::run(Tape<float>& tape) {
  Packed<float> h{tape.constant(input_), layout_};
  for (std::size_t p = 0; p < parameters_.size(); p += 4) {
    const LstmWeights<float> weights{tape.leaf(parameters_[p]), tape.leaf(parameters_[p + 1]),
                                     tape.leaf(parameters_[p + 2]), tape.leaf(parameters_[p + 3])};
    h = lstm(h, weights, {.kernel = kernel_}).h;
  }
  return h.data;
}

void LstmStack::forward() {
  Tape<float> tape(TapeMode::inference);
  output_ = run(tape).value();
}

void LstmStack::forward_backward() {
  for (Parameter<float>& p : parameters_) p.zero_grad();
  Tape<float> tape;
  const Var<float> h = run(tape);
  // A root whose gradient with respect to h is doutput_, at the price of one addition.
  tape.record("seed", {h}, Tensor<float>::scalar(0),
              [this](const Vjp<float>& v) {
                Tensor<float>& dh = v.din();
                for (std::int64_t n = 0; n < dh.size(); ++n) dh[n] += doutput_[n];
              })
      .backward();
}

double LstmStack::flops(bool backward) const {
  double flops = 0;
  for (std::size_t k = 1; k < sizes_.size(); ++k) {
    flops += lstm_forward_flops(sizes_[k - 1], sizes_[k], *layout_);
    if (backward) flops += lstm_backward_flops(sizes_[k - 1], sizes_[k], *layout_, k > 1);
  }
  return flops;
}

}  // namespace sonant::bench
