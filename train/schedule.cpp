#include <sonant/train/schedule.h>

#include <algorithm>
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
                     {"plateau", "multiplied by a factor when nothing gets better", {}, plateau}});
  return rows;
}

}  // namespace

void register_schedule(ScheduleRow row) { rows().add(std::move(row)); }
const ScheduleRow& find_schedule(std::string_view name) { return rows().find(name, kAt); }
std::vector<std::string> known_schedules() { return rows().names(); }

void Schedule::validate() const {
  check_usage(std::isfinite(lr) && lr >= 0, kAt, "expects a learning rate >= 0, got ", lr);
  check_usage(t0 >= 1, kAt, "expects t0 >= 1 epoch, got ", t0);
  check_usage(t_mult >= 1, kAt, "expects t_mult >= 1, got ", t_mult);
  check_usage(eta_min >= 0 && eta_min <= lr, kAt, "expects 0 <= eta_min <= lr = ", lr, ", got ",
              eta_min);
  check_usage(factor > 0 && factor <= 1, kAt, "expects a factor in (0, 1], got ", factor);
  check_usage(step_size >= 1, kAt, "expects step_size >= 1 epoch, got ", step_size);
  Patience(patience, min_delta, better);
  check_usage(warmup >= 0, kAt, "expects a warm-up of >= 0 epochs, got ", warmup);
  own_values(kAt, name, find_schedule(name).settings, own);
}

double Schedule::rate(int epoch, Figures figures, double share) const {
  validate();
  check(epoch >= 0, kAt, "expects an epoch >= 0, got ", epoch);
  check(share > 0 && share <= 1, kAt, "expects a share of the epoch in (0, 1], got ", share);
  const ScheduleRow& row = find_schedule(name);
  Schedule complete = *this;
  complete.own = own_values(kAt, name, row.settings, own);
  if (epoch < warmup) return lr * (epoch + share) / warmup;
  const auto before = std::min(figures.size(), static_cast<std::size_t>(warmup));
  return row.rate(complete, epoch - warmup, figures.subspan(before));
}

}  // namespace sonant
