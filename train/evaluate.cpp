#include <sonant/train/evaluate.h>

#include <cmath>

#include <sonant/nn/class_scores.h>
#include <sonant/train/batch.h>

namespace sonant {

Evaluation evaluate(Model<float>& model, const DataView& view, std::span<const int> clips,
                    int batch_size) {
  const EvalMode mode(model);
  Evaluation result;
  ConfusionMatrix confusion(model.spec().heads.front().outputs);
  double loss = 0;
  for (const auto& chosen : ordered_batches(clips, batch_size)) {
    Batch batch = make_batch(view, chosen);
    Tape<float> tape(TapeMode::inference);
    const auto output = model({tape.constant(std::move(batch.data)), batch.layout});
    const Tensor<float>& logits = output.head().value();
    std::vector<FilePrediction> in_order(chosen.size());
    for (int b = 0; b < batch.layout->batch(); ++b) {
      const auto k = static_cast<std::size_t>(b);
      const auto& clip = view.data().corpus.clips[static_cast<std::size_t>(batch.clips[k])];
      FilePrediction p{clip.path.native(), clip.label, predicted_class(logits, b),
                       class_probabilities(logits, b)};
      confusion.add(p.label, p.predicted);
      in_order[static_cast<std::size_t>(batch.chosen[k])] = std::move(p);
    }
    for (FilePrediction& p : in_order) {
      loss -= std::log(p.probabilities[static_cast<std::size_t>(p.label)]);
      result.predictions.push_back(std::move(p));
    }
  }
  result.metrics = compute_metrics(confusion);
  if (!clips.empty()) result.loss = loss / static_cast<double>(clips.size());
  return result;
}

}  // namespace sonant
