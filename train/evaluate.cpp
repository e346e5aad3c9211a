#include <sonant/train/evaluate.h>

#include <algorithm>
#include <cmath>

#include <sonant/train/batch.h>

namespace sonant {
// exp(z_c - max) / sum: the largest exponent is 0, so nothing overflows.
std::vector<double> class_probabilities(const Tensor<float>& scores, int b) {
  const auto classes = static_cast<std::size_t>(scores.dim(1));
  const float* z = scores.data() + static_cast<std::size_t>(b) * classes;
  const double largest = *std::max_element(z, z + classes);
  std::vector<double> p(classes);
  double sum = 0;
  for (std::size_t c = 0; c < classes; ++c) sum += p[c] = std::exp(z[c] - largest);
  for (double& v : p) v /= sum;
  return p;
}

void check_answer(std::span<const double> probabilities, const std::string& what) {
  const bool finite = std::all_of(probabilities.begin(), probabilities.end(),
                                  [](double p) { return std::isfinite(p); });
  check(finite, "answer", what,
        ": the model answers with NaN; expected one whose training went well",
        " (its weights are damaged, or it was trained with --no-check-finite)");
}

int predicted_class(const Tensor<float>& scores, int b) {
  const std::int64_t classes = scores.dim(1);
  const float* row = scores.data() + b * classes;
  return static_cast<int>(std::max_element(row, row + classes) - row);
}

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
