// Mean and deviation of feature frames that are never together: sums of parts, which add up.
#pragma once

#include <cstdint>
#include <vector>

#include <sonant/audio/normaliser.h>
#include <sonant/core/tensor.h>

namespace sonant {

// Of n frames of F features. Two parts are joined as in Chan, Golub & LeVeque, "Algorithms for
// computing the sample variance" (1983), equations 2.1: the same parts in the same order give the
// same bits; in another order, and from fit_normaliser(), others in the last digits.
struct FrameSums {
  std::int64_t frames = 0;
  std::vector<double> mean, squares;  // [F]: of the values, and of (value - mean)^2, summed

  // Frames (T,F), summed among themselves first. Error if the widths F differ.
  void add(const Tensor<float>& x);
  void add(const FrameSums& other);

  // Error without a frame, or if a value was not finite.
  Normaliser normaliser() const;

  bool operator==(const FrameSums&) const = default;
};

}  // namespace sonant
