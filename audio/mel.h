// The mel scale of Slaney's Auditory Toolbox and its triangular filters, as librosa.filters.mel has
// them.
#pragma once

#include <memory>

#include <sonant/audio/filter_bank.h>

namespace sonant {

// Linear (200/3 Hz a mel) up to 1000 Hz, then logarithmic: 27 mels a factor of 6.4.
double hz_to_mel(double hz);
double mel_to_hz(double mel);

// n_mels triangles whose corners are equally spaced in mel from fmin to fmax (Hz), each divided by
// half its width in Hz, so that white noise gives every band the same energy ("slaney" norm).
// Columns: n_fft/2+1. A band narrower than a bin may be empty. Error if not 0 <= fmin < fmax.
FilterBank mel_filter_bank(int sample_rate, int n_fft, int n_mels, double fmin, double fmax);

// The same, made once for each set of arguments.
std::shared_ptr<const FilterBank> cached_mel_filter_bank(int sample_rate, int n_fft, int n_mels,
                                                         double fmin, double fmax);

// Triangles of height 1, linear in mel = 1127 ln(1 + f/700) between corners equally spaced in mel,
// none for bin 0: as tf.signal.linear_to_mel_weight_matrix has them (the scale is HTK's).
FilterBank linear_mel_filter_bank(int sample_rate, int n_fft, int n_mels, double fmin, double fmax);
std::shared_ptr<const FilterBank> cached_linear_mel_filter_bank(int sample_rate, int n_fft,
                                                                int n_mels, double fmin,
                                                                double fmax);

}  // namespace sonant
