#include <sonant/audio/autocorrelation.h>

#include <array>
#include <cmath>

#include <sonant/audio/frames.h>

namespace sonant {

Autocorrelation::Autocorrelation(int n) : fft_(PowerFft::plan(n)) {
  const auto size = static_cast<std::size_t>(n);
  ones_.assign(size, 1.0);
  scratch_.resize(fft_->scratch_size());
  whole_.resize(size * FrameMatrix::lanes);
}

// The transform of the power, which is even, is real. PowerFft gives squares: a constant that is
// added at first keeps them from losing the sign.
void Autocorrelation::operator()(const double* power, double* lags) {
  constexpr std::size_t lanes = FrameMatrix::lanes;
  const auto n = static_cast<std::size_t>(fft_->size()), bins = n / 2 + 1;
  std::array<const double*, lanes> spectra;
  std::array<double, lanes> shift;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    double* p = whole_.data() + lane * n;
    spectra[lane] = p;
    double sum = 0;
    for (std::size_t k = 0; k < bins; ++k) sum += p[k] = power[k * lanes + lane];
    for (std::size_t k = bins; k < n; ++k) sum += p[k] = p[n - k];
    shift[lane] = 2 * sum;
    p[0] += shift[lane];
  }
  fft_->power(spectra.data(), ones_.data(), scratch_.data(), lags);
  for (std::size_t i = 0; i < bins * lanes; ++i)
    lags[i] = (std::sqrt(lags[i]) - shift[i % lanes]) / static_cast<double>(n);
}

}  // namespace sonant
