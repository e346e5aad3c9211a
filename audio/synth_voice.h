// The source-filter synthesiser: glottal pulses and noise through the resonances of a vocal tract.
#pragma once

#include <vector>

#include <sonant/audio/synth_score.h>

namespace sonant::synth {

// Samples per frame of the score's tracks: `frame_seconds` times the rate is this whole number.
int frame_samples(int sample_rate);

// Mono samples of the whole score, peak below 0.9, on the grid of multiples of 2^-15.
std::vector<double> sing(const Score& score, int sample_rate, const Random& random);

}  // namespace sonant::synth
