#include <iostream>

#include <sonant/audio/frontends/precomputed.h>
#include <sonant/core/random.h>
#include <sonant/train/evaluate.h>
#include <sonant/train/experiment/run.h>

using namespace sonant;

int main() {
  // [training]
  // Features of your own: 4 numbers per frame; "rising" sequences grow, "falling" ones shrink.
  Dataset data;
  data.settings = FeatureSettings("precomputed", PrecomputedSettings{.width = 4});
  data.corpus.name = "slopes";
  data.corpus.class_names = {"rising", "falling"};
  for (int i = 0; i < 60; ++i) {
    Tensor<float> x({10 + i % 7, 4});
    const float slope = i % 2 == 0 ? 0.2f : -0.2f;
    Random(1, static_cast<std::uint64_t>(i)).fill_normal(x.span(), 0.0f, 1.0f);
    for (std::int64_t k = 0; k < x.size(); ++k) x[k] += slope * static_cast<float>(k / 4);
    data.features.push_back(x);
    Clip clip;
    clip.label = i % 2;
    clip.speaker = i / 12;  // five speakers
    clip.speaker_name = std::to_string(clip.speaker);
    data.corpus.clips.push_back(clip);
  }

  const Split split = make_split(usual_protocol(data.corpus), data.corpus);
  normalise(data, split.train);
  TrainConfig config;
  config.model = "lstm-sa-h8";
  config.epochs = 30;
  config.lr = 0.01;
  Trainer trainer = make_trainer(data, split, config);
  trainer.run();
  const Evaluation test = evaluate(trainer.best_model(), data, split.test, 16);
  std::cout << "UAR on speaker 0: " << test.metrics.uar << '\n'
            << "weights " << weights_hash(trainer.best_model()) << '\n';
  // [/training]
  return test.metrics.uar > 0.8 ? 0 : 1;
}
