// What a training run found out, complete enough to be judged and repeated. As JSON it is what
// `sonant train --result` writes; docs/training.md has the schema.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/audio/corpus.h>
#include <sonant/audio/features.h>
#include <sonant/train/config.h>
#include <sonant/train/metrics.h>
#include <sonant/train/protocol.h>

namespace sonant {

// One head in one epoch.
struct HeadRecord {
  std::string head;
  bool of_classes = true;  // then the figures are UARs, else CCCs
  double train_loss = 0, train_figure = 0;
  double choose_loss = 0, choose_figure = 0;
};

struct EpochRecord {
  int epoch = 0;  // from 1
  double lr = 0;
  double train_loss = 0, train_uar = 0;  // while training: with dropout, weights changing
  double choose_loss = 0, choose_uar = 0, choose_accuracy = 0;  // of DataFacts::chooser
  double seconds = 0;
  std::string weights_hash;  // of parameters and buffers after the epoch
  // In the order of the objectives; empty where there is one head, of classes. Losses above are
  // weighted sums of these, figures those of the head that is watched.
  std::vector<HeadRecord> heads = {};
  bool of_classes = true;  // the head that is watched; else the figures above are CCCs
};

struct PartFacts {
  std::int64_t files = 0;
  std::vector<std::string> speakers;
  std::vector<std::string> clips = {};  // names of the files; empty where they are not kept
};

struct DataFacts {
  std::string corpus;                 // "RAVDESS", "synthetic", ...
  std::string split;                  // Split::name
  std::string protocol = {};          // Protocol::name, of `usual` the one that it was
  std::string leaks = {};             // Protocol::leaks: has to be said with every figure
  Chooser chooser = Chooser::choose;  // the part whose figures picked the epoch
  std::string fingerprint;
  std::int64_t files = 0, frames = 0;
  std::map<int, std::size_t> sample_rates;  // Hz -> files
  std::vector<std::string> class_names;
  PartFacts train, choose, test;
  std::vector<BadFile> bad;
};

struct FilePrediction {
  std::string file;
  int label = 0, predicted = 0;
  std::vector<double> probabilities = {};  // [C]
  double truth = 0, number = 0;            // of a head of numbers, which has no classes
};

// Of the head that is watched, and of the others.
struct Evaluation {
  std::string head = {};
  bool of_classes = true;
  std::vector<std::string> class_names = {};
  Metrics metrics = {};        // of classes
  NumberMetrics numbers = {};  // or of numbers
  double loss = 0;             // classes: mean cross-entropy, without smoothing or class weights
  std::vector<FilePrediction> predictions = {};  // of the clips that have a value
  std::vector<Evaluation> others = {};

  double figure() const { return of_classes ? metrics.uar : numbers.ccc; }
  std::vector<const Evaluation*> all() const;  // this one first
};
const char* figure_name(bool of_classes);  // "UAR", "CCC"
std::string figure_key(bool of_classes);   // the same in files: "uar", "ccc"

struct Environment {
  std::string version, build, kernel, isa, blas;
  int threads = 0;
};
Environment this_environment();

// What could make the last bits differ, as "instruction set avx2 there, avx512 here"; "" if
// nothing.
std::string first_difference(const Environment& there, const Environment& here);

struct RunResult {
  std::string command;  // as typed, if it was
  TrainConfig config;
  FeatureSettings features;
  std::int64_t parameters = 0;
  DataFacts data;
  std::vector<EpochRecord> epochs;
  int best_epoch = 0;          // 0: none
  double best_choose_uar = 0;  // of the watched head: its CCC, if it is of numbers
  std::string weights_hash;    // of the best weights: those of the model file
  Evaluation test;             // of the best weights, on the test speakers
  double load_seconds = 0, train_seconds = 0, test_seconds = 0;
  Environment environment;
  bool interrupted = false;  // then `test` is empty
};

std::string to_json(const RunResult& result);
std::string to_json(const Evaluation& evaluation);

// What to_json() wrote. Error, with `where` in front, for anything else.
RunResult result_from_json(std::string_view json, const std::string& where);

}  // namespace sonant
