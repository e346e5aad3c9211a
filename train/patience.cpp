#include <sonant/train/patience.h>

#include <cmath>

#include <sonant/core/usage.h>

namespace sonant {

Patience::Patience(int patience, double min_delta, Better better)
    : patience_(patience), min_delta_(min_delta), better_(better) {
  check_usage(patience >= 1, "Patience", "expects a patience >= 1 epoch, got ", patience);
  check_usage(std::isfinite(min_delta) && min_delta >= 0, "Patience",
              "expects min_delta >= 0, got ", min_delta);
}

bool Patience::tell(double figure) {
  const bool higher = better_ == Better::higher;
  const bool first = !best_ && !std::isnan(figure);
  if (first || (best_ && (higher ? figure > *best_ + min_delta_ : figure < *best_ - min_delta_))) {
    best_ = figure;
    waited_ = 0;
  } else {
    ++waited_;
  }
  return waited_ >= patience_;
}

bool Patience::tell(std::span<const double> figures) {
  bool over = false;
  for (double figure : figures) over = tell(figure);
  return over;
}

}  // namespace sonant
