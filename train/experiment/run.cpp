#include <sonant/train/experiment/run.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>

#include <sonant/audio/corpora/label_map.h>
#include <sonant/core/file.h>
#include <sonant/core/numbers.h>
#include <sonant/core/stopwatch.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>
#include <sonant/train/augment.h>
#include <sonant/train/epoch_log.h>
#include <sonant/train/evaluate.h>
#include <sonant/train/experiment/embeddings.h>
#include <sonant/train/experiment/training_facts.h>
#include <sonant/train/l2_penalty.h>
#include <sonant/train/tensorboard.h>

namespace sonant {
namespace {

PartFacts part_facts(const Corpus& corpus, const std::vector<int>& clips) {
  PartFacts facts{static_cast<std::int64_t>(clips.size()), speakers_of(corpus, clips)};
  for (const int i : clips)
    facts.clips.push_back(corpus.clips[static_cast<std::size_t>(i)].path.native());
  return facts;
}

// The rate of most files; the lowest of equals.
int usual_sample_rate(const DataFacts& facts) {
  const auto most =
      std::max_element(facts.sample_rates.begin(), facts.sample_rates.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == facts.sample_rates.end() ? 0 : most->first;
}

// The same samples in two parts of the split: what is judged has been learnt.
void note_same_in_two_parts(const Dataset& data, const Split& split, const Callbacks& callbacks) {
  if (!callbacks.note || data.same_samples.empty()) return;
  std::map<int, std::string> part_of;
  for (const int i : split.train) part_of[i] = "to train";
  for (const int i : split.choose) part_of[i] = "to choose";
  for (const int i : split.test) part_of[i] = "to test";
  std::size_t pairs = 0;
  std::string first;
  for (const auto& [a, b] : data.same_samples) {
    if (part_of[a] == part_of[b] || part_of[a].empty() || part_of[b].empty()) continue;
    if (pairs++ > 0) continue;
    const auto name = [&](int i) {
      return printable(data.corpus.clips[static_cast<std::size_t>(i)].path.native());
    };
    first = name(a) + " is used " + part_of[a] + ", " + name(b) + " " + part_of[b];
  }
  if (pairs > 0)
    callbacks.note(
        "the same samples in two parts of " + split.name + ": " + first +
        (pairs == 1 ? "" : "; and " + count_of(static_cast<std::int64_t>(pairs - 1), "more pair")));
}

// Who teaches a head nothing, and is not judged by it.
void note_missing(const Trainer& trainer, const Callbacks& callbacks) {
  for (std::size_t k = 0; k < trainer.targets().size(); ++k) {
    const Target& target = trainer.targets()[k];
    if (callbacks.note && target.missing() > 0)
      callbacks.note(trainer.task().objectives[k].head + ": " +
                     count_of(static_cast<std::int64_t>(target.missing()), "clip") + " of " +
                     with_thousands(std::ssize(trainer.view().data().corpus.clips)) +
                     " without a value are left out of its loss and figures");
  }
}

// What hours of work have made is not overwritten because a word was forgotten.
void check_checkpoint(const RunOptions& options) {
  const auto path = checkpoint_path(options);
  if (!options.keep_checkpoint || options.resume || path.empty()) return;
  if (!std::filesystem::exists(path)) return;
  fail("run_training", path.native(), ": ", describe_checkpoint(path),
       "; expected --resume to go on from it, --overwrite to start anew, or another place");
}

void prepare_checkpoint(Trainer& trainer, const RunOptions& options, const Callbacks& callbacks) {
  const auto path = checkpoint_path(options);
  if (path.empty()) {
    check(!options.resume, "run_training", "resume expects a checkpoint or a model file to write");
    return;
  }
  const auto note = [&](const std::string& text) {
    if (callbacks.note) callbacks.note(text);
  };
  if (options.resume && !std::filesystem::exists(path)) {
    note(path.native() + " does not exist yet: starting from the beginning");
  } else if (options.resume) {
    const std::string remark = trainer.resume(path);
    if (!remark.empty()) {
      check(!options.same_machine, "run_training", path.native(), ": was made elsewhere (", remark,
            "): the last bits may differ; expected the same there and here, or --elsewhere");
      note("the checkpoint was made elsewhere (" + remark + "): the last bits may differ");
    }
    const TrainState& s = trainer.state();
    note("going on from " + path.native() + ": epoch " + std::to_string(s.epoch + 1) + ", step " +
         std::to_string(s.step + 1));
  }
  trainer.checkpoint_to(path, options.checkpoint_seconds);
}

SpeechModel speech_model(const RunResult& r, const Trainer& trainer, const Normaliser& normaliser) {
  SpeechModel model;
  model.classifier = trainer.best_model().clone();
  model.features = r.features;
  model.normaliser = normaliser;
  model.class_names = r.test.class_names;
  model.head = r.test.head;
  for (const Evaluation& other : r.test.others)
    model.others.push_back({other.head, other.class_names});
  model.sample_rate = usual_sample_rate(r.data);
  DataFacts data = r.data;
  for (PartFacts* part : {&data.train, &data.choose, &data.test}) part->clips.clear();
  TrainingFacts facts{std::move(data),      r.config,        r.best_epoch,
                      r.best_choose_figure, r.test.figure(), r.test.metrics.accuracy,
                      r.environment};
  if (!r.test.others.empty() || !r.test.of_classes)
    for (const Evaluation* e : r.test.all())
      facts.heads.push_back({e->head, e->of_classes, e->figure()});
  model.facts = to_json(facts);
  return model;
}

// All read the checkpoint, one writes files.
RunOptions of_this_rank(RunOptions options) {
  if (options.ranks == nullptr || options.ranks->rank() == 0) return options;
  options.checkpoint = checkpoint_path(options);
  for (auto* file : {&options.out, &options.log, &options.tensorboard, &options.embeddings})
    file->clear();
  return options;
}

// Everything that can be known to fail is tried before hours of work.
void check_before_work(const RunOptions& options, const FeatureSettings& features) {
  check_recipe(options.config, features);
  for (const auto& path :
       {options.out, options.embeddings, options.log, checkpoint_path(options)}) {
    if (!path.empty()) check_writable(path, "run_training");
  }
}

// Calls after each epoch: the logs that are asked for, then whoever listens.
std::function<void(const EpochRecord&)> with_logs(const RunOptions& options, int done,
                                                  const std::string& chooser,
                                                  std::function<void(const EpochRecord&)> then) {
  std::shared_ptr<EpochLog> lines;
  std::shared_ptr<TensorBoardLog> events;
  if (!options.log.empty()) lines = std::make_shared<EpochLog>(options.log, done);
  if (!options.tensorboard.empty())
    events = std::make_shared<TensorBoardLog>(options.tensorboard, done);
  return [=](const EpochRecord& epoch) {
    const EpochFigures figures = figures_of(epoch, chooser);
    if (lines) lines->add(figures);
    if (events) events->add(figures);
    if (then) then(epoch);
  };
}

// Of a store in windows nothing is read before the first batch, if its sums fit the part.
Normaliser normaliser_of(const Dataset& data, const Split& split,
                         ProtocolRules::Statistics statistics, const TrainConfig& config) {
  if (!config.standardise) return no_normaliser(data.dims());
  std::vector<int> fitted(static_cast<std::size_t>(data.clips()));
  std::iota(fitted.begin(), fitted.end(), 0);
  if (statistics != ProtocolRules::Statistics::all) fitted = split.train;
  if (data.store && config.window > 0)
    if (const auto known = data.store->normaliser(data.corpus, fitted)) return *known;
  return fit_normaliser(data, fitted);
}

RunResult empty_result(const RunOptions& options, const FeatureSettings& features) {
  RunResult r;
  r.command = options.command;
  r.config = options.config;
  r.features = features;
  r.environment = this_environment();
  return r;
}

// All that follows the loading.
void train(const Dataset& data, const RunOptions& options, const Callbacks& callbacks,
           RunResult& r) {
  const Protocol& protocol = protocol_for(data.corpus, options.config.protocol);
  const Split split =
      make_split(protocol, data.corpus, options.config.protocol_settings(), options.config.fold);
  note_same_in_two_parts(data, split, callbacks);
  r.data = data_facts(data, protocol, split.name);
  r.data.train = part_facts(data.corpus, split.train);
  r.data.choose = part_facts(data.corpus, split.choose);
  r.data.test = part_facts(data.corpus, split.test);
  if (callbacks.loaded) callbacks.loaded(r.data);
  const Normaliser normaliser =
      normaliser_of(data, split, protocol.rules.statistics, options.config);
  const DataView view(data, normaliser);

  Trainer trainer = make_trainer(view, split, options.config, options.ranks);
  note_missing(trainer, callbacks);
  prepare_checkpoint(trainer, options, callbacks);
  if (callbacks.note) note_protocol(protocol, split, callbacks.note);
  r.parameters = trainer.state().model->parameter_count();
  Callbacks with_files = callbacks;
  with_files.epoch =
      with_logs(options, trainer.state().epoch, choosing_part(r.data), callbacks.epoch);
  r.interrupted = !trainer.run(with_files);
  r.epochs = trainer.state().history;
  for (const EpochRecord& e : r.epochs) r.train_seconds += e.seconds;  // before a resume, too
  r.best_epoch = trainer.state().best_epoch;
  r.best_choose_figure = trainer.state().best_choose_figure;
  if (r.best_epoch > 0) r.weights_hash = weights_hash(trainer.best_model());
  if (r.interrupted) return;

  const Stopwatch testing;
  r.test = evaluate(trainer.best_model(), view, split.test, options.config.batch_size,
                    trainer.task(), trainer.targets(), options.ranks);
  r.test_seconds = testing.seconds();
  if (callbacks.note && std::isnan(r.test.loss))
    callbacks.note("the model that is kept answers with NaN: it can name no emotion");
  if (!options.embeddings.empty()) {
    std::vector<Target> columns;
    for (std::size_t k = 0; k < trainer.targets().size(); ++k)
      if (!trainer.task().objectives[k].column.empty()) columns.push_back(trainer.targets()[k]);
    save_embeddings(compute_embeddings(trainer.best_model(), view, split.test, columns),
                    options.embeddings);
  }
  if (!options.out.empty()) save_model(speech_model(r, trainer, normaliser), options.out);
}

std::unique_ptr<Model<float>> model_of(const TrainConfig& config, int dims,
                                       std::vector<Head> heads) {
  ModelSpec spec = config.model_spec(dims, std::move(heads));
  spec.padding = find_protocol(config.protocol).rules.padding;
  return make_model<float>(spec, config.seed);
}

// Where nobody chooses nothing can depend on a choice.
void check_nobody_chooses(const TrainConfig& config) {
  const Protocol& protocol = find_protocol(config.protocol);
  if (protocol.rules.chooser != Chooser::nobody) return;
  const std::string begin = "protocol " + protocol.name + " has nobody to choose";
  check_usage(config.keep == Keep::last, "keep", begin, "; expected keep = last");
  check_usage(config.patience == 0, "patience", begin, "; expected patience = 0, got ",
              config.patience);
  check_usage(config.schedule != "plateau", "schedule", begin,
              "; expected a schedule that does not wait for a figure, got plateau");
}

}  // namespace

Trainer make_trainer(DataView data, Split split, const TrainConfig& config, Communicator* ranks) {
  config.validate();
  const Task task = config.task();
  const Dataset& its = data.data();
  auto model = model_of(config, its.dims(), heads_of(task, targets_of(task, its.corpus)));
  auto optimizer = make_optimizer<float>(*model, config.optimizer_settings());
  return Trainer(std::move(model), task, std::move(data), std::move(split), std::move(optimizer),
                 config, ranks);
}

void note_protocol(const Protocol& protocol, const Split& split,
                   const std::function<void(const std::string&)>& note) {
  if (!split.note.empty()) note(split.note);
  if (!protocol.leaks.empty()) note("protocol " + protocol.name + " leaks: " + protocol.leaks);
}

void check_recipe(const TrainConfig& config, const FeatureSettings& features) {
  config.validate();
  check_nobody_chooses(config);
  const FeatureExtractor checked(features);
  std::vector<Head> heads;
  for (const Objective& o : config.task().objectives) heads.push_back({o.head, 2});
  const auto model = model_of(config, features.dims(), std::move(heads));
  // Patterns of names that fit nothing, before hours of features.
  make_optimizer<float>(*model, config.optimizer_settings());
  L2Penalty(config.l2, config.l2_on, *model);
}

Source open_data(const std::filesystem::path& data, const TrainConfig& config) {
  Source source = open_source(data);
  source.corpus = with_labels(std::move(source.corpus), config.labels);
  check_usage(config.speed_share == 0 || !source.store, "speed_share",
              "needs the sounds, and a feature store has none; expected 0, got ",
              config.speed_share);
  check_usage(config.window == 0 || source.store, "window", "is of shards of a feature store, and ",
              data.native(), " is none; expected 0, got ", config.window);
  return source;
}

std::filesystem::path checkpoint_path(const RunOptions& options) {
  if (!options.checkpoint.empty() || options.out.empty()) return options.checkpoint;
  std::filesystem::path path = options.out;
  path += ".checkpoint";
  return path;
}

RunResult run_training(const RunOptions& as_given, const Callbacks& callbacks) {
  const RunOptions options = of_this_rank(as_given);
  check_before_work(options, options.features);
  const Stopwatch loading;
  Source source = open_data(options.data, options.config);
  const Corpus& corpus = source.corpus;
  const TrainConfig& c = options.config;
  make_split(protocol_for(corpus, c.protocol), corpus, c.protocol_settings(), c.fold);
  targets_of(options.config.task(), corpus);  // or an Error, before hours of features
  if (callbacks.opened) callbacks.opened(corpus);
  check_checkpoint(options);
  Dataset data = load_dataset(std::move(source), load_options(options), callbacks);
  RunResult r = empty_result(options, options.features);
  r.load_seconds = loading.seconds();
  r.interrupted = options.ranks ? options.ranks->any(data.interrupted) : data.interrupted;
  if (r.interrupted) return r;
  train(data, options, callbacks, r);
  return r;
}

RunResult train_on(const Dataset& data, const RunOptions& as_given, const Callbacks& callbacks) {
  const RunOptions options = of_this_rank(as_given);
  check_before_work(options, data.settings);
  RunResult r = empty_result(options, data.settings);
  train(data, options, callbacks, r);
  return r;
}

LoadOptions load_options(const RunOptions& options) {
  return {.features = options.features,
          .columns = options.config.task().columns(),
          .on_bad_file = options.on_bad_file,
          .speeds = copy_speeds(options.config),
          .cache = options.cache};
}

}  // namespace sonant
