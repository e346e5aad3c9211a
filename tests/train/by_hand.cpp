#include "train/by_hand.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include <sonant/audio/frontends/precomputed.h>
#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/random.h>
#include <sonant/train/batch.h>
#include <sonant/train/checkpoint.h>
#include <sonant/train/optimizer.h>

#include "support/models.h"

namespace sonant::test {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

// SGDR, equation 5: one cycle after the other.
double rate_by_hand(const TrainConfig& c, int epoch) {
  if (c.schedule == "constant") return c.lr;
  int length = c.cycles > 0 ? std::max(1, c.epochs / c.cycles) : c.t0, in_cycle = 0;
  for (int e = 0; e < epoch; ++e) {
    if (++in_cycle < length) continue;
    in_cycle = 0;
    length *= c.t_mult;
  }
  const double low = c.lr * c.eta_min_ratio;
  return low + (c.lr - low) * (1 + std::cos(std::numbers::pi * in_cycle / length)) / 2;
}

std::vector<std::vector<int>> batches_by_hand(const std::vector<int>& clips, const TrainConfig& c,
                                              int epoch) {
  const auto order = Random(c.seed, 0x73687566)
                         .split(static_cast<std::uint64_t>(epoch))
                         .permutation(static_cast<int>(clips.size()));
  std::vector<std::vector<int>> batches;
  for (int place : order) {
    if (batches.empty() || std::ssize(batches.back()) == c.batch_size) batches.emplace_back();
    batches.back().push_back(clips[at(place)]);
  }
  if (batches.back().size() == 1) {
    batches[batches.size() - 2].push_back(batches.back().front());
    batches.pop_back();
  }
  return batches;
}

PoolVector<double> weights_by_hand(const std::vector<int>& labels, int classes) {
  PoolVector<double> weights;
  for (int c = 0; c < classes; ++c) {
    const auto n = std::count(labels.begin(), labels.end(), c);
    const double all = static_cast<double>(labels.size());
    weights.push_back(n == 0 ? 0 : all / classes / static_cast<double>(n));
  }
  return weights;
}

void clip_by_hand(Model<float>& model, double largest) {
  double squares = 0;
  for (Parameter<float>* p : model.parameters())
    for (float g : p->grad.span()) squares += static_cast<double>(g) * static_cast<double>(g);
  const double scale = largest / (std::sqrt(squares) + 1e-6);
  if (scale >= 1) return;
  for (Parameter<float>* p : model.parameters())
    for (float& g : p->grad.span()) g *= static_cast<float>(scale);
}

int largest_of(const Tensor<float>& logits, int row) {
  int best = 0;
  for (int c = 1; c < logits.dim(1); ++c)
    if (logits(row, c) > logits(row, best)) best = c;
  return best;
}

}  // namespace

Dataset invented_dataset() {
  Dataset data;
  data.settings = FeatureSettings("precomputed", PrecomputedSettings{.width = 4});
  data.corpus.name = "invented.csv";
  data.corpus.class_names = {"calm", "cross", "glad"};
  data.fingerprint = "invented";
  for (int n = 0; n < 36; ++n) {
    Clip clip;
    clip.speaker = n * 5 % 6;  // 0 5 4 3 2 1, again and again
    clip.speaker_name = "s" + std::to_string(clip.speaker);
    clip.path = "clip" + std::to_string(100 + n) + ".wav";
    clip.label = n % 7 < 3 ? 0 : n % 7 < 5 ? 1 : 2;
    clip.columns["split"] = clip.speaker < 2 ? "test" : clip.speaker == 2 ? "validation" : "train";
    const int length = 3 + (n * 17) % 36;
    Tensor<float> x({length, 4});
    Random(31, static_cast<std::uint64_t>(n)).fill_normal(x.span(), 0.0f, 1.0f);
    for (int t = 0; t < length; ++t)
      for (int f = 0; f < 4; ++f) {
        const int signal = f == clip.label ? 1 : 0;
        x(t, f) = static_cast<float>(f + 1) * (x(t, f) + 0.6f * static_cast<float>(signal)) +
                  static_cast<float>(10 * f - 3 * clip.speaker);
      }
    data.features.push_back(std::move(x));
    data.corpus.clips.push_back(std::move(clip));
  }
  data.sample_rates = {{8000, 36}};
  return data;
}

std::vector<int> labels_by_hand(const Dataset& data, const std::vector<int>& clips) {
  std::vector<int> labels;
  for (int i : clips) labels.push_back(data.corpus.clips[at(i)].label);
  return labels;
}

double uar_by_hand(const std::vector<int>& labels, const std::vector<int>& predicted) {
  std::map<int, std::pair<double, double>> right_of_all;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    auto& [right, all] = right_of_all[labels[i]];
    right += labels[i] == predicted[i];
    all += 1;
  }
  double sum = 0;
  for (const auto& [label, counts] : right_of_all) sum += counts.first / counts.second;
  return sum / static_cast<double>(right_of_all.size());
}

Judgement judge_by_hand(Model<float>& model, const Dataset& data, const std::vector<int>& clips) {
  Judgement j;
  const std::vector<int> labels = labels_by_hand(data, clips);
  for (std::size_t n = 0; n < clips.size(); ++n) {
    const Tensor<float>& x = data.features[at(clips[n])];
    const std::vector<int> length = {static_cast<int>(x.dim(0))};
    Tape<float> tape(TapeMode::inference);
    const auto output = model({tape.constant(x), make_layout(length)});
    const Tensor<float>& z = output.head().value();
    double sum = 0;
    std::vector<double> p;
    for (float score : z.span()) sum += p.emplace_back(std::exp(static_cast<double>(score)));
    for (double& share : p) share /= sum;
    j.loss -= std::log(p[at(labels[n])]) / static_cast<double>(clips.size());
    j.predicted.push_back(largest_of(z, 0));
    j.accuracy += j.predicted.back() == labels[n] ? 1.0 / static_cast<double>(clips.size()) : 0;
    j.probabilities.push_back(std::move(p));
  }
  j.uar = uar_by_hand(labels, j.predicted);
  return j;
}

HandRun train_by_hand(const Dataset& data, const Split& split, const TrainConfig& c) {
  ModelSpec spec = c.model_spec(data.settings.dims(), {{"emotion", data.classes()}});
  spec.padding = find_protocol(c.protocol).rules.padding;
  const auto model = make_model<float>(spec, c.seed);
  const auto optimizer = make_optimizer<float>(model->parameters(), {.name = c.optimizer,
                                                                     .lr = c.lr,
                                                                     .weight_decay = c.weight_decay,
                                                                     .momentum = c.momentum,
                                                                     .nesterov = c.nesterov});
  CrossEntropyOptions loss_options{.label_smoothing = c.label_smoothing};
  if (c.class_weights)
    loss_options.class_weights = weights_by_hand(labels_by_hand(data, split.train), data.classes());
  HandRun run;
  for (int epoch = 0; epoch < c.epochs; ++epoch) {
    EpochRecord record;
    record.epoch = epoch + 1;
    record.lr = rate_by_hand(c, epoch);
    std::vector<int> labels, predicted;
    std::vector<double> losses;  // one for each utterance: that of its batch
    for (const auto& clips : batches_by_hand(split.train, c, epoch)) {
      Batch batch = make_batch(data, clips);
      Tape<float> tape(TapeMode::record, c.seed, run.losses.size());
      model->train();
      const auto output = (*model)({tape.constant(std::move(batch.data)), batch.layout});
      const auto loss = cross_entropy<float>(output.head(), batch.labels, loss_options);
      for (Parameter<float>* p : model->parameters()) p->zero_grad();
      loss.backward();
      if (c.clip > 0) clip_by_hand(*model, c.clip);
      optimizer->set_lr(record.lr);
      optimizer->step();
      run.losses.push_back(loss.value().item());
      for (std::size_t b = 0; b < clips.size(); ++b) {
        labels.push_back(batch.labels[b]);
        predicted.push_back(largest_of(output.head().value(), static_cast<int>(b)));
        losses.push_back(run.losses.back());
      }
    }
    for (double loss : losses) record.train_loss += loss / static_cast<double>(losses.size());
    record.train_figure = uar_by_hand(labels, predicted);
    model->eval();
    const Judgement chosen_by = judge_by_hand(*model, data, split.choose);
    record.choose_loss = chosen_by.loss;
    record.choose_figure = chosen_by.uar;
    record.choose_accuracy = chosen_by.accuracy;
    record.weights_hash = weights_hash(*model);
    if (run.best == nullptr || record.choose_figure > run.best_choose_figure) {
      run.best = model->clone();
      run.best_epoch = record.epoch;
      run.best_choose_figure = record.choose_figure;
    }
    run.epochs.push_back(std::move(record));
  }
  run.best->eval();
  return run;
}

Normaliser normalise_by_hand(Dataset& data, const std::vector<int>& fit_on) {
  Normaliser n;
  for (std::int64_t f = 0; f < data.settings.dims(); ++f) {
    std::vector<double> column;
    for (int i : fit_on) {
      const Tensor<float>& x = data.features[at(i)];
      for (std::int64_t t = 0; t < x.dim(0); ++t) column.push_back(static_cast<double>(x(t, f)));
    }
    double mean = 0, variance = 0;
    for (double v : column) mean += v;
    mean /= static_cast<double>(column.size());
    for (double v : column) variance += (v - mean) * (v - mean);
    n.mean.push_back(mean);
    n.stddev.push_back(std::sqrt(variance / static_cast<double>(column.size())));
  }
  for (Tensor<float>& x : data.features)
    for (std::int64_t t = 0; t < x.dim(0); ++t)
      for (std::int64_t f = 0; f < x.dim(1); ++f)
        x(t, f) =
            static_cast<float>((static_cast<double>(x(t, f)) - n.mean[at(static_cast<int>(f))]) /
                               n.stddev[at(static_cast<int>(f))]);
  return n;
}

void register_test_choosers() {
  if (search_protocol("test") != nullptr) return;
  for (const bool alone : {false, true}) {
    Protocol row{.name = alone ? "test-alone" : "test",
                 .what = "the test speakers choose",
                 .leaks = "they do",
                 .rules = {.chooser = Chooser::test},
                 .splits = {}};
    row.splits = [=](const Corpus& corpus, const ProtocolSettings&) {
      Split split = make_split(usual_protocol(corpus), corpus);
      if (alone) {
        split.train.insert(split.train.end(), split.choose.begin(), split.choose.end());
        std::sort(split.train.begin(), split.train.end());
      }
      split.choose = split.test;
      return std::vector{split};
    };
    register_protocol(row);
  }
}

}  // namespace sonant::test
