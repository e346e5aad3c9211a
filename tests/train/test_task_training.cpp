// Several heads in one training: the steps, the records, and what stops and goes on.
#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/ops/regression_losses.h>
#include <sonant/core/ops/shaping.h>
#include <sonant/core/ops/weighted_sum.h>
#include <sonant/train/batch.h>
#include <sonant/train/evaluate.h>

#include <algorithm>

#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/text.h"
#include "train/task_case.h"

using namespace sonant;
using namespace sonant::test;

namespace {

// Of classes, by those of the clips that have one.
PoolVector<double> weights_by_hand(auto label_of, int classes, const std::vector<int>& clips) {
  PoolVector<double> w(static_cast<std::size_t>(classes), 0.0);
  double known = 0;
  for (int i : clips)
    if (label_of(i) >= 0) ++w[static_cast<std::size_t>(label_of(i))], ++known;
  for (double& n : w) n = known / classes / n;
  return w;
}

}  // namespace

TEST_CASE("A training of three heads is the one that is written out by hand", "[train]") {
  const Dataset data = with_columns();
  const Split split = make_split(usual_protocol(data.corpus), data.corpus);
  TrainConfig config = config_of("emotion, some 0.3, pull concordance 0.5");
  config.class_weights = true;
  Trainer trainer = make_trainer(data, split, config);
  std::vector<double> losses;
  trainer.run({.batch = [&](const BatchProgress& p) { losses.push_back(p.loss); }});

  ModelSpec spec = model_spec("reslstm-sa-h5", 4);
  spec.heads = {{"emotion", 3}, {"some", 2}, {"pull", 1}};
  spec.set("dropout", 0.4);
  const auto model = make_model<float>(spec, config.seed);
  const auto adam = make_optimizer<float>(*model, config.optimizer_settings());
  const auto clip_of = [&](int i) -> const Clip& {
    return data.corpus.clips[static_cast<std::size_t>(i)];
  };
  const auto emotion = [&](int i) { return clip_of(i).label; };
  const auto some = [&](int i) {
    const std::string& word = clip_of(i).column("some");
    return word.empty() ? -1 : word == "here" ? 0 : 1;
  };
  const auto emotion_weights = weights_by_hand(emotion, 3, split.train);
  const auto some_weights = weights_by_hand(some, 2, split.train);
  std::vector<double> by_hand;
  for (int epoch = 0; epoch < 3; ++epoch) {
    for (const auto& clips : shuffled_batches(split.train, 7, config.seed, epoch)) {
      Batch batch = make_batch(data, clips);
      Tape<float> tape(TapeMode::record, config.seed, by_hand.size());
      model->train();
      const auto output = (*model)({tape.constant(std::move(batch.data)), batch.layout});
      std::vector<int> emotions, somes, some_rows, pull_rows;
      std::vector<double> pulls;
      for (int b = 0; b < std::ssize(clips); ++b) {
        const int clip = batch.clips[static_cast<std::size_t>(b)];
        emotions.push_back(emotion(clip));
        if (some(clip) >= 0) some_rows.push_back(b), somes.push_back(some(clip));
        const std::string& pull = clip_of(clip).column("pull");
        if (!pull.empty()) pull_rows.push_back(b), pulls.push_back(std::stod(pull));
      }
      const std::vector<Var<float>> all = {
          cross_entropy<float>(output.head("emotion"), emotions,
                               {.class_weights = emotion_weights}),
          cross_entropy<float>(gather(output.head("some"), 0, some_rows), somes,
                               {.class_weights = some_weights}),
          concordance_loss<float>(gather(output.head("pull"), 0, pull_rows), pulls)};
      const std::vector<double> shares = {1, 0.3, 0.5};
      const Var<float> loss = weighted_sum<float>(all, shares);
      adam->zero_grad();
      loss.backward();
      adam->set_lr(trainer.state().history[static_cast<std::size_t>(epoch)].lr);
      adam->step();
      by_hand.push_back(static_cast<double>(loss.value().item()));
    }
    CHECK(weights_hash(*model) ==
          trainer.state().history[static_cast<std::size_t>(epoch)].weights_hash);
  }
  CHECK(losses == by_hand);
}

TEST_CASE("Records and evaluations carry every head, and the watched one chooses", "[train]") {
  const Dataset data = with_columns();
  const Split split = make_split(usual_protocol(data.corpus), data.corpus);
  TrainConfig config = config_of("emotion 2, some 0.3, pull concordance 0.5");
  config.watch = "pull";
  config.epochs = 6;
  Trainer trainer = make_trainer(data, split, config);
  trainer.run();
  double best = -2;
  for (const EpochRecord& e : trainer.state().history) {
    REQUIRE(e.heads.size() == 3);
    CHECK(e.heads[2].head == "pull");
    CHECK_FALSE(e.heads[2].of_classes);
    CHECK(e.choose_figure == e.heads[2].choose_figure);
    CHECK(e.train_figure == e.heads[2].train_figure);
    CHECK(e.choose_loss == Approx(2 * e.heads[0].choose_loss + 0.3 * e.heads[1].choose_loss +
                                  0.5 * e.heads[2].choose_loss));
    best = std::max(best, e.choose_figure);
  }
  CHECK(trainer.state().best_choose_figure == best);
  const Evaluation e = evaluate(trainer.best_model(), data, split.choose, 4, trainer.task());
  CHECK(e.head == "pull");
  CHECK(e.figure() == Approx(best));
  // The figures by hand: CCC, and the losses of all clips at once.
  std::vector<double> y, x;
  for (const FilePrediction& p : e.predictions) y.push_back(p.truth), x.push_back(p.number);
  std::size_t known = 0;
  for (int i : split.choose)
    known += !data.corpus.clips[static_cast<std::size_t>(i)].column("pull").empty();
  REQUIRE(y.size() == known);
  REQUIRE(known < split.choose.size());
  double my = 0, mx = 0, yy = 0, xx = 0, xy = 0;
  const double n = static_cast<double>(known);
  for (std::size_t i = 0; i < known; ++i) my += y[i] / n, mx += x[i] / n;
  for (std::size_t i = 0; i < known; ++i)
    yy += (y[i] - my) * (y[i] - my), xx += (x[i] - mx) * (x[i] - mx),
        xy += (x[i] - mx) * (y[i] - my);
  CHECK(e.numbers.ccc == Approx(2 * xy / (xx + yy + n * (mx - my) * (mx - my))));
  CHECK(e.loss == Approx(1 - e.numbers.ccc).epsilon(1e-5));
  REQUIRE(e.others.size() == 2);
  CHECK(e.others[0].head == "emotion");
  CHECK(e.others[0].metrics.count == 6);
  const Evaluation test = evaluate(trainer.best_model(), data, split.test, 4, trainer.task());
  CHECK(test.others[1].metrics.count == 6);  // of 12, every other one has an empty cell
  CHECK(test.others[1].predictions.size() == 6);
}

TEST_CASE("A head of weight 0 is judged, and changes nothing but itself", "[train]") {
  const Dataset data = with_columns();
  const Split split = make_split(usual_protocol(data.corpus), data.corpus);
  Trainer alone = make_trainer(data, split, config_of("emotion"));
  Trainer both = make_trainer(data, split, config_of("emotion, kind 0"));
  Trainer weighed = make_trainer(data, split, config_of("emotion, kind 0.1"));
  alone.run(), both.run(), weighed.run();
  std::size_t of_kind = 0;
  bool differs = false;
  for (const auto& [name, parameter] : both.state().model->named_parameters()) {
    INFO(name);
    if (name.starts_with("fc_kind")) {
      ++of_kind;
      continue;
    }
    const auto value_in = [&name = name](const Trainer& trainer) {
      for (const auto& [other, p] : trainer.state().model->named_parameters())
        if (other == name) return p->value;
      return Tensor<float>();
    };
    CHECK(parameter->value == value_in(alone));
    differs = differs || !(parameter->value == value_in(weighed));
  }
  CHECK(of_kind == 2);
  CHECK(differs);
  CHECK(both.state().history[0].heads[1].choose_figure >= 0);
  CHECK(both.state().history[0].choose_loss == alone.state().history[0].choose_loss);
}

TEST_CASE("A stopped training of several heads goes on to the same bits", "[train]") {
  const Dataset data = with_columns();
  const Split split = make_split(usual_protocol(data.corpus), data.corpus);
  TrainConfig config = config_of("emotion, some focal 0.3, pull concordance 0.5");
  config.watch = "some";
  Trainer straight = make_trainer(data, split, config);
  straight.run();
  const TempFolder folder;
  for (int steps : {1, 2, 4}) {
    Trainer first = make_trainer(data, split, config);
    first.checkpoint_to(folder / "c");
    int done = 0;
    CHECK_FALSE(first.run({.stop = [&] { return ++done == steps; }}));
    Trainer second = make_trainer(data, split, config);
    second.resume(folder / "c");
    second.run();
    CHECK(hashes_of(second) == hashes_of(straight));
    for (std::size_t e = 0; e < 3; ++e)
      for (std::size_t k = 0; k < 3; ++k) {
        const HeadRecord &a = second.state().history[e].heads[k],
                         &b = straight.state().history[e].heads[k];
        CHECK(a.train_loss == b.train_loss);
        CHECK(a.train_figure == b.train_figure);
        CHECK(a.choose_loss == b.choose_loss);
      }
  }
  // Another cell is another run.
  Dataset other = data;
  other.corpus.clips[1].columns["pull"] = "17";
  Trainer third = make_trainer(other, split, config);
  CHECK(has(refusal([&] { third.resume(folder / "c"); }), "data: fingerprint"));
}

TEST_CASE("Between backward and step the gradients can be looked at and changed", "[train]") {
  const Dataset data = with_columns();
  const Split split = make_split(usual_protocol(data.corpus), data.corpus);
  TrainConfig config = config_of("");
  config.optimizer = "sgd";
  config.weight_decay = 0;
  int steps = 0;
  const auto run = [&](float factor, double lr) {
    config.lr = lr;
    Trainer trainer = make_trainer(data, split, config);
    steps = 0;
    trainer.run({.gradients = [&] {
      ++steps;
      for (Parameter<float>* p : trainer.state().model->parameters())
        for (float& g : p->grad.span()) g *= factor;
    }});
    return hashes_of(trainer);
  };
  const auto as_without = run(1, 0.02);
  config.lr = 0.02;
  CHECK(as_without == hashes(data, config));
  CHECK(steps == 9);
  CHECK(run(2, 0.01) == as_without);
  CHECK(run(2, 0.02) != as_without);
  config.accumulate = 2;  // one step of two batches, and one of one
  run(1, 0.02);
  CHECK(steps == 6);
}
