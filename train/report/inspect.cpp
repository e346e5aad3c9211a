#include <sonant/train/report/inspect.h>

#include <algorithm>
#include <numeric>

#include <sonant/nn/models/res_lstm_sa.h>
#include <sonant/train/dataset.h>
#include <sonant/train/evaluate.h>

namespace sonant {
namespace {

LayerInspection look_into(const std::string& name, Lstm<float>& lstm, const Tape<float>& tape,
                          const Tensor<float>& input) {
  return {name, tape.marked(&lstm).value(), trace_lstm<float>(lstm.cells.front(), input)};
}

// The LSTMs run forwards and see nothing of the future, so the sound that ends with frame t has the
// first t + 1 rows of h: only attention and classifier are asked again.
Tensor<double> answers_so_far(AttentionHead<float>& head, const Tensor<float>& h, Padding padding) {
  const std::int64_t H = h.dim(1);
  const int classes = static_cast<int>(head.fc.weight.value.dim(0));
  Tensor<double> so_far({h.dim(0), classes});
  for (int steps = 1; steps <= h.dim(0); ++steps) {
    Tape<float> tape(TapeMode::inference);
    const auto rows = h.span().first(static_cast<std::size_t>(steps * H));
    const Packed<float> beginning{tape.constant(Tensor<float>({steps, H}, rows)),
                                  make_layout(std::span(&steps, 1))};
    const auto p = class_probabilities(head(beginning, padding).logits.value(), 0);
    for (int c = 0; c < classes; ++c) so_far(steps - 1, c) = p[static_cast<std::size_t>(c)];
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
  result.features = normalised_features(result.sound, model.features, model.normaliser);
  const int steps = static_cast<int>(result.features.dim(0));
  Tape<float> tape(TapeMode::inference);
  const auto output =
      (*model.classifier)({tape.constant(result.features), make_layout(std::span(&steps, 1))});

  result.probabilities = class_probabilities(output.logits.value(), 0);
  check_answer(result.probabilities, "sound");

  AttentionHead<float>* head = nullptr;
  if (auto* residual = dynamic_cast<ResLstmSa<float>*>(model.classifier.get())) {
    const Tensor<float>& normalised = tape.marked(&residual->bn_residual).value();
    result.layers.push_back(look_into("lstm1", residual->lstm1, tape, result.features));
    result.layers.push_back(look_into("lstm2", residual->lstm2, tape, normalised));
    head = &residual->head;
  } else if (auto* single = dynamic_cast<LstmSa<float>*>(model.classifier.get())) {
    result.layers.push_back(look_into("lstm", single->lstm, tape, result.features));
    head = &single->head;
  }
  check(head != nullptr, "inspect", "expects a ResLSTM-SA or LSTM-SA, got ",
        model.classifier->config().name);

  const auto weights = output.attention.value().span();
  result.attention.assign(weights.begin(), weights.end());
  result.attended = attended_frames(result.attention);
  result.label = predicted_class(output.logits.value(), 0);
  result.so_far =
      answers_so_far(*head, result.layers.back().output, model.classifier->config().padding);
  return result;
}

}  // namespace sonant
