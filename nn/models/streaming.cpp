#include <sonant/nn/models/streaming.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <sonant/core/finite.h>
#include <sonant/core/kernels/float_mode.h>
#include <sonant/core/kernels/stream.h>

namespace sonant {
namespace {

using kernels::StreamKernel;
using kernels::StreamSizes;

// A map y = W x + b of which more than one input is made.
template <Real T>
struct Affine {
  Tensor<T> w, b;  // (O,D), (O)
};

// Where a step finds what it takes: the frame, the h of a cell, or a sum.
struct Source {
  enum class Kind { frame, cell, sum } kind;
  std::size_t index = 0;
};

constexpr int kNone = -1;  // no node

// What there is to read in a model, and its refusals.
template <Real T>
struct Reader {
  const Graph graph;
  const Tensors<T> tensors;
  const std::string family;

  explicit Reader(const Model<T>& model)
      : graph(model.graph()), tensors(model), family(model.spec().family) {}

  [[noreturn]] void refuse(int node, const char* why) const {
    fail("StreamingClassifier", "a ", family, " model cannot be streamed for its op ",
         graph[node].op, " (\"", graph[node].name, "\"): ", why);
  }
  void check_op(int node, const char* op, const char* why) const {
    if (graph[node].op != op) refuse(node, why);
  }
  int before(int node) const { return graph[node].inputs.at(0); }
  bool is(int node, const char* op) const { return graph[node].op == op; }
  // Dropout does nothing in evaluation.
  int behind_dropout(int node) const {
    while (is(node, "dropout")) node = before(node);
    return node;
  }

  // W BatchNorm(x) + b, in evaluation mode, as one map: docs/streaming.md (1). bn may be kNone.
  Affine<T> fold(int bn, const Tensor<T>& w, const Tensor<T>& b) const {
    if (bn == kNone) return {w, b};
    const std::string of = graph[bn].name + ".";
    const Tensor<T>&gain = tensors[of + "weight"], &bias_of = tensors[of + "bias"],
          &mean = tensors[of + "running_mean"], &variance = tensors[of + "running_var"];
    const double eps = graph[bn].attributes.at("eps");
    Affine<T> folded{w, b};
    const std::int64_t outputs = w.dim(0), inputs = w.dim(1);
    for (std::int64_t o = 0; o < outputs; ++o) {
      double bias = static_cast<double>(b[o]);
      for (std::int64_t d = 0; d < inputs; ++d) {
        const double scale =
            static_cast<double>(gain[d]) / std::sqrt(static_cast<double>(variance[d]) + eps);
        const double shift = static_cast<double>(bias_of[d]) - static_cast<double>(mean[d]) * scale;
        const double weight = static_cast<double>(w[o * inputs + d]);
        folded.w[o * inputs + d] = static_cast<T>(weight * scale);
        bias += weight * shift;
      }
      folded.b[o] = static_cast<T>(bias);
    }
    return folded;
  }
};

}  // namespace

template <Real T>
struct StreamingClassifier<T>::Weights {
  struct Layer {
    int input, hidden;
    Tensor<T> packed;
  };
  struct Step {  // of an LSTM, or the sum of two values
    bool is_sum;
    std::size_t target;
    Source from, other = {};
  };

  const StreamKernel<T>* kernel;
  int features = 0, classes = 0;
  std::vector<Layer> layers;
  std::vector<std::int64_t> sums;  // their sizes
  std::vector<Step> steps;         // of a frame, in order
  std::size_t attended = 0;        // the layer
  Tensor<T> head;

  Weights(const Model<T>& model, std::string_view name, std::string_view head_name)
      : kernel(&kernels::stream_kernels<T>().find(name)) {
    const Reader<T> read(model);
    const Graph& graph = read.graph;
    features = graph[0].size;
    const std::vector<int> answers = answers_of(read, head_name);
    const int last = answers.front();
    for (int answer : answers) classes += graph[answer].size;
    int e = read.behind_dropout(read.before(last));
    const int bn = read.is(e, "batch_norm") ? e : kNone;
    if (bn != kNone) e = read.behind_dropout(read.before(bn));
    read.check_op(e, "weighted_sum", "expects the sum that attention weighs before the last layer");
    const int h = read.before(e), alpha = graph[e].inputs.at(1);
    read.check_op(alpha, "soft_attention", "expects soft attention to weigh the frames");
    const Json& of_h = graph[h].attributes;
    if (of_h.contains("direction") && of_h.at("direction") != "forward")
      read.refuse(h, "it looks ahead, so it is not causal");
    read.check_op(h, "lstm", "expects attention to an lstm");
    if (read.before(alpha) != h) read.refuse(alpha, "expects attention to what it weighs");
    attended = frames(read, h).index;

    const int hidden = layers[attended].hidden;
    Affine<T> map{Tensor<T>({classes, hidden}), Tensor<T>({classes})};
    std::int64_t row = 0;
    for (int answer : answers) {
      if (read.before(answer) != read.before(last))
        read.refuse(answer, "expects all heads behind the same layer");
      const std::string fc = graph[answer].name + ".";
      const Affine<T> one = read.fold(bn, read.tensors[fc + "weight"], read.tensors[fc + "bias"]);
      std::ranges::copy(one.w.span(), map.w.data() + row * hidden);
      std::ranges::copy(one.b.span(), map.b.data() + row);
      row += one.b.size();
    }
    head = Tensor<T>({kernel->sizes(1, hidden, classes).head});
    kernel->pack_head(hidden, classes,
                      {read.tensors[graph[alpha].name].data(), map.w.data(), map.b.data()},
                      head.data());
  }

  StreamSizes sizes(const Layer& layer) const {
    return kernel->sizes(layer.input, layer.hidden, classes);
  }

 private:
  static std::vector<int> answers_of(const Reader<T>& read, std::string_view name) {
    const auto& heads = read.graph.heads();
    std::vector<int> all;
    check(!name.empty() || heads.size() == 1, "StreamingClassifier",
          "expects the name of one of the ", heads.size(), " heads of a ", read.family, " model");
    for (const Graph::Output& head : heads)
      if (name.empty() || head.name == name || name == kAllHeads) {
        read.check_op(head.node, "linear", "expects a linear layer last");
        all.push_back(head.node);
      }
    if (!all.empty()) return all;
    fail("StreamingClassifier", "a ", read.family, " model has no head \"", name, "\"");
  }

  // The steps that lead to node h.
  Source frames(const Reader<T>& read, int h) {
    std::vector<char> needed(static_cast<std::size_t>(h) + 1);
    needed.back() = true;
    for (int k = h; k >= 0; --k)
      if (needed[static_cast<std::size_t>(k)])
        for (int input : read.graph[k].inputs) needed[static_cast<std::size_t>(input)] = true;
    std::vector<std::optional<Source>> sources(needed.size());
    const auto source_of = [&](int node) {
      const auto& source = sources[static_cast<std::size_t>(read.behind_dropout(node))];
      if (!source) read.refuse(read.behind_dropout(node), "expects it before an lstm or the end");
      return *source;
    };
    for (int k = 0; k <= h; ++k) {
      if (!needed[static_cast<std::size_t>(k)]) continue;
      auto& source = sources[static_cast<std::size_t>(k)];
      if (read.is(k, "input")) {
        source = Source{Source::Kind::frame};
      } else if (read.is(k, "add")) {
        source = Source{Source::Kind::sum, sums.size()};
        steps.push_back(
            {true, sums.size(), source_of(read.before(k)), source_of(read.graph[k].inputs.at(1))});
        sums.push_back(read.graph[k].size);
      } else if (read.is(k, "lstm")) {
        int x = read.behind_dropout(read.before(k));
        const int bn = read.is(x, "batch_norm") ? x : kNone;
        if (bn != kNone) x = read.before(bn);
        source = add_lstm(read, k, bn, source_of(x));
      } else if (!read.is(k, "dropout") && !read.is(k, "batch_norm")) {
        read.refuse(k, "nothing computes it frame by frame");
      }
    }
    return *sources.back();
  }

  Source add_lstm(const Reader<T>& read, int node, int bn, Source from) {
    const Graph::Node& lstm = read.graph[node];
    if (lstm.attributes.at("direction") != "forward")
      read.refuse(node, "it looks ahead, so it is not causal");
    if (lstm.attributes.at("initial_state") != "zeros")
      read.refuse(node, "expects to start from 0");
    const int depth = lstm.attributes.at("layers");
    for (int k = 0; k < depth; ++k) {
      const auto part = [&](const char* of) -> const Tensor<T>& {
        return read.tensors[lstm.name + "." + of + "_l" + std::to_string(k)];
      };
      const Tensor<T>&w = part("weight_ih"), &b = part("bias_ih");
      const Affine<T> input = read.fold(k == 0 ? bn : kNone, w, b);
      steps.push_back({false, layers.size(), from});
      from = {Source::Kind::cell, layers.size()};
      Layer& layer = layers.emplace_back(static_cast<int>(w.dim(1)), lstm.size, Tensor<T>());
      layer.packed = Tensor<T>({sizes(layer).cell});
      kernel->pack_cell(
          layer.input, layer.hidden,
          {input.w.data(), part("weight_hh").data(), input.b.data(), part("bias_hh").data()},
          layer.packed.data());
    }
    return from;
  }
};

template <Real T>
StreamingClassifier<T>::StreamingClassifier(const Model<T>& model, std::string_view kernel,
                                            std::string_view head)
    : weights_(std::make_shared<const Weights>(model, kernel, head)) {
  const Weights& w = *weights_;
  for (const auto& layer : w.layers) {
    const StreamSizes s = w.sizes(layer);
    cells_.push_back({Tensor<T>({s.gates}), Tensor<T>({s.state}), Tensor<T>({s.state})});
  }
  const StreamSizes s = w.sizes(w.layers[w.attended]);
  for (std::int64_t size : w.sums) sums_.push_back(Tensor<T>({size}));
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
  const auto value = [&](Source source) -> const T* {
    if (source.kind == Source::Kind::frame) return frame.data();
    return source.kind == Source::Kind::cell ? cells_[source.index].h.data()
                                             : sums_[source.index].data();
  };
  for (const auto& step : weights_->steps) {
    const T* x = value(step.from);
    if (!step.is_sum) {
      kernel.step(cell(step.target), x);
      continue;
    }
    const T* y = value(step.other);
    Tensor<T>& sum = sums_[step.target];
    T* r = sum.data();
    for (std::int64_t d = 0; d < sum.size(); ++d) r[d] = x[d] + y[d];
  }
  kernel.attend(head(), cells_[weights_->attended].h.data());
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
  return weights_->features;
}

template <Real T>
int StreamingClassifier<T>::hidden() const {
  return weights_->layers[weights_->attended].hidden;
}

template <Real T>
int StreamingClassifier<T>::classes() const {
  return weights_->classes;
}

template class StreamingClassifier<float>;
template class StreamingClassifier<double>;

}  // namespace sonant
