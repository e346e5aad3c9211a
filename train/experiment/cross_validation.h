// The whole of an experiment: every fold, with several seeds. docs/experiments.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/train/experiment/claims.h>
#include <sonant/train/experiment/run.h>

namespace sonant {

struct CvOptions {
  RunOptions run;  // config.seed is the first seed; config.fold, out and checkpoint are not used
  int seeds = 10;
  // Folder of the experiment, made if need be. A run that was stopped or killed goes on from what
  // is in it, to the same bits; the same experiment with more seeds adds them.
  std::filesystem::path out;
  bool wait = true;       // for trainings that other processes do; else they are left to them
  bool any_isa = false;   // every process computes as it can: the last bits depend on the host
  ClaimTimes times = {};  // of the processes that share the folder
};

// One fold with one seed; the whole of it is in job_folder().
struct CvJob {
  int fold = 0;
  std::uint64_t seed = 0;
  int best_epoch = 0;
  // Of the watched head; CCCs, if it is of numbers.
  double choose_figure = 0;  // of the best epoch, on the part that chose it: choosing_part()
  double test_figure = 0;    // of that epoch's weights, on the fold's test speakers
  double seconds = 0;        // of training, on one thread
  std::string weights_hash;
  std::vector<EpochRecord> epochs;
};

// How one speaker's utterances were judged by the watched head.
struct SpeakerCounts {
  std::string speaker;
  ConfusionMatrix counts = {};  // of classes
  NumberPairs pairs = {};       // or of numbers
};

// All folds with one seed. Every utterance is tested once, by a model that has not heard its
// speaker.
struct CvSeed {
  std::uint64_t seed = 0;
  Metrics test = {};         // of the predictions of all folds, pooled: the published figure
  double choose_figure = 0;  // mean over the folds
  // The watched head's answers by speaker, in the order of their numbers: what statistics/ works
  // with. Empty in files of before they were kept.
  std::vector<SpeakerCounts> speakers = {};
};

// Over the seeds.
struct Spread {
  double mean = 0;
  double stddev = 0;  // of the population, as published
  double min = 0, max = 0;
};
Spread spread_of(const std::vector<double>& values);

// A head's answers in all folds, pooled.
struct CvHead {
  std::string head;
  bool of_classes = true;
  std::vector<std::string> class_names = {};
  std::vector<double> figures = {};     // UAR or CCC, by seed
  std::vector<NumberPairs> pairs = {};  // by seed, of numbers
  ConfusionMatrix confusion = {};       // of all seeds together, of classes
};

struct CvResult {
  std::string command;
  TrainConfig config;  // fold 0, the first seed
  FeatureSettings features;
  std::int64_t parameters = 0;
  DataFacts data;           // of the whole corpus: the parts are empty
  int folds = 0;            // of this call, and in no file
  std::vector<CvJob> jobs;  // by seed, then by fold
  std::vector<CvSeed> seeds;
  Spread figure;  // UAR, or CCC of a watched head of numbers
  Spread accuracy, choose_figure;
  ConfusionMatrix confusion;  // of all seeds together
  // The watched head first; none, where that is of classes and alone. Figures above are CCCs if it
  // is of numbers.
  std::vector<CvHead> heads = {};
  double cpu_seconds = 0;  // of all jobs' training, also earlier ones'
  // How jobs' arithmetic differs, where it was not one kind: arithmetic.h; else "".
  std::string mixed = {};
  // Of this call, and in no file: cv.json is the same whoever writes it.
  double seconds = 0;    // wall clock
  int resumed_jobs = 0;  // found done
  Environment environment;
  bool interrupted = false;  // then all figures are of the jobs that are done
};

// Jobs run side by side on the threads of the pool, each on one, so the result does not depend on
// how many there are. Error if `out` holds another experiment, or is in use by one.
CvResult cross_validate(const CvOptions& options, const Callbacks& callbacks = {});

// out/jobs/fold0_seed1: result.json (result.h), model.safetensors (model_file.h),
// embeddings.safetensors (embeddings.h); a checkpoint while it runs.
std::filesystem::path job_folder(const std::filesystem::path& out, int fold, std::uint64_t seed);

// Of the experiment alone, or with what is of this call.
std::string to_json(const CvResult& result, bool with_call = false);
// What to_json() wrote: out/cv.json. Error, with `where` in front, for anything else.
CvResult cv_from_json(std::string_view json, const std::string& where);

}  // namespace sonant
