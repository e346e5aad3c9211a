#include <sonant/train/report/inspect_sound.h>

#include <sonant/audio/resample.h>

namespace sonant {

std::vector<std::byte> playable_wav(const Sound& sound, std::size_t max_bytes) {
  int factor = 1;
  for (int k = 1; k <= sound.sample_rate / 8000; ++k) {
    if (sound.sample_rate % k != 0) continue;  // a rate that is rounded would shift the pitch
    factor = k;
    if (2 * sound.samples.size() / static_cast<std::size_t>(k) <= max_bytes) break;
  }
  const char* name = "the page's sound";
  if (factor == 1) return wav_bytes(sound.samples, sound.sample_rate, name);
  return wav_bytes(resample(sound, sound.sample_rate / factor).samples, sound.sample_rate / factor,
                   name);
}

}  // namespace sonant
