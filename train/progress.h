// What runs tell while they are at work: one struct for a training, an evaluation, a
// cross-validation and a search. Nothing of it has to be set, and what a run does not do it does
// not tell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace sonant {

struct Corpus;
struct DataFacts;
struct EpochRecord;
struct Trial;
struct TuneProgress;

struct BatchProgress {
  int epoch = 0, epochs = 0;   // from 1
  int batch = 0, batches = 0;  // from 1, of this epoch
  double loss = 0;             // of this batch
  double seconds = 0;          // since the training began
  double seconds_left = 0;     // estimated
};

struct CvProgress {
  int jobs_done = 0, jobs = 0;
  std::int64_t epochs_done = 0, epochs = 0;  // of all jobs
};

// A training calls from its own thread; where jobs run side by side calls come one at a time, from
// any thread.
struct Callbacks {
  std::function<void(std::size_t done, std::size_t total)> loading = {};  // files, from any thread
  std::function<void(const Corpus&)> opened = {};                         // is going to be read
  std::function<void(const DataFacts&)> loaded = {};  // before training; bad files are in it
  std::function<void(const BatchProgress&)> batch = {};
  std::function<void(const EpochRecord&)> epoch = {};    // after those who choose are judged
  std::function<void(const CvProgress&)> jobs = {};      // after every epoch of any
  std::function<void(const TuneProgress&)> search = {};  // the same
  std::function<void(const Trial&, const TuneProgress&)> trial = {};  // is over
  std::function<void(const std::string&)> note = {};  // one line that a person should see
  std::function<bool()> stop = {};  // asked after every step and before every file, from any thread
  // Before each step of the optimizer, which takes the model's gradients as they then are.
  std::function<void()> gradients = {};
};

// What says each line once, however many jobs have it to say; copies of it are as one.
std::function<void(const std::string&)> each_once(std::function<void(const std::string&)> note);

}  // namespace sonant
