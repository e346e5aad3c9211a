// Chroma: the energy of a spectrum in each pitch class, as librosa.feature.chroma_stft.
#pragma once

#include <memory>

#include <sonant/audio/filter_bank.h>
#include <sonant/audio/frames.h>

namespace sonant {

struct ChromaSettings {
  int n_chroma = 12;        // pitch classes per octave; class 0 is C when this is a multiple of 12
  double centre = 5;        // octave above A0 that weighs most (A5 = 880 Hz)
  double octave_width = 2;  // Gaussian half-width of that preference, in octaves; 0: no preference
  bool operator==(const ChromaSettings&) const = default;
};

// (n_chroma, n_fft/2+1): in each column a Gaussian bump around the bin's pitch class, two sigma
// wide at a bin's width in classes (at least one), of L2 norm 1, times the octave's weight.
// `tuning` as from estimate_tuning.
DenseMatrix chroma_filter_bank(int sample_rate, int n_fft, double tuning,
                               const ChromaSettings& settings = {});

// The same, made once for each set of arguments; the last 128 stay (25 MB at n_fft 4096).
std::shared_ptr<const DenseMatrix> cached_chroma_filter_bank(int sample_rate, int n_fft,
                                                             double tuning,
                                                             const ChromaSettings& settings = {});

// Frees what stays of them, but for what is in use: when there will be no more sounds.
void clear_chroma_filter_banks();

// Divides each frame by its largest magnitude; a frame of zeros stays.
void normalise_frames(FrameMatrix& m);

}  // namespace sonant
