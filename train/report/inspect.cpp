#include <sonant/train/report/inspect.h>

#include <algorithm>
#include <map>
#include <numeric>

#include <sonant/nn/class_scores.h>
#include <sonant/nn/models/streaming.h>

namespace sonant {
namespace {

// What the layers of a model computed on a tape, by the model's description.
class Recording {
 public:
  Recording(Model<float>& model, const Tape<float>& tape, const Tensor<float>& features)
      : graph(model.graph()), tensors_(model), tape_(tape), features_(features) {
    for (const auto& [name, member] : model.members())
      if (auto* const* module = std::get_if<Module<float>*>(&member)) modules_[name] = *module;
  }

  Tensor<float> value(int node) const {
    const Graph::Node& of = graph[node];
    if (of.op == "input") return features_;
    if (of.op == "dropout") return value(of.inputs.at(0));  // which does nothing here
    if (of.op == "add") {
      Tensor<float> sum = value(of.inputs.at(0));
      const Tensor<float> other = value(of.inputs.at(1));
      for (std::int64_t n = 0; n < sum.size(); ++n) sum[n] += other[n];
      return sum;
    }
    const auto module = modules_.find(of.name);
    const Var<float> output =
        module == modules_.end() ? Var<float>() : tape_.marked(module->second);
    check(!output.empty(), "inspect", "does not know what the op ", of.op, " (\"", of.name,
          "\") computes");
    return output.value();
  }

  LayerInspection lstm(int node) const {
    const Graph::Node& of = graph[node];
    check(of.attributes.at("layers") == 1 && of.attributes.at("direction") == "forward", "inspect",
          "expects LSTMs of one layer that run forwards, got ", of.name);
    const auto part = [&](const char* name) {
      return Parameter<float>(tensors_[of.name + "." + name + "_l0"]);
    };
    const Lstm<float>::Cell cell{part("weight_ih"), part("weight_hh"), part("bias_ih"),
                                 part("bias_hh")};
    return {of.name, value(node), trace_lstm<float>(cell, value(of.inputs.at(0))), into(node)};
  }

  std::string into(int node) const {
    for (const Graph::Node& next : graph.nodes())
      if (std::ranges::count(next.inputs, node) > 0) return next.op;
    return "";
  }

  const Graph graph;

 private:
  Tensors<float> tensors_;
  const Tape<float>& tape_;
  const Tensor<float>& features_;
  std::map<std::string, const Module<float>*> modules_;
};

Tensor<double> answers_so_far(const Model<float>& model, const HeadLabels& head,
                              const Tensor<float>& features) {
  StreamingClassifier<float> stream(model, "", head.head);
  Tensor<double> so_far({features.dim(0), stream.classes()});
  const auto width = static_cast<std::size_t>(features.dim(1));
  for (std::int64_t t = 0; t < features.dim(0); ++t) {
    stream.push(features.span().subspan(static_cast<std::size_t>(t) * width, width));
    const StreamingResult<float> now = stream.result();
    const auto said = head.class_names.empty() ? now.logits : now.probabilities;
    for (int c = 0; c < stream.classes(); ++c)
      so_far(t, c) = static_cast<double>(said[static_cast<std::size_t>(c)]);
  }
  return so_far;
}

}  // namespace

std::vector<int> attended_frames(const std::vector<double>& attention, double share) {
  std::vector<int> frames(attention.size());
  std::iota(frames.begin(), frames.end(), 0);
  const auto weight = [&](int t) { return attention[static_cast<std::size_t>(t)]; };
  std::stable_sort(frames.begin(), frames.end(),
                   [&](int a, int b) { return weight(a) > weight(b); });
  double held = 0;
  std::size_t count = 0;
  while (count < frames.size() && held < share) held += weight(frames[count++]);
  frames.resize(count);
  std::sort(frames.begin(), frames.end());
  return frames;
}

Inspection inspect(const SpeechModel& model, Sound sound) {
  check(sound.seconds() <= max_inspected_seconds, "inspect", "expects a sound of at most ",
        max_inspected_seconds, " s, got ", sound.seconds(), " s: cut out what is to be looked at");
  Inspection result;
  result.recorded_rate = sound.sample_rate;
  result.sound = model.at_own_rate(std::move(sound));
  result.features = model.features_of(result.sound);
  const int steps = static_cast<int>(result.features.dim(0));
  Tape<float> tape(TapeMode::inference);
  const auto output =
      (*model.classifier)({tape.constant(result.features), make_layout(std::span(&steps, 1))});

  const HeadLabels head = model.labels().front();
  result.answer = answer_of(head, output.head(head.head).value().span(), "sound");

  const Recording recording(*model.classifier, tape, result.features);
  const auto is_missing = [&](const std::string& why) {
    result.missing += (result.missing.empty() ? "" : "; ") + why;
  };
  const auto unless_missing = [&](const char* what, const auto& work) {
    try {
      work();
    } catch (const Error& error) {
      is_missing(std::string(what) + ": " + error.what());
    }
  };
  for (int k = 0; k < std::ssize(recording.graph.nodes()); ++k)
    if (recording.graph[k].op == "lstm")
      unless_missing("a layer", [&] { result.layers.push_back(recording.lstm(k)); });
  if (result.layers.empty()) is_missing("no layer is shown");

  if (output.has_attention()) {
    const auto weights = output.attention().value().span();
    result.attention.assign(weights.begin(), weights.end());
    result.attended = attended_frames(result.attention);
  } else {
    is_missing("the model has no attention");
  }
  unless_missing("no answer so far",
                 [&] { result.so_far = answers_so_far(*model.classifier, head, result.features); });
  return result;
}

}  // namespace sonant
