#include <algorithm>
#include <cmath>
#include <ranges>

#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/version.h>
#include <sonant/train/search/choice_json_body.h>
#include <sonant/train/search/pruner.h>
#include <sonant/train/search/search_body.h>
#include <sonant/train/search/tpe.h>

namespace sonant {
namespace {

// Marks the trials that we run ourselves: only they are trained anew after a kill.
constexpr const char* kOurs = "sonant";

// Optuna's key for the values of a trial that somebody asked for.
constexpr const char* kFixed = "fixed_params";

// Of all that work on a study the first to suggest a trial decides: the mathematics of another host
// may differ in a last bit.
ParameterValues agreed(const ParameterValues& suggested, const std::filesystem::path& folder) {
  if (folder.empty()) return suggested;
  make_folder(folder, "tune");
  const std::filesystem::path file = folder / "parameters.json";
  if (create_file(file, Json(suggested).dump() + "\n", "tune")) return suggested;
  ParameterValues values;
  try {
    values = Json::parse(read_text(file, "tune")).get<ParameterValues>();
  } catch (const JsonError& error) {
    fail("tune", file.native(), ": is damaged: ", error.what());
  }
  const bool same = std::ranges::equal(
      values, suggested, {}, [](auto& p) { return p.first; }, [](auto& p) { return p.first; });
  check(same, "tune", file.native(), ": has other parameters; expected those of the space");
  return values;
}

// The same for a moment in a trial's life, so that the study is the same whoever writes it.
std::string agreed_time(const std::filesystem::path& folder, const char* name) {
  const std::string here = study_time();
  if (folder.empty()) return here;
  make_folder(folder, "tune");
  return create_file(folder / name, here, "tune") ? here : read_text(folder / name, "tune", 100);
}

bool is_to_do(const Trial& trial) {
  return trial.state == TrialState::waiting ||
         (trial.state == TrialState::running && trial.system.contains(kOurs));
}

}  // namespace

Search::Search(StudyFile& file, const TuneOptions& options, const Callbacks& callbacks, int folds)
    : file_(file),
      options_(options),
      callbacks_(callbacks),
      folds_(folds),
      judge_(find_protocol(options.config.protocol).rules.search) {
  const auto& trials = file.study().trials;
  for (int n = 0; n < options.trials; ++n) {
    const auto i = static_cast<std::size_t>(n);
    if (i >= trials.size() || is_to_do(trials[i]))
      all_epochs_ += long{folds} * options.config.epochs;
  }
}

std::optional<Job> Search::next() {
  for (;;) {
    for (auto& [number, live] : live_) {
      if (live.handed_out == folds_) continue;
      Job job{.number = number, .folder = folder_of(number)};
      job.run.config = live.config;
      job.run.config.fold = live.handed_out++;
      if (!job.folder.empty()) job.folder /= "fold" + std::to_string(job.run.config.fold);
      return job;
    }
    if (!may_start_next()) return std::nullopt;
    start_next();
  }
}

// Trial n waits for the trials 0..n-workers.
bool Search::may_start_next() const {
  if (next_ >= options_.trials) return false;
  return live_.empty() || live_.begin()->first > next_ - options_.workers;
}

void Search::start_next() {
  const int number = next_++;
  const auto& trials = file_.study().trials;
  const auto i = static_cast<std::size_t>(number);
  if (i < trials.size() && !is_to_do(trials[i])) return;
  Live live{.trial = prepared(number)};
  live.config = with_parameters(options_.config, options_.space, live.trial.parameters);
  live.outcomes.resize(static_cast<std::size_t>(folds_));
  file_.writes();
  file_.start(live.trial);
  live_.emplace(number, std::move(live));
}

std::span<const Trial> Search::visible_to(int number) const {
  const auto n = static_cast<std::size_t>(std::max(0, number - options_.workers + 1));
  return std::span(file_.study().trials).first(n);
}

Trial Search::prepared(int number) const {
  const auto& trials = file_.study().trials;
  Trial trial;
  trial.number = number;
  if (static_cast<std::size_t>(number) < trials.size())
    trial = trials[static_cast<std::size_t>(number)];
  trial.intermediate.clear();
  if (trial.state != TrialState::running || trial.parameters.size() != options_.space.size())
    trial.parameters = parameters_for(trial);
  trial.distributions.clear();
  for (const Hyperparameter& p : options_.space) trial.distributions[p.name] = p.distribution;
  trial.state = TrialState::running;
  trial.started = agreed_time(folder_of(number), "started");
  trial.system[kOurs] = Json(version()).dump();
  return trial;
}

// What was asked for, and suggestions for the rest.
ParameterValues Search::parameters_for(const Trial& trial) const {
  Json fixed = Json::object();
  if (const auto asked = trial.system.find(kFixed); asked != trial.system.end())
    fixed = Json::parse_or_null(asked->second);
  ParameterValues values;
  for (const Hyperparameter& p : options_.space) {
    double value = -1;
    if (fixed.is_object() && fixed.contains(p.name))
      value = p.distribution.number_of(choice_from_json(fixed[p.name]));
    values[p.name] = p.distribution.contains(value)
                         ? value
                         : suggest(p.name, p.distribution, visible_to(trial.number),
                                   file_.study().maximize, options_.seed, trial.number);
  }
  return agreed(values, folder_of(trial.number));
}

std::filesystem::path Search::folder_of(int number) const {
  return options_.jobs.empty() ? options_.jobs : options_.jobs / ("trial" + std::to_string(number));
}

TuneProgress Search::progress() const { return {epochs_, all_epochs_, &file_.study()}; }

void Search::epochs(const Job& job, int more) {
  const auto live = live_.find(job.number);
  if (live == live_.end()) return;
  live->second.epochs += more;
  epochs_ += more;
  if (callbacks_.search) callbacks_.search(progress());
}

void Search::done(const Job& job, RunResult result, bool) {
  record(job, {{result.best_choose_figure, std::move(result.test.metrics.confusion),
                result.test.numbers.pairs},
               ""});
}

void Search::failed(const Job& job, const Error& error) {
  record(job, {{}, "fold " + std::to_string(job.run.config.fold) + ": " + error.what()});
}

// A trial is judged by the folds that are there without a gap, so that it does not matter which of
// them were done first.
void Search::record(const Job& job, Outcome outcome) {
  const auto found = live_.find(job.number);
  if (found == live_.end()) return;
  Live& live = found->second;
  live.outcomes[static_cast<std::size_t>(job.run.config.fold)] = std::move(outcome);
  while (live.outcomes[live.scores.size()]) {
    const Outcome& next = *live.outcomes[live.scores.size()];
    if (!next.error.empty()) return end(live, TrialState::fail, next.error);
    const int step = static_cast<int>(live.scores.size());
    live.scores.push_back(next.score);
    const double value = objective_value(judge_, live.scores);
    live.trial.intermediate[step] = value;
    file_.report(live.trial.number, step, value);
    if (std::isnan(value)) return end(live, TrialState::fail, "the value is NaN");
    if (step + 1 == folds_) return end(live, TrialState::complete, "");
    if (options_.pruner == Pruner::median &&
        median_prunes(live.trial.intermediate, visible_to(live.trial.number),
                      file_.study().maximize))
      return end(live, TrialState::pruned, "");
  }
}

void Search::end(Live& live, TrialState state, const std::string& error) {
  Trial& trial = live.trial;
  trial.state = state;
  if (state != TrialState::fail) trial.value = trial.intermediate.rbegin()->second;
  if (!error.empty()) trial.user["error"] = Json(error).dump();
  if (state == TrialState::complete) {
    if (find_protocol(live.config.protocol).rules.chooser != Chooser::nobody)
      trial.user["choose_uar"] = Json(objective_value(Chooser::choose, live.scores)).dump();
    // Where nobody is to choose by the test speakers, it is not even stored.
    if (judge_ == Chooser::test) trial.user["test_uar"] = Json(*trial.value).dump();
  }
  trial.completed = agreed_time(folder_of(trial.number), "completed");
  file_.finish(trial);
  epochs_ += long{folds_} * options_.config.epochs - live.epochs;
  if (callbacks_.note && !error.empty())
    callbacks_.note("trial " + std::to_string(trial.number) + " failed: " + error);
  if (callbacks_.trial)
    callbacks_.trial(file_.study().trials.at(static_cast<std::size_t>(trial.number)), progress());
  live_.erase(trial.number);
}

}  // namespace sonant
