#include <sonant/train/experiment/cross_validation.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <utility>

#include <sonant/core/file.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/stopwatch.h>
#include <sonant/core/usage.h>
#include <sonant/train/experiment/arithmetic.h>
#include <sonant/train/experiment/runner.h>
#include <sonant/train/experiment/shared_features.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;
constexpr const char* kAt = "cross_validate";

// What an experiment in the folder differs in, as far as that is known: without a fingerprint its
// sounds are not compared.
std::string difference_from(const Json& there, const CvOptions& options,
                            const std::string& fingerprint) {
  std::string difference =
      first_difference(settings_from<TrainConfig>(there.at("config")), options.run.config);
  if (difference.empty())
    difference = first_difference(features_from(there.at("features")), options.run.features);
  if (difference.empty() && !fingerprint.empty() && there.at("data_fingerprint") != fingerprint)
    difference = "the sounds are others";
  if (difference.empty() && there.contains("arithmetic") &&
      there.at("arithmetic").is_string() != options.any_isa)
    difference = options.any_isa ? "all of it has one kind of arithmetic (--isa any was not given)"
                                 : "it was begun with --isa any";
  return difference;
}

// A folder is one experiment's. What it holds is compared before hours of features, and after.
void check_folder(const CvOptions& options, const std::string& fingerprint) {
  const fs::path path = options.out / "experiment.json";
  if (!fs::exists(path)) return;
  std::string difference;
  try {
    difference = difference_from(Json::parse(read_text(path, kAt)), options, fingerprint);
  } catch (const std::exception& error) {
    fail(kAt, path.native(), ": is damaged: ", error.what(), "; expected what an experiment wrote");
  }
  check(difference.empty(), kAt, options.out.native(), ": holds another experiment; ", difference,
        "; repeat its settings to go on with it, or give another folder");
  if (const auto there = arithmetic_in(options.out)) {
    const std::string how = arithmetic_difference(*there, this_environment());
    check(how.empty(), kAt, options.out.native(), ": ", how);
  }
}

// What makes it this one is written down by the first; all others compare.
void claim_folder(const CvOptions& options, const Dataset& data) {
  const Json here = {{"config", to_json(options.run.config)},
                     {"features", to_json(data.settings)},
                     {"data_fingerprint", data.fingerprint},
                     {"arithmetic", arithmetic_json(this_environment(), options.any_isa)}};
  const fs::path path = options.out / "experiment.json";
  if (!fs::exists(path)) create_file(path, here.dump(1) + "\n", kAt);
  check_folder(options, data.fingerprint);
}

// Seed by seed, so that a stopped experiment has whole rows.
class Experiment : public JobList {
 public:
  Experiment(const CvOptions& options, const Callbacks& callbacks, int folds)
      : callbacks_(callbacks) {
    for (int s = 0; s < options.seeds; ++s) {
      for (int fold = 0; fold < folds; ++fold) {
        Job job{.number = static_cast<int>(jobs_.size()), .run = options.run};
        job.run.config.fold = fold;
        job.run.config.seed = options.run.config.seed + static_cast<std::uint64_t>(s);
        job.folder = job_folder(options.out, fold, job.run.config.seed);
        job.run.out = job.folder / "model.safetensors";
        job.run.embeddings = job.folder / "embeddings.safetensors";
        jobs_.push_back(std::move(job));
      }
    }
    results_.resize(jobs_.size());
    epochs_.resize(jobs_.size());
    progress_.jobs = static_cast<int>(jobs_.size());
    progress_.epochs = std::int64_t{progress_.jobs} * options.run.config.epochs;
  }

  std::optional<Job> next() override {
    if (complete()) return std::nullopt;
    return jobs_[(first_ + next_++) % jobs_.size()];
  }
  void begin_at(std::size_t place) override { first_ = place % jobs_.size(); }
  bool complete() const override { return next_ == jobs_.size(); }

  void epochs(const Job& job, int more) override { report(job, 0, more); }

  void done(const Job& job, RunResult result, bool here) override {
    if (!here) {
      ++resumed_;
      note_environment(result.environment);
    }
    results_[static_cast<std::size_t>(job.number)] = std::move(result);
    report(job, 1, job.run.config.epochs - epochs_[static_cast<std::size_t>(job.number)]);
  }

  const std::vector<RunResult>& results() const { return results_; }  // those not done: no epochs
  const std::vector<Job>& jobs() const { return jobs_; }
  int resumed_jobs() const { return resumed_; }

 private:
  // Once: what was made elsewhere was mostly made there together.
  void note_environment(const Environment& there) {
    const std::string remark = first_difference(there, this_environment());
    if (remark.empty() || std::exchange(elsewhere_, true) || !callbacks_.note) return;
    callbacks_.note("trainings that were found done were made elsewhere (" + remark +
                    "): their last bits may differ from what they would be here");
  }

  void report(const Job& job, int jobs, int epochs) {
    epochs_[static_cast<std::size_t>(job.number)] += epochs;
    progress_.jobs_done += jobs;
    progress_.epochs_done += epochs;
    if (callbacks_.jobs) callbacks_.jobs(progress_);
  }

  const Callbacks& callbacks_;
  std::vector<Job> jobs_;
  std::vector<RunResult> results_;
  std::vector<int> epochs_;  // of each job, as far as they are told of
  std::size_t first_ = 0, next_ = 0;
  int resumed_ = 0;
  bool elsewhere_ = false;
  CvProgress progress_;
};

CvJob job_of(const RunResult& r) {
  return {r.config.fold,   r.config.seed,   r.best_epoch,   r.best_choose_figure,
          r.test.figure(), r.train_seconds, r.weights_hash, r.epochs};
}

// A seed's predictions by speaker. They are in the order of the folds' test clips, whose files may
// have moved since.
std::vector<SpeakerCounts> counts_by_speaker(const Corpus& corpus, std::span<const Split> splits,
                                             std::span<const RunResult> runs) {
  std::map<int, SpeakerCounts> by_number;
  for (const RunResult& run : runs) {
    const std::vector<int>& clips = splits[static_cast<std::size_t>(run.config.fold)].test;
    const auto& predictions = run.test.predictions;
    std::vector<int> judged;  // a clip without a value is not
    for (int clip : clips) {
      const Clip& c = corpus.clips[static_cast<std::size_t>(clip)];
      if (judged.size() < predictions.size() &&
          c.path.filename() == fs::path(predictions[judged.size()].file).filename())
        judged.push_back(clip);
    }
    const bool of_label = run.config.task().watched_one().column.empty();
    bool same = judged.size() == predictions.size() && (!of_label || judged.size() == clips.size());
    for (std::size_t k = 0; same && of_label && k < judged.size(); ++k)
      same = corpus.clips[static_cast<std::size_t>(judged[k])].label == predictions[k].label;
    check(same, kAt, "fold ", run.config.fold, ", seed ", run.config.seed,
          ": expected a result about this corpus' test files, got one about others; remove its "
          "folder to train it again");
    for (std::size_t k = 0; k < judged.size(); ++k) {
      const Clip& clip = corpus.clips[static_cast<std::size_t>(judged[k])];
      auto& [name, counts, pairs] = by_number[clip.speaker];
      if (name.empty()) counts = ConfusionMatrix(static_cast<int>(run.test.class_names.size()));
      name = clip.speaker_name;
      if (run.test.of_classes)
        counts.add(predictions[k].label, predictions[k].predicted);
      else
        pairs.add(predictions[k].truth, predictions[k].number);
    }
  }
  std::vector<SpeakerCounts> all;
  for (auto& [number, speaker] : by_number) all.push_back(std::move(speaker));
  return all;
}

// What each head has answered in the folds of one seed.
void add_heads(std::vector<CvHead>& heads, std::span<const RunResult> runs) {
  const auto all = runs.front().test.all();
  if (all.size() == 1 && all.front()->of_classes) return;
  heads.resize(all.size());
  for (std::size_t h = 0; h < all.size(); ++h) {
    CvHead& head = heads[h];
    head.head = all[h]->head;
    head.of_classes = all[h]->of_classes;
    head.class_names = all[h]->class_names;
    ConfusionMatrix pooled;
    NumberPairs pairs;
    for (const RunResult& run : runs) {
      const Evaluation& e = *run.test.all()[h];
      pooled.add(e.metrics.confusion);
      pairs.add(e.numbers.pairs);
    }
    head.figures.push_back(head.of_classes ? compute_metrics(pooled).uar
                                           : compute_metrics(pairs).ccc);
    if (head.of_classes)
      head.confusion.add(pooled);
    else
      head.pairs.push_back(pairs);
  }
}

// Figures are of seeds whose folds are all done.
void summarise(CvResult& result, const Experiment& experiment, const Corpus& corpus,
               std::span<const Split> splits) {
  const auto& jobs = experiment.jobs();
  const auto& runs = experiment.results();
  const std::size_t count = splits.size();
  for (std::size_t first = 0; first < jobs.size(); first += count) {
    ConfusionMatrix pooled;
    CvSeed seed{jobs[first].run.config.seed};
    std::size_t done = 0;
    for (std::size_t i = first; i < first + count; ++i) {
      if (runs[i].epochs.empty()) continue;
      ++done;
      if (result.jobs.empty()) {  // the first speaks for all, whoever sums up
        result.command = runs[i].command;
        result.environment = runs[i].environment;
      }
      if (result.mixed.empty())
        result.mixed = first_difference(result.environment, runs[i].environment);
      result.jobs.push_back(job_of(runs[i]));
      result.parameters = runs[i].parameters;
      result.cpu_seconds += runs[i].train_seconds;
      pooled.add(runs[i].test.metrics.confusion);
      seed.choose_figure += runs[i].best_choose_figure / static_cast<double>(count);
    }
    if (done < count) continue;
    seed.test = compute_metrics(pooled);
    const std::span<const RunResult> of_seed = std::span(runs).subspan(first, count);
    seed.speakers = counts_by_speaker(corpus, splits, of_seed);
    add_heads(result.heads, of_seed);
    result.confusion.add(pooled);
    result.seeds.push_back(seed);
  }
  std::vector<double> uar, accuracy, choose_figure;
  for (const CvSeed& seed : result.seeds) {
    const bool classes = result.heads.empty() || result.heads.front().of_classes;
    uar.push_back(classes ? seed.test.uar : result.heads.front().figures[uar.size()]);
    accuracy.push_back(seed.test.accuracy);
    choose_figure.push_back(seed.choose_figure);
  }
  result.figure = spread_of(uar);
  result.accuracy = spread_of(accuracy);
  result.choose_figure = spread_of(choose_figure);
}

// All who end an experiment have the same to write.
void write_unless_there(const fs::path& path, const std::string& text) {
  if (!fs::exists(path) || read_text(path, kAt) != text) write_file(path, text, kAt);
}

// "5 folds by speaker", "24 splits of leave-one-speaker-out".
std::string splits_text(const Protocol& protocol, std::size_t count) {
  const std::string number = std::to_string(count);
  if (count == 1) return "1 split";
  if (protocol.takes_folds && protocol.rules.voices == ProtocolRules::Voices::apart)
    return number + " folds by speaker";
  return number + " splits of " + protocol.name;
}

// How much there is to do, for who looks on.
void write_plan(const CvOptions& options, std::size_t folds) {
  const Json plan{
      {"folds", folds}, {"seeds", options.seeds}, {"epochs", options.run.config.epochs}};
  write_unless_there(options.out / "plan.json", plan.dump() + "\n");
}

}  // namespace

Spread spread_of(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto n = static_cast<double>(values.size());
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  Spread spread{0, 0, *min, *max};
  for (double v : values) spread.mean += v / n;
  for (double v : values) spread.stddev += (v - spread.mean) * (v - spread.mean) / n;
  spread.stddev = std::sqrt(spread.stddev);
  return spread;
}

fs::path job_folder(const fs::path& out, int fold, std::uint64_t seed) {
  return out / "jobs" / ("fold" + std::to_string(fold) + "_seed" + std::to_string(seed));
}

CvResult cross_validate(const CvOptions& given, const Callbacks& callbacks) {
  const Stopwatch watch;
  CvOptions options = given;
  options.run.config.fold = 0;
  check_recipe(options.run.config, options.run.features);
  check_usage(options.seeds >= 1, kAt, "expects at least 1 seed, got ", options.seeds);
  check(!options.out.empty(), kAt, "expects a folder for the experiment");
  make_folder(options.out, kAt);

  CvResult result;
  result.command = options.run.command;
  result.config = options.run.config;
  result.features = options.run.features;
  result.environment = this_environment();
  Source source = open_data(options.run.data, options.run.config);
  const Corpus& corpus = source.corpus;
  targets_of(options.run.config.task(), corpus);  // or an Error, before hours of features
  if (callbacks.opened) callbacks.opened(corpus);
  check_folder(options, "");
  const Dataset data = load_shared_dataset(std::move(source), load_options(options.run),
                                           options.out, callbacks, options.times);
  if ((result.interrupted = data.interrupted)) return result;
  claim_folder(options, data);
  const Protocol& protocol = protocol_for(data.corpus, options.run.config.protocol);
  const std::vector<Split> splits =
      make_splits(protocol, data.corpus, options.run.config.protocol_settings());
  result.folds = static_cast<int>(splits.size());
  result.data = data_facts(data, protocol, splits_text(protocol, splits.size()));
  if (callbacks.loaded) callbacks.loaded(result.data);
  const auto note = each_once(callbacks.note);  // jobs that go on say what a training says
  if (note) note_protocol(protocol, splits.front(), note);

  Experiment experiment(options, callbacks, static_cast<int>(splits.size()));
  write_plan(options, splits.size());
  Claims claims(options.out, options.times);
  run_jobs(
      experiment,
      [&](const RunOptions& run, const Callbacks& of_run) { return train_on(data, run, of_run); },
      {.claims = &claims, .wait = options.wait}, {.note = note, .stop = callbacks.stop});
  summarise(result, experiment, data.corpus, splits);
  result.resumed_jobs = experiment.resumed_jobs();
  result.interrupted = result.jobs.size() < experiment.jobs().size();
  result.seconds = watch.seconds();
  if (result.interrupted) return result;
  claims.tidy(options.out / "features");
  write_unless_there(options.out / "cv.json", to_json(result));
  return result;
}

}  // namespace sonant
