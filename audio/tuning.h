// How far a sound is tuned from A4 = 440 Hz: librosa's piptrack and pitch_tuning, on the power
// spectrum.
#pragma once

#include <span>
#include <vector>

#include <sonant/audio/frames.h>

namespace sonant {

struct TuningSettings {
  double fmin = 150;         // Hz; peaks are looked for in fmin <= f < fmax
  double fmax = 4000;        // Hz
  double threshold = 0.1;    // a peak rises above threshold * the maximum of its frame
  double resolution = 0.01;  // of the histogram, in bins of the octave
  bool operator==(const TuningSettings&) const = default;
};

// The top of the parabola through a local maximum of the spectrum and its two neighbours.
struct SpectralPeak {
  double hz;
  double magnitude;  // in the spectrum's unit, here power
};

// Local maxima over the bins of each frame of power (T, n_fft/2+1): S_k > S_k-1, S_k >= S_k+1.
// Error if the power overflows.
std::vector<SpectralPeak> spectral_peaks(const FrameMatrix& power, int sample_rate, int n_fft,
                                         const TuningSettings& settings = {});

// Frequencies of the peaks whose magnitude is at least the median magnitude.
std::vector<double> strong_pitches(std::span<const SpectralPeak> peaks);

// The left edge of the fullest histogram bin of the frequencies' distances from the nearest note,
// in
// [-0.5, 0.5) bins of an octave of bins_per_octave; 0 if there are no frequencies (Hz, > 0).
double pitch_tuning(std::span<const double> hz, double resolution, int bins_per_octave);

// All three: librosa.estimate_tuning(S=power).
double estimate_tuning(const FrameMatrix& power, int sample_rate, int n_fft, int bins_per_octave,
                       const TuningSettings& settings = {});

// Octaves above A0 = 27.5 Hz, moved by `tuning` bins.
double hz_to_octaves(double hz, double tuning, int bins_per_octave);

}  // namespace sonant
