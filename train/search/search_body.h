// The trials under way and the queue of their folds. For tune.cpp.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <sonant/train/search/study_file.h>
#include <sonant/train/search/tune.h>

namespace sonant {

class Search {
 public:
  Search(StudyFile& file, const TuneOptions& options, const TuneCallbacks& callbacks,
         const FoldTrainer& train, int folds);

  // On all threads. False if stop() asked.
  bool run();

 private:
  struct Outcome {
    std::optional<FoldScore> score;
    std::string error;  // not empty: the trial fails
  };
  struct Live {
    Trial trial;
    TrainConfig config;
    std::vector<std::optional<Outcome>> outcomes;  // by fold
    std::vector<FoldScore> scores;                 // of the folds 0..k without a gap
    int handed_out = 0;                            // folds
    long epochs = 0;
    std::atomic<bool> over = false;  // what is still being trained of it is not wanted
  };
  struct Job {
    std::shared_ptr<Live> live;
    int fold = 0;
  };

  void work();
  std::optional<Job> next_job();
  bool may_start_next() const;
  void start_next();
  Trial prepared(int number) const;
  ParameterValues parameters_for(const Trial& trial) const;
  Outcome train(const Job& job);
  void count_epoch(Live& live);
  void record(const Job& job, Outcome outcome);
  void end(Live& live, TrialState state, const std::string& error);
  std::span<const Trial> visible_to(int number) const;
  bool stopping();
  TuneProgress progress() const;

  StudyFile& file_;
  const TuneOptions& options_;
  const TuneCallbacks& callbacks_;
  const FoldTrainer& train_;
  const int folds_;
  const std::string protocol_;

  std::mutex mutex_;  // guards everything below, the study and the callbacks
  std::condition_variable wake_;
  std::map<int, std::shared_ptr<Live>> live_;  // by number
  int next_ = 0;                               // the next trial that is not looked at yet
  long epochs_ = 0, all_epochs_ = 0;
  std::atomic<bool> stopped_ = false, failed_ = false;
};

}  // namespace sonant
