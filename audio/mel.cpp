#include <sonant/audio/mel.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include <sonant/audio/cache.h>
#include <sonant/audio/stft.h>
#include <sonant/core/error.h>

namespace sonant {
namespace {

constexpr double hz_per_mel = 200.0 / 3;
constexpr double log_begins_hz = 1000.0;
constexpr double log_begins_mel = log_begins_hz / hz_per_mel;
const double log_step = std::log(6.4) / 27.0;

}  // namespace

double hz_to_mel(double hz) {
  if (hz < log_begins_hz) return hz / hz_per_mel;
  return log_begins_mel + std::log(hz / log_begins_hz) / log_step;
}

double mel_to_hz(double mel) {
  if (mel < log_begins_mel) return hz_per_mel * mel;
  return log_begins_hz * std::exp(log_step * (mel - log_begins_mel));
}

FilterBank mel_filter_bank(int sample_rate, int n_fft, int n_mels, double fmin, double fmax) {
  check(n_mels >= 1, "mel_filter_bank", "expects at least one band, got ", n_mels);
  check(fmin >= 0 && fmin < fmax, "mel_filter_bank", "expects 0 <= fmin < fmax, got ", fmin,
        " and ", fmax, " Hz");
  // Corners: band m rises from corner m to m+1 and falls to m+2.
  std::vector<double> corners(static_cast<std::size_t>(n_mels) + 2);
  const double low = hz_to_mel(fmin), high = hz_to_mel(fmax);
  const double step = (high - low) / (n_mels + 1);
  for (int m = 0; m <= n_mels; ++m)
    corners[static_cast<std::size_t>(m)] = mel_to_hz(low + m * step);
  corners.back() = mel_to_hz(high);

  FilterBank bank;
  bank.columns = n_fft / 2 + 1;
  std::vector<double> row(static_cast<std::size_t>(bank.columns));
  for (std::size_t m = 0; m < static_cast<std::size_t>(n_mels); ++m) {
    const double left = corners[m], centre = corners[m + 1], right = corners[m + 2];
    const double area = 2.0 / (right - left);
    for (int k = 0; k < bank.columns; ++k) {
      const double hz = bin_frequency(k, sample_rate, n_fft);
      const double rise = (hz - left) / (centre - left), fall = (right - hz) / (right - centre);
      row[static_cast<std::size_t>(k)] = std::max(0.0, std::min(rise, fall)) * area;
    }
    bank.add_row(row);
  }
  return bank;
}

std::shared_ptr<const FilterBank> cached_mel_filter_bank(int sample_rate, int n_fft, int n_mels,
                                                         double fmin, double fmax) {
  static Cache<std::tuple<int, int, int, double, double>, FilterBank> cache(8);
  return cache.get({sample_rate, n_fft, n_mels, fmin, fmax},
                   [&] { return mel_filter_bank(sample_rate, n_fft, n_mels, fmin, fmax); });
}

FilterBank linear_mel_filter_bank(int sample_rate, int n_fft, int n_mels, double fmin,
                                  double fmax) {
  FilterBank bank;
  bank.columns = n_fft / 2 + 1;
  const auto mel = [](double hz) { return 1127 * std::log(1 + hz / 700); };
  const double low = mel(fmin), step = (mel(fmax) - low) / (n_mels + 1);
  std::vector<double> row(static_cast<std::size_t>(bank.columns));
  for (int m = 0; m < n_mels; ++m) {
    for (int k = 1; k < bank.columns; ++k) {
      const double place = (mel(bin_frequency(k, sample_rate, n_fft)) - low) / step - m;
      row[static_cast<std::size_t>(k)] = std::max(0.0, std::min(place, 2 - place));
    }
    bank.add_row(row);
  }
  return bank;
}

std::shared_ptr<const FilterBank> cached_linear_mel_filter_bank(int sample_rate, int n_fft,
                                                                int n_mels, double fmin,
                                                                double fmax) {
  static Cache<std::tuple<int, int, int, double, double>, FilterBank> cache(8);
  return cache.get({sample_rate, n_fft, n_mels, fmin, fmax},
                   [&] { return linear_mel_filter_bank(sample_rate, n_fft, n_mels, fmin, fmax); });
}

}  // namespace sonant
