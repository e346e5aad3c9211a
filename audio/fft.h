// Power spectra of real frames, over kissfft's C++ template in double, eight frames at once.
#pragma once

#include <cstddef>
#include <memory>

#include <sonant/audio/frame_kernels.h>

namespace sonant {

// |X_k|^2 of X_k = sum over j of w_j x_j exp(-2 pi i jk / n), k = 0 .. n/2, for any n >= 2 (prime
// factors of 5 and less are fast). One object may be used by several threads.
class PowerFft {
 public:
  explicit PowerFft(int n, const FrameKernels& kernels = frame_kernels());
  // The plan for n samples on frame_kernels(), made once.
  static std::shared_ptr<const PowerFft> plan(int n);

  int size() const { return n_; }
  int bins() const { return n_ / 2 + 1; }
  // Doubles that power() needs as scratch, 64-byte aligned.
  std::size_t scratch_size() const { return kernels_->scratch_size(n_); }
  // frames: eight pointers to n samples each; window: n factors; power: (n/2+1, 8), 64-byte
  // aligned.
  void power(const double* const* frames, const double* window, double* scratch,
             double* power) const;

 private:
  int n_;
  bool exclusive_;  // one call at a time
  const FrameKernels* kernels_;
  std::shared_ptr<void> plan_;
};

}  // namespace sonant
