// A model that no registry knows, trained to two things at once.
#include <iostream>

#include <sonant/audio/frontends/precomputed.h>
#include <sonant/core/random.h>
#include <sonant/nn/layers.h>
#include <sonant/train/evaluate.h>
#include <sonant/train/trainer.h>

using namespace sonant;

// [model]
// An LSTM, and a linear layer on its last state for each head.
class LastState : public Model<float> {
 public:
  LastState(int features, std::vector<Head> heads, const Random& random)
      : Model<float>(
            ModelSpec{.family = "last-state", .input = features, .heads = std::move(heads)}),
        lstm(features, 12, random.split(0)) {
    for (std::size_t k = 0; k < spec().heads.size(); ++k)
      fc.emplace_back(12, spec().heads[k].outputs, random.split(1 + k));
  }
  ModelOutput<float> forward(const Packed<float>& x) override {
    const Var<float> last = lstm.run(x).last[0].h;
    PoolVector<Var<float>> answers;
    for (Linear<float>& layer : fc) answers.push_back(layer(last));
    return {std::move(answers), last};
  }
  void describe(Graph& g) const override {
    const auto last = g.last_state(g.lstm("lstm", g.input(spec().input), 12));
    for (const Head& head : spec().heads)
      g.head(head.name, g.linear("fc_" + head.name, last, head.outputs));
  }
  void visit(Visitor<float>& v) override {
    v("lstm", lstm);
    for (std::size_t k = 0; k < fc.size(); ++k) v("fc_" + spec().heads[k].name, fc[k]);
  }
  std::unique_ptr<Model<float>> clone() const override {
    return std::make_unique<LastState>(*this);
  }

 private:
  Lstm<float> lstm;
  std::vector<Linear<float>> fc;
};
// [/model]

// Sequences that rise or fall, more or less steeply.
Dataset slopes() {
  Dataset data;
  data.settings = FeatureSettings("precomputed", PrecomputedSettings{.width = 4});
  data.corpus.name = "slopes";
  data.corpus.class_names = {"rising", "falling"};
  for (int i = 0; i < 60; ++i) {
    Tensor<float> x({10 + i % 7, 4});
    const float slope = (i % 2 == 0 ? 0.02f : -0.02f) * static_cast<float>(1 + i % 5);
    Random(1, static_cast<std::uint64_t>(i)).fill_normal(x.span(), 0.0f, 0.3f);
    for (std::int64_t k = 0; k < x.size(); ++k) x[k] += slope * static_cast<float>(k / 4);
    data.features.push_back(x);
    Clip clip;
    clip.label = i % 2;
    clip.columns["slope"] = std::to_string(slope);
    clip.speaker = i / 12;  // five speakers
    clip.speaker_name = std::to_string(clip.speaker);
    data.corpus.clips.push_back(clip);
  }
  return data;
}

int main() {
  // [training]
  Dataset data = slopes();
  const Split split = make_split(usual_protocol(data.corpus), data.corpus);
  normalise(data, split.train);

  // The slope picks the epoch.
  const Task task = parse_task("direction:emotion, slope concordance 0.5", "slope");
  const std::vector<Head> heads = heads_of(task, targets_of(task, data.corpus));
  auto model = std::make_unique<LastState>(data.dims(), heads, Random(1, 0));
  auto optimizer = make_optimizer<float>(*model, {.name = "adam"});
  TrainConfig loop;
  loop.epochs = 30;
  loop.lr = 0.01;
  Trainer trainer(std::move(model), task, data, split, std::move(optimizer), loop);
  trainer.run();

  const Evaluation test = evaluate(trainer.best_model(), data, split.test, 16, task);
  std::cout << "CCC of the slope " << test.numbers.ccc << ", UAR of the direction "
            << test.others[0].metrics.uar << '\n';
  // [/training]
  return test.numbers.ccc > 0.5 && test.others[0].metrics.uar > 0.7 ? 0 : 1;
}
