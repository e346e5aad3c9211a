// A sound at another sample rate, as librosa.resample gives it.
#pragma once

#include <sonant/audio/decode.h>

namespace sonant {

// ceil(n * sample_rate / sound.sample_rate) samples of the same signal, of which everything above
// half of the lower rate is gone. Band-limited interpolation by libsoxr at the quality that it
// calls high (20 bits) and that is librosa's default, `soxr_hq`; what is missing at the end is
// zero, as there. A sound that has the rate already comes back as it is, bit for bit.
// Error, for any other, if a rate is outside 1 kHz to 1 MHz, if there is no sample, or if the
// result would be over the limits.
Sound resample(Sound sound, int sample_rate, const DecodeLimits& limits = {});

}  // namespace sonant
