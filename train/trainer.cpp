#include <sonant/train/trainer.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <sonant/core/finite.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/stopwatch.h>
#include <sonant/nn/class_scores.h>
#include <sonant/train/augment.h>
#include <sonant/train/batch.h>
#include <sonant/train/cluster/same_run.h>
#include <sonant/train/evaluate.h>
#include <sonant/train/hash.h>
#include <sonant/train/patience.h>
#include <sonant/train/read_ahead.h>

namespace sonant {
namespace {

// The features, who is in which part, and what is learnt beside the corpus' labels, which the
// features' fingerprint holds.
std::string fingerprint_of(const Dataset& data, const Split& split, const Task& task,
                           std::span<const Target> targets) {
  Hash hash;
  hash.add(std::string_view(data.fingerprint));
  for (const auto* part : {&split.train, &split.choose, &split.test}) {
    hash.add(static_cast<std::uint64_t>(part->size()));
    for (int clip : *part) hash.add(clip);
  }
  for (std::size_t k = 0; k < targets.size(); ++k) {
    if (task.objectives[k].column.empty()) continue;
    for (const std::string& name : targets[k].class_names) hash.add(std::string_view(name));
    for (int label : targets[k].labels) hash.add(label);
    for (double number : targets[k].numbers) hash.add(std::bit_cast<std::uint64_t>(number));
  }
  return hash.hex();
}

TaskLoss loss_of(const Task& task, const Corpus& corpus, const Split& split) {
  return TaskLoss(task, targets_of(task, corpus), split.train);
}

}  // namespace

Trainer::Trainer(std::unique_ptr<Model<float>> model, const Task& task, DataView view, Split split,
                 std::unique_ptr<Optimizer<float>> optimizer, const TrainConfig& config,
                 Communicator* ranks)
    : view_(std::move(view)),
      split_(std::move(split)),
      task_(task),
      loss_(loss_of(task, view_.data().corpus, split_)),
      ranks_(ranks && ranks->size() > 1 ? ranks : nullptr),
      each_(task.objectives.size()) {
  const std::vector<Head> heads = heads_of(task_, targets());
  for (const Head& head : heads)
    check(std::ranges::count(model->spec().heads, head) == 1, "Trainer",
          "expects a model with the head ", head.name, " of ", head.outputs, " outputs");
  check(optimizer->parameters() == model->parameters(), "Trainer",
        "expects an optimizer of the model's parameters, got one of others");
  const Dataset& data = view_.data();
  check(config.speed_share == 0 || data.copies.size() == copy_speeds(config).size(), "Trainer",
        "expects data with copies at other speeds, as speed_share is ", config.speed_share);
  state_ = start_training(std::move(model), std::move(optimizer), heads, config, data.settings,
                          fingerprint_of(data, split_, task_, targets()));
  penalty_ = L2Penalty(config.l2, config.l2_on, *state_.model);
  if (config.shards > 1 || ranks_)
    sharded_ = std::make_unique<ShardedStep>(*state_.model, config.shards, ranks_);
}

void Trainer::checkpoint_to(std::filesystem::path path, double seconds) {
  checkpoint_ = std::move(path);
  checkpoint_seconds_ = seconds;
}

void Trainer::save() const {
  if (!checkpoint_.empty() && (!ranks_ || ranks_->rank() == 0))
    save_checkpoint(state_, checkpoint_);
}

// Ranks stop after the same step.
bool Trainer::stops(const Callbacks& callbacks) const {
  const bool stop = callbacks.stop && callbacks.stop();
  return ranks_ ? ranks_->any(stop) : stop;
}

Model<float>& Trainer::best_model() const {
  check(state_.best != nullptr, "Trainer", "has no best weights before the first epoch is over");
  return *state_.best;
}

void Trainer::check_gradients(double loss) const {
  const auto stop = [&](const std::string& what) {
    fail("Trainer", what, " is not finite in epoch ", state_.epoch + 1, ", batch ",
         state_.batch + 1, " (step ", state_.step + 1, ", learning rate ", state_.optimizer->lr(),
         "); expected finite numbers: a lower lr or a clip may help");
  };
  if (!std::isfinite(loss)) stop("the loss");
  const auto& parameters = state_.optimizer->parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (!all_finite(parameters[i]->grad.span()))
      stop("the gradient of " + state_.model->named_parameters()[i].name);
}

// One batch's part of a step's gradient. Returns its loss.
double Trainer::add_gradients(std::span<const int> clips, double share) {
  double value = 0;
  if (!sharded_) {
    value = pass(*state_.model, clips, share, nullptr, each_, true);
  } else {
    sharded_->run([&](Model<float>& model, Exchange& others, bool first) {
      std::vector<double> each(each_.size());
      const double its = pass(model, clips, share, &others, first ? each_ : each, first);
      if (first) value = its;
    });
  }
  // Of shards the gradients are checked when they are one.
  if (state_.config.check_finite) check_gradients(value);
  state_.loss_sum += value * static_cast<double>(clips.size());
  state_.clips += std::ssize(clips);
  ++state_.batch;
  ++state_.step;
  return value;
}

// Forward and backward of a batch, or of a shard of it: then every shard has all shards' answers,
// computes the whole batch's loss, and takes it back through its own part. The first one here
// counts the answers.
double Trainer::pass(Model<float>& model, std::span<const int> clips, double share,
                     Exchange* others, std::span<double> each, bool first) {
  const BatchShard shard = others ? BatchShard{others->shard(), others->shards()} : BatchShard{};
  Batch batch = make_batch(view_, clips, shard, Augmentation(state_.config, state_.epoch));
  Tape<float> tape(TapeMode::record, state_.config.seed, static_cast<std::uint64_t>(state_.step),
                   others);
  if (!model.training()) model.train();  // which walks through all layers
  auto output = model({tape.constant(std::move(batch.data)), batch.layout});
  if (others) output = output.of_all_shards(std::ssize(clips));
  const Var<float> loss = loss_(output, batch.clips, each);
  double value = 0;
  if (!loss.empty()) {
    (share < 1 ? mul(loss, static_cast<float>(share)) : loss).backward();
    value = loss.value().item();
  }
  if (first) tally(output, batch.clips);
  return value;
}

void Trainer::tally(const ModelOutput<float>& output, std::span<const int> clips) {
  for (std::size_t k = 0; k < task_.objectives.size(); ++k) {
    const Target& target = targets()[k];
    const Tensor<float>& scores = output.head(task_.objectives[k].head).value();
    HeadTally& head = state_.heads[k];
    std::int64_t known = 0;
    for (std::size_t b = 0; b < clips.size(); ++b) {
      const auto clip = static_cast<std::size_t>(clips[b]);
      if (!target.known(clip)) continue;
      ++known;
      if (target.numbers.empty())
        head.classes.add(target.labels[clip], predicted_class(scores, static_cast<int>(b)));
      else
        head.numbers.add(target.numbers[clip],
                         static_cast<double>(scores[static_cast<std::int64_t>(b)]));
    }
    if (known < find_loss(task_.objectives[k].loss.name).at_least) continue;  // it had no loss
    head.loss_sum += each_[k] * static_cast<double>(known);
    head.clips += known;
  }
}

// The gradient of the mean loss of all utterances of these batches, and a step along it. Each batch
// has batch statistics and a dropout mask of its own.
double Trainer::train_step(std::span<const std::vector<int>> batches, double lr,
                           const Callbacks& callbacks) {
  const TrainConfig& config = state_.config;
  std::size_t utterances = 0;
  for (const auto& batch : batches) utterances += batch.size();
  state_.optimizer->zero_grad();
  if (sharded_) sharded_->begin();
  double loss = 0;
  for (const auto& batch : batches) {
    const double share = static_cast<double>(batch.size()) / static_cast<double>(utterances);
    loss += share * add_gradients(batch, share);
  }
  if (sharded_) sharded_->add_up();
  if (sharded_ && config.check_finite) check_gradients(loss);
  if (callbacks.gradients) callbacks.gradients();
  const double penalty = penalty_.add_to_gradients();
  loss += penalty;
  state_.loss_sum += penalty * static_cast<double>(utterances);
  if (config.clip > 0) clip_grad_norm(state_.optimizer->parameters(), config.clip);
  state_.optimizer->set_lr(lr);
  state_.optimizer->step();
  if (state_.average) state_.average->update(*state_.model);
  return loss;
}

// What is watched, of the epochs that are done.
std::vector<double> Trainer::figures() const {
  std::vector<double> all;
  for (const EpochRecord& epoch : state_.history) all.push_back(epoch.choose_figure);
  return all;
}

bool Trainer::out_of_patience() const {
  const TrainConfig& config = state_.config;
  return config.patience > 0 && Patience(config.patience, config.min_delta).tell(figures());
}

EpochRecord Trainer::record_of(const Evaluation& chosen, double lr) const {
  EpochRecord record;
  record.epoch = state_.epoch;
  record.lr = lr;
  record.of_classes = chosen.of_classes;
  record.train_loss = state_.loss_sum / static_cast<double>(state_.clips);
  record.train_figure = state_.heads[task_.watched].figure();
  record.choose_loss = weighted_loss(chosen, task_);
  record.choose_figure = chosen.figure();
  record.choose_accuracy = chosen.metrics.accuracy;
  if (task_.objectives.size() == 1 && chosen.of_classes) return record;
  for (std::size_t k = 0; k < task_.objectives.size(); ++k) {
    const HeadTally& head = state_.heads[k];
    for (const Evaluation* e : chosen.all())
      if (e->head == task_.objectives[k].head)
        record.heads.push_back({e->head, e->of_classes,
                                head.loss_sum / static_cast<double>(head.clips), head.figure(),
                                e->loss, e->figure()});
  }
  return record;
}

// Without anybody who chooses: no figure.
Evaluation Trainer::judged_by_chooser(Model<float>& model) const {
  if (!split_.choose.empty())
    return evaluate(model, view_, split_.choose, state_.config.batch_size, task_, targets(),
                    ranks_);
  const auto unknown = [](const Objective& objective) {
    Evaluation e;
    e.head = objective.head;
    e.of_classes = objective.of_classes();
    e.loss = e.metrics.uar = e.metrics.accuracy = e.numbers.ccc =
        std::numeric_limits<double>::quiet_NaN();
    return e;
  };
  Evaluation chosen = unknown(task_.watched_one());
  for (std::size_t k = 0; k < task_.objectives.size(); ++k)
    if (k != task_.watched) chosen.others.push_back(unknown(task_.objectives[k]));
  return chosen;
}

void Trainer::finish_epoch(double lr, double seconds) {
  const Stopwatch judging;
  auto judged = state_.average ? state_.model->clone() : nullptr;
  if (judged) state_.average->copy_to(*judged);
  Model<float>& model = judged ? *judged : *state_.model;
  const Evaluation chosen = judged_by_chooser(model);
  ++state_.epoch;
  EpochRecord record = record_of(chosen, lr);
  record.seconds = seconds + judging.seconds();
  record.weights_hash = weights_hash(model);
  if (ranks_)
    check_same_weights(*ranks_, record.weights_hash, "after epoch " + std::to_string(record.epoch));
  state_.history.push_back(std::move(record));
  if (!state_.best || state_.config.keep == Keep::last ||
      chosen.figure() > state_.best_choose_figure) {
    state_.best = model.clone();
    state_.best_epoch = state_.epoch;
    state_.best_choose_figure = chosen.figure();
  }
  state_.batch = 0;
  state_.loss_sum = 0;
  state_.clips = 0;
  for (HeadTally& head : state_.heads) head = HeadTally(head.classes.classes());
  state_.epoch_seconds = 0;
}

bool Trainer::run(const Callbacks& callbacks) {
  const TrainConfig& config = state_.config;
  const Schedule schedule = config.learning_rate();
  const Stopwatch running;
  double saved_at = 0;
  std::int64_t steps_here = 0;
  if (ranks_) check_same_run(*ranks_, state_);
  while (state_.epoch < config.epochs && !out_of_patience()) {
    const auto batches = epoch_batches(view_.data(), split_.train, config, state_.epoch);
    ReadAhead ahead(view_.data(), config.window > 0 ? std::span(batches).first(batches.size())
                                                    : std::span<const std::vector<int>>());
    const auto count = static_cast<std::int64_t>(batches.size());
    const std::vector<double> past = figures();
    const double lr = schedule.rate(state_.epoch, past), seconds_before = state_.epoch_seconds;
    const Stopwatch epoch;
    while (state_.batch < count) {
      ahead.before(static_cast<std::size_t>(state_.batch));
      const auto of_step = std::min<std::int64_t>(config.accumulate, count - state_.batch);
      const auto group = std::span(batches).subspan(static_cast<std::size_t>(state_.batch),
                                                    static_cast<std::size_t>(of_step));
      const double done = static_cast<double>(state_.batch + of_step) / static_cast<double>(count);
      const bool warming = state_.epoch < schedule.warmup;
      const double loss =
          train_step(group, warming ? schedule.rate(state_.epoch, past, done) : lr, callbacks);
      state_.epoch_seconds = seconds_before + epoch.seconds();
      const auto left = static_cast<double>(config.epochs * count - state_.step);
      const double now = running.seconds();
      if (callbacks.batch) {
        steps_here += of_step;
        callbacks.batch({state_.epoch + 1, config.epochs, state_.batch, static_cast<int>(count),
                         loss, now, now / static_cast<double>(steps_here) * left});
      }
      const bool stop = stops(callbacks);
      if (stop || now - saved_at > checkpoint_seconds_) {
        save();
        saved_at = now;
      }
      if (stop) return false;
    }
    finish_epoch(lr, state_.epoch_seconds);
    if (state_.epoch == config.epochs || out_of_patience()) save();
    if (callbacks.epoch) callbacks.epoch(state_.history.back());
  }
  return true;
}

}  // namespace sonant
