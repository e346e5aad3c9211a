// A whole training run: from a folder of sounds to a model file and its result. What `sonant
// train` does, without the terminal.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include <sonant/nn/speech/speech_model_file.h>
#include <sonant/train/dataset.h>
#include <sonant/train/experiment/judged.h>
#include <sonant/train/experiment/result.h>
#include <sonant/train/trainer.h>

namespace sonant {

struct RunOptions {
  TrainConfig config;
  FeatureSettings features = {};
  std::filesystem::path data;  // folder or manifest: open_corpus()
  OnBadFile on_bad_file = OnBadFile::fail;
  std::filesystem::path cache = {};  // folder of features computed earlier: feature_cache.h
  std::filesystem::path out = {};    // model file; empty: none is written
  // Empty: beside the model file, with ".checkpoint" behind its name; none without one.
  std::filesystem::path checkpoint = {};
  double checkpoint_seconds = 10;
  std::filesystem::path log = {};          // a line per epoch, JSON or .csv: epoch_log.h; or empty
  std::filesystem::path tensorboard = {};  // folder for TensorBoard's event files, or empty
  std::filesystem::path embeddings = {};   // file for embeddings.h of the test speakers, or empty
  bool resume = false;           // go on from the checkpoint; from the start if there is none yet
  bool keep_checkpoint = false;  // one that is there and not resumed is an Error; else overwritten
  bool same_machine = false;     // so is one made with another instruction set, OpenBLAS or version
  std::string command = {};      // as typed, for the result
  // Who train together, each with these options. Rank 0 writes the files; null: there is one.
  Communicator* ranks = nullptr;
};

// The parts that a recipe names, put together: a model with a head for each of its objectives,
// initialised by its seed, and an optimizer. As Trainer's constructor.
Trainer make_trainer(DataView data, Split split, const TrainConfig& config,
                     Communicator* ranks = nullptr);

// What a person should hear of the split, and what the protocol leaks: a line each.
void note_protocol(const Protocol& protocol, const Split& split,
                   const std::function<void(const std::string&)>& note);

// UsageError if no model can be made or trained with these settings, whatever the data.
void check_recipe(const TrainConfig& config, const FeatureSettings& features);

// What is at `data`, with the recipe's labels. UsageError if it asks for a window of what is no
// feature store.
Source open_data(const std::filesystem::path& data, const TrainConfig& config);

// Where the checkpoint is, or empty.
std::filesystem::path checkpoint_path(const RunOptions& options);

// How run_training() loads its corpus.
LoadOptions load_options(const RunOptions& options);

// Loads, splits by speaker, normalises, trains, and judges the best epoch's weights on the test
// speakers; writes the model file. If stop() asked, the result is marked interrupted, the
// checkpoint is written and the model file is not. Error for impossible settings, bad data, and,
// before any work, for a place that cannot be written to.
RunResult run_training(const RunOptions& options, const Callbacks& callbacks = {});

// The same, with the data at hand: `data` is not normalised, and stays so, so that many runs can
// share it, from many threads. What `options` says of data, features and cache is not
// used.
RunResult train_on(const Dataset& data, const RunOptions& options, const Callbacks& callbacks = {});

}  // namespace sonant
