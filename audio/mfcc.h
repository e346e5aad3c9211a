// From mel band energies to cepstral coefficients: decibels, floor, cosine transform.
#pragma once

#include <memory>

#include <sonant/audio/filter_bank.h>
#include <sonant/audio/frames.h>

namespace sonant {

// S <- 10 log10(max(amin, S)), then raised to at least its own maximum (over all frames and bands)
// - top_db: librosa.power_to_db with ref = 1. Needs the whole sound, so it is not causal.
void power_to_db(FrameMatrix& power, double amin, double top_db);

// C_km = s_k cos(pi k (2m + 1) / (2 M)), s_0 = sqrt(1/M), else sqrt(2/M): the first n_coefficients
// rows of the orthonormal DCT-II over M = n_bands. Error unless 1 <= n_coefficients <= n_bands.
DenseMatrix dct_matrix(int n_coefficients, int n_bands);

// The same, made once for each pair.
std::shared_ptr<const DenseMatrix> cached_dct_matrix(int n_coefficients, int n_bands);

}  // namespace sonant
