#include <sonant/train/schedule.h>

#include <cmath>
#include <numbers>

#include <sonant/core/error.h>

namespace sonant {

double Schedule::rate(int epoch) const {
  check(epoch >= 0, "Schedule", "expects an epoch >= 0, got ", epoch);
  if (name == "constant") return lr;
  check(name == "cosine", "Schedule", "expects cosine or constant, got ", name);
  check(t0 >= 1, "Schedule", "expects t0 >= 1 epoch, got ", t0);
  check(t_mult >= 1, "Schedule", "expects t_mult >= 1, got ", t_mult);
  check(eta_min >= 0 && eta_min <= lr, "Schedule", "expects 0 <= eta_min <= lr = ", lr, ", got ",
        eta_min);
  long long t = epoch, cycle = t0;
  if (t_mult == 1) t %= cycle;
  while (t >= cycle) {
    t -= cycle;
    cycle *= t_mult;
  }
  const double phase = std::numbers::pi * static_cast<double>(t) / static_cast<double>(cycle);
  return eta_min + (lr - eta_min) * (1 + std::cos(phase)) / 2;
}

}  // namespace sonant
