// The search for hyperparameters: trials suggested by TPE, each trained on every fold, in a study
// that a kill does not harm. What `sonant tune` does, without the terminal. docs/tuning.md.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sonant/train/dataset.h>
#include <sonant/train/experiment/runner.h>
#include <sonant/train/metrics.h>
#include <sonant/train/protocol.h>
#include <sonant/train/search/pruner.h>
#include <sonant/train/search/search_space.h>
#include <sonant/train/search/study.h>

namespace sonant {

struct TuneOptions {
  TrainConfig config;  // what is not searched; its protocol says what is maximised
  SearchSpace space;
  int trials = 100;  // in the study at the end, those that are there already included
  // Trial n is suggested when all before it but the last workers - 1 are done, and sees only these;
  // so many are under way at a time. The outcome depends on it, and not on the number of threads.
  int workers = 2;
  Pruner pruner = Pruner::none;
  std::uint64_t seed = 1;       // of the suggestions; training has its own in `config`
  std::filesystem::path study;  // the SQLite file
  std::string name;             // of the study in it
  // A folder for the trainings of the trials. Any number of processes may search with the same
  // options at once: they share the folds out among them, and one of them writes the study. Empty:
  // this process alone, and a training that was stopped begins anew.
  std::filesystem::path jobs = {};
  bool wait = true;      // for trainings that other processes do; else they are left to them
  bool any_isa = false;  // every process computes as it can: the last bits depend on the host
  ClaimTimes times = {};
  // The best `seed_best` trials of another study come first: open_study(). Empty: none.
  std::string seed_from = {};
  int seed_best = 5;

  // UsageError if something is out of its range or does not go together.
  void validate() const;
};

// What a fold's training gives to its trial.
struct FoldScore {
  double choose_figure = 0;  // of the best epoch, on the part that chose it
  ConfusionMatrix test;      // of its weights, on the test speakers; of classes, or
  NumberPairs numbers = {};  // of numbers: then figures are CCCs
};

// What a trial is judged by after the folds 0..k: if the choosing part judges, the mean of its
// UARs; if the test part does, the UAR of the pooled predictions on it.
double objective_value(Chooser judge, std::span<const FoldScore> folds);
// Its name: "mean choose UAR", "pooled test UAR".
std::string objective_name(const Protocol& protocol);
// What has to be said with it: that the test part chose, what the protocol leaks; or "".
std::string objective_warning(const Protocol& protocol);

struct TuneProgress {
  long epochs = 0, all_epochs = 0;  // of this run; those of trials given up count as done
  const Study* study = nullptr;
};

struct TuneResult {
  Study study;
  bool interrupted = false;         // the same options go on where it was
  std::optional<TrainConfig> best;  // of study.best()
};

// Searches until the study has `options.trials` trials. Trials that were under way when an earlier
// run was killed go on, with the same parameters: the finished study is that of an undisturbed run.
// Error if the study was made with other settings or on other data.
TuneResult tune(const Dataset& data, const TuneOptions& options, const Callbacks& callbacks = {});

// The same with any training of a config; `data` tells one corpus from another.
TuneResult tune(const TrainJob& train, int folds, const std::string& data,
                const TuneOptions& options, const Callbacks& callbacks = {});

}  // namespace sonant
