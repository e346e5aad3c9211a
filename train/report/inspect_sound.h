// A sound as a page carries it.
#pragma once

#include <cstddef>
#include <vector>

#include <sonant/audio/decode.h>

namespace sonant {

// Mono 16-bit wav, at the sound's own rate if that takes at most `max_bytes`, else at the next
// whole fraction of it that does, but no less than 8 kHz. For listening: nothing is computed on it.
std::vector<std::byte> playable_wav(const Sound& sound, std::size_t max_bytes = 400'000);

}  // namespace sonant
