#include <sonant/train/schedule.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <sonant/core/rows.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

using Figures = std::span<const double>;
constexpr const char* kAt = "Schedule";

double constant(const Schedule& s, int, Figures) { return s.lr; }

// Loshchilov & Hutter 2017 (SGDR), equation 5, at epoch t of a cycle of T epochs, as
// torch.optim.lr_scheduler.CosineAnnealingWarmRestarts stepped once per epoch:
//   eta_min + (lr - eta_min) (1 + cos(pi t / T)) / 2
double cosine(const Schedule& s, int epoch, Figures) {
  long long t = epoch, cycle = s.t0;
  if (s.t_mult == 1) t %= cycle;
  while (t >= cycle) {
    t -= cycle;
    cycle *= s.t_mult;
  }
  const double phase = std::numbers::pi * static_cast<double>(t) / static_cast<double>(cycle);
  return s.eta_min + (s.lr - s.eta_min) * (1 + std::cos(phase)) / 2;
}

// torch.optim.lr_scheduler.StepLR:  lr factor^floor(t / step_size)
double step(const Schedule& s, int epoch, Figures) {
  return s.lr * std::pow(s.factor, epoch / s.step_size);
}

// As Light-SERNet was trained (Aftab et al. 2022, the authors' program): epochs 60, 80, ... 280
// take the rate down by exp(-0.15) each, whatever the number of epochs.
double light_sernet(const Schedule& s, int epoch, Figures) {
  const int steps = epoch < 60 ? 0 : std::min((epoch - 60) / 20 + 1, 12);
  return s.lr * std::exp(-0.15 * steps);
}

// torch.optim.lr_scheduler.ReduceLROnPlateau, threshold_mode="abs", with patience one less.
double plateau(const Schedule& s, int epoch, Figures figures) {
  const auto done = static_cast<std::size_t>(epoch);
  check(figures.size() >= done, kAt, "plateau expects the figures of the ", done,
        " epochs before, got ", figures.size());
  Patience patience(s.patience, s.min_delta, s.better);
  double rate = s.lr;
  for (double figure : figures.first(done)) {
    if (!patience.tell(figure)) continue;
    rate = std::max(rate * s.factor, s.eta_min);
    patience.wait_anew();
  }
  return rate;
}

Rows<ScheduleRow>& rows() {
  static Rows<ScheduleRow> rows(
      "a schedule", {{"cosine", "annealed along a cosine, with warm restarts", {}, cosine},
                     {"constant", "the same rate in every epoch", {}, constant},
                     {"step", "multiplied by a factor every step_size epochs", {}, step},
                     {"plateau", "multiplied by a factor when nothing gets better", {}, plateau},
                     {"light-sernet",
                      "as published: by exp(-0.15) at epochs 60, 80, ... 280",
                      {},
                      light_sernet}});
  return rows;
}

constexpr std::array kTable{
    setting<&Schedule::name>("schedule", "Learning rate over the epochs").one_of(known_schedules),
    setting<&Schedule::lr>("lr", "Highest learning rate").at_least(0),
    setting<&Schedule::eta_min>("eta_min", "cosine, plateau: lowest rate").at_least(0),
    setting<&Schedule::t0>("t0", "cosine: epochs of the first cycle, then a warm restart")
        .at_least(1),
    setting<&Schedule::t_mult>("t_mult", "cosine: each cycle is so many times longer").at_least(1),
    setting<&Schedule::factor>("factor", "step, plateau: what the rate is multiplied by")
        .above(0)
        .at_most(1),
    setting<&Schedule::step_size>("step_size", "step: epochs of the same rate").at_least(1),
    setting<&Schedule::patience>("patience",
                                 "plateau: epochs without a better figure before each step down")
        .at_least(1),
    setting<&Schedule::min_delta>("min_delta", "plateau: what is better by less is not better")
        .at_least(0),
    setting<&Schedule::better>("better", "plateau: which figures are"),
    setting<&Schedule::warmup>("warmup", "Epochs in which the rate rises in a line").at_least(0)};

AnySettings own_of(const Schedule& s) {
  return own_settings(s.name, find_schedule(s.name).settings, s.own);
}

}  // namespace

void register_schedule(ScheduleRow row) {
  check_own_names(row.name, row.settings);
  rows().add(std::move(row));
}
const ScheduleRow& find_schedule(std::string_view name) { return rows().find(name, kAt); }
std::vector<std::string> known_schedules() { return rows().names(); }

SettingTable settings_of(const Schedule&) { return kTable; }

void Schedule::validate() const {
  check_settings(*this, kAt);
  check_usage(eta_min <= lr, kAt, "expects eta_min <= lr = ", lr, ", got ", eta_min);
  own_of(*this);
}

double Schedule::rate(int epoch, Figures figures, double share) const {
  validate();
  check(epoch >= 0, kAt, "expects an epoch >= 0, got ", epoch);
  check(share > 0 && share <= 1, kAt, "expects a share of the epoch in (0, 1], got ", share);
  if (epoch < warmup) return lr * (epoch + share) / warmup;
  const auto before = std::min(figures.size(), static_cast<std::size_t>(warmup));
  Schedule complete = *this;
  complete.own = own_of(*this);
  return find_schedule(name).rate(complete, epoch - warmup, figures.subspan(before));
}

}  // namespace sonant
