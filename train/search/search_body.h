// The trials under way, as a list of jobs: every fold of every trial. For tune.cpp.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sonant/train/experiment/runner.h>
#include <sonant/train/search/study_file.h>
#include <sonant/train/search/tune.h>

namespace sonant {

class Search : public JobList {
 public:
  Search(StudyFile& file, const TuneOptions& options, const Callbacks& callbacks, int folds);

  std::optional<Job> next() override;
  bool complete() const override { return live_.empty() && next_ >= options_.trials; }
  bool wanted(const Job& job) const override { return live_.contains(job.number); }
  void epochs(const Job& job, int more) override;
  void done(const Job& job, RunResult result, bool here) override;
  void failed(const Job& job, const Error& error) override;

 private:
  struct Outcome {
    FoldScore score;
    std::string error;  // not empty: the trial fails
  };
  struct Live {
    Trial trial;
    TrainConfig config = {};
    std::vector<std::optional<Outcome>> outcomes = {};  // by fold
    std::vector<FoldScore> scores = {};                 // of the folds 0..k without a gap
    int handed_out = 0;                                 // folds
    long epochs = 0;
  };

  bool may_start_next() const;
  void start_next();
  Trial prepared(int number) const;
  ParameterValues parameters_for(const Trial& trial) const;
  std::filesystem::path folder_of(int number) const;
  void record(const Job& job, Outcome outcome);
  void end(Live& live, TrialState state, const std::string& error);
  std::span<const Trial> visible_to(int number) const;
  TuneProgress progress() const;

  StudyFile& file_;
  const TuneOptions& options_;
  const Callbacks& callbacks_;
  const int folds_;
  const Chooser judge_;       // of a trial
  std::map<int, Live> live_;  // by number
  int next_ = 0;              // the next trial that is not looked at yet
  long epochs_ = 0, all_epochs_ = 0;
};

}  // namespace sonant
