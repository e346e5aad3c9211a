// The learning rate of each epoch: docs/training.md.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/any_settings.h>
#include <sonant/train/patience.h>

namespace sonant {

// A pure function of the epoch and of what the epochs before it brought, so that a resumed run
// needs no state of it.
struct Schedule {
  std::string name = "cosine";     // known_schedules()
  double lr = 1e-3;                // highest rate
  double eta_min = 0;              // cosine: approached at the end of a cycle; plateau: lowest
  int t0 = 10;                     // cosine: epochs of the first cycle; 1 makes the rate constant
  int t_mult = 1;                  // cosine: each cycle is this many times as long as the last
  double factor = 0.1;             // step, plateau: what the rate is multiplied by
  int step_size = 30;              // step: epochs of the same rate
  int patience = 10;               // plateau: epochs without a better figure before each step down
  double min_delta = 0;            // plateau: what is better by less is not better
  Better better = Better::higher;  // plateau: which figures are
  int warmup = 0;                  // epochs in which the rate rises in a line, before all else
  AnySettings own = {};            // of a row that has some; empty: its defaults

  // UsageError, naming the field, for an unknown name or a setting out of its range.
  void validate() const;

  // Rate of `epoch` (from 0); validates. figures: the watched one of each epoch before. During the
  // warm-up, in front of all else, the rate is lr (epoch + share) / warmup, where share, in (0, 1],
  // is how much of the epoch will be done after the step: (batch + 1) / batches.
  double rate(int epoch, std::span<const double> figures = {}, double share = 1) const;
};
SettingTable settings_of(const Schedule&);  // all but own

// docs/contributing.md: "Add a schedule". The rate of an epoch, from 0 after the warm-up; figures
// are those of the epochs since. The schedule is checked, and its `own` filled in.
struct ScheduleRow {
  using Rate = double(const Schedule& schedule, int epoch, std::span<const double> figures);

  std::string name;      // "cosine"
  std::string idea;      // one line
  AnySettings settings;  // its own, beside those of Schedule: the defaults
  std::function<Rate> rate;
};

// A program's own row, from then on as good as ours. Error if the name is taken, or if a setting of
// its own is called as one of every training.
void register_schedule(ScheduleRow row);
const ScheduleRow& find_schedule(std::string_view name);
std::vector<std::string> known_schedules();

}  // namespace sonant
