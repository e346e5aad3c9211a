// Z-score normalisation of feature frames: one mean and one standard deviation per feature.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <sonant/core/tensor.h>

namespace sonant {

struct Normaliser {
  std::vector<double> mean, stddev;  // [F] each

  // (x - mean) / stddev on every frame of x (T,F), computed in double. In place when x is moved in.
  template <Real T>
  Tensor<T> apply(Tensor<T> x) const;

  bool operator==(const Normaliser&) const = default;
};

// So that a constant feature becomes 0 and not NaN: as in the notebook of Krasnoproshin and
// Vashkevich (2026).
inline constexpr double kVarianceFloor = 1e-8;

// That changes nothing.
Normaliser no_normaliser(int features);

// Population mean and standard deviation over all frames of all tensors (T_k,F), by two passes in
// double in the order given; the variance is at least kVarianceFloor. Fit on training speakers
// only, unless the published protocol is wanted. Error if there is no frame, if the widths F
// differ, or if a value is not finite.
template <Real T>
Normaliser fit_normaliser(std::span<const Tensor<T>* const> features);
// The same, to the same bits, of tensors that are not in memory together: features(k), for k from 0
// to count - 1, is asked for twice, and used until the next is.
template <Real T>
Normaliser fit_normaliser(std::size_t count,
                          const std::function<const Tensor<T>&(std::size_t)>& features);

}  // namespace sonant
