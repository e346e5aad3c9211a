#include <cmath>
#include <iostream>
#include <vector>

#include <sonant/core/random.h>
#include <sonant/nn/models/family.h>
#include <sonant/nn/models/streaming.h>

using namespace sonant;

int main() {
  const auto model = make_model<float>("reslstm-sa-h64", 1);
  Tensor<float> x({87, 46});  // an utterance: 87 frames of 46 normalised features
  Random(1).fill_normal(x.span(), 0.0f, 1.0f);

  // [streaming]
  StreamingClassifier<float> stream(*model);  // packs the weights, once
  std::vector<float> scores;
  for (std::size_t t = 0; t < 87; ++t) {
    stream.push(x.span().subspan(46 * t, 46));
    const auto now = stream.result();  // as the whole model on the frames so far
    if (t % 29 == 28) std::cout << now.frames << " frames: " << now.probabilities[0] << '\n';
    scores.push_back(now.score);
    stream.prepare_next();  // half of the next push, while nobody waits
  }

  // The weights of the frames are known once the last frame is.
  const double log_mass = stream.result().log_mass;
  double total = 0;
  for (float score : scores) total += std::exp(static_cast<double>(score) - log_mass);
  std::cout << "weights add up to " << total << '\n';
  // [/streaming]

  model->eval();
  Tape<float> tape(TapeMode::inference);
  const std::vector<int> lengths = {87};
  const auto whole = (*model)({tape.constant(x), make_layout(lengths)});
  return std::abs(total - 1) < 1e-5 &&
                 std::abs(whole.head().value()[0] - stream.result().logits[0]) < 1e-5f
             ? 0
             : 1;
}
