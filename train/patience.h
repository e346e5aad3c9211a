// Whether a figure that is watched still gets better: docs/training.md, "Early stopping".
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace sonant {

enum class Better { higher, lower };  // of UAR or accuracy, of a loss
constexpr std::array<std::string_view, 2> words_of(Better) { return {"higher", "lower"}; }

// Told a figure after each epoch, it says when `patience` epochs in a row have brought no figure
// that is better than the best one by more than min_delta. (As Keras counts; PyTorch's
// ReduceLROnPlateau and its patience wait one epoch longer.) A NaN is never better.
class Patience {
 public:
  // Error unless patience >= 1 and min_delta >= 0.
  explicit Patience(int patience, double min_delta = 0, Better better = Better::higher);

  // True from the epoch on in which patience has run out, until one is better.
  bool tell(double figure);
  // All that has been told, in one go: the state of a run that is resumed follows from its records.
  bool tell(std::span<const double> figures);

  std::optional<double> best() const { return best_; }  // none before the first number
  int waited() const { return waited_; }                // epochs since the best one
  void wait_anew() { waited_ = 0; }                     // the best figure stays

 private:
  int patience_;
  double min_delta_;
  Better better_;
  std::optional<double> best_;
  int waited_ = 0;
};

}  // namespace sonant
