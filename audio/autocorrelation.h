// Autocorrelations of eight frames at once, from their power spectra (Wiener and Khinchin).
#pragma once

#include <memory>
#include <vector>

#include <sonant/audio/fft.h>
#include <sonant/core/pool.h>

namespace sonant {

// R(l) = sum_j x(j) x(j + l mod n), l = 0 .. n/2. Frames that end in as many zeros as the largest
// lag that is asked for have no sample that comes round. One object per thread.
class Autocorrelation {
 public:
  explicit Autocorrelation(int n);

  // power: (n/2+1, 8), as PowerFft::power() has it; lags: the same shape. 64-byte aligned.
  void operator()(const double* power, double* lags);

 private:
  using Doubles = std::vector<double, PoolAllocator<double>>;

  std::shared_ptr<const PowerFft> fft_;
  Doubles ones_, scratch_, whole_;  // n; and eight whole spectra, (8, n)
};

}  // namespace sonant
