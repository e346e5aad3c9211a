#include <sonant/audio/tuning.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <sonant/audio/frame_kernels.h>
#include <sonant/audio/stft.h>
#include <sonant/core/error.h>

namespace sonant {
namespace {

constexpr std::size_t lanes = FrameMatrix::lanes;

// Peak at bin k of a frame; s points at its power there, its neighbours lie `lanes` apart.
SpectralPeak interpolate(const double* s, int k, double sample_rate, int n_fft) {
  const double before = s[-static_cast<int>(lanes)], here = *s, after = s[lanes];
  const double curvature = after + before - 2 * here;
  const double slope = (after - before) / 2;
  // A top more than one bin away is no top of this parabola.
  const double shift = std::abs(slope) >= std::abs(curvature) ? 0.0 : -slope / curvature;
  return {(k + shift) * sample_rate / n_fft, here + 0.5 * slope * shift};
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

}  // namespace

std::vector<SpectralPeak> spectral_peaks(const FrameMatrix& power, int sample_rate, int n_fft,
                                         const TuningSettings& settings) {
  check(power.rows() == n_fft / 2 + 1, "spectral_peaks", "expects ", n_fft / 2 + 1, " bins, got ",
        power.rows());
  const double fmax = std::min(settings.fmax, sample_rate / 2.0);
  int first = 1, last = 0;  // bin 0 has no left neighbour and is never a peak
  while (first < power.rows() && bin_frequency(first, sample_rate, n_fft) < settings.fmin) ++first;
  for (last = first; last < power.rows() && bin_frequency(last, sample_rate, n_fft) < fmax;) ++last;

  const FrameKernels& kernels = frame_kernels();
  std::vector<SpectralPeak> peaks;
  for (int b = 0; b < power.blocks(); ++b) {
    const std::span<const double> block = power.block(b);
    alignas(64) std::array<double, lanes> floor;
    kernels.maxima(block.data(), power.rows(), floor.data());
    for (double& f : floor) {
      check(f < 1e300, "spectral_peaks", "expects powers below 1e300, got ", f);
      f *= settings.threshold;
    }
    for (int k = first; k < last; ++k) {
      const double* row = block.data() + static_cast<std::size_t>(k) * lanes;
      const bool inner = k + 1 < power.rows();
      for (std::size_t l = 0; l < lanes; ++l) {
        const double* s = row + l;
        if (!(*s > floor[l] && *s > s[-static_cast<int>(lanes)])) continue;
        if (!inner) {
          peaks.push_back({k * static_cast<double>(sample_rate) / n_fft, *s});
        } else if (*s >= s[lanes]) {
          peaks.push_back(interpolate(s, k, sample_rate, n_fft));
        }
      }
    }
  }
  return peaks;
}

std::vector<double> strong_pitches(std::span<const SpectralPeak> peaks) {
  if (peaks.empty()) return {};
  std::vector<double> magnitudes;
  for (const SpectralPeak& peak : peaks) magnitudes.push_back(peak.magnitude);
  const double threshold = median(std::move(magnitudes));
  std::vector<double> hz;
  for (const SpectralPeak& peak : peaks)
    if (peak.magnitude >= threshold) hz.push_back(peak.hz);
  return hz;
}

double hz_to_octaves(double hz, double tuning, int bins_per_octave) {
  const double a4 = 440.0 * std::exp2(tuning / bins_per_octave);
  return std::log2(hz / (a4 / 16));
}

double pitch_tuning(std::span<const double> hz, double resolution, int bins_per_octave) {
  check(resolution > 0 && resolution < 1, "pitch_tuning",
        "expects a resolution between 0 and 1, got ", resolution);
  check(bins_per_octave >= 1, "pitch_tuning", "expects at least one bin per octave, got ",
        bins_per_octave);
  if (hz.empty()) return 0.0;
  const auto bins = static_cast<std::size_t>(std::ceil(1.0 / resolution));
  // Rounded as numpy.linspace(-0.5, 0.5, bins + 1): the answer is one of these.
  const double step = 1.0 / static_cast<double>(bins);
  std::vector<double> edges(bins + 1);
  for (std::size_t i = 0; i < bins; ++i) edges[i] = static_cast<double>(i) * step - 0.5;
  edges[bins] = 0.5;

  std::vector<int> counts(bins, 0);
  for (const double f : hz) {
    const double note = bins_per_octave * hz_to_octaves(f, 0.0, bins_per_octave);
    double residual = note - std::floor(note);
    if (residual >= 0.5) residual -= 1.0;
    // The bin with edges[i] <= residual < edges[i+1].
    const auto above = std::upper_bound(edges.begin(), edges.end() - 1, residual);
    ++counts[static_cast<std::size_t>(above - edges.begin()) - 1];
  }
  return edges[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) -
                                        counts.begin())];
}

double estimate_tuning(const FrameMatrix& power, int sample_rate, int n_fft, int bins_per_octave,
                       const TuningSettings& settings) {
  const std::vector<SpectralPeak> peaks = spectral_peaks(power, sample_rate, n_fft, settings);
  return pitch_tuning(strong_pitches(peaks), settings.resolution, bins_per_octave);
}

}  // namespace sonant
