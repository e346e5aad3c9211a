// Any bytes to the decoder alone: an Error, or finite samples within the limits. Without the
// features of fuzz_decode.cpp it makes ten times as many runs. An entry for libFuzzer.
#include <sonant/audio/decode.h>
#include <sonant/core/error.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

// As in fuzz_decode.cpp: libvorbis 1.3.7 loses memory when a header is damaged.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libvorbis\n"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t most = std::size_t{1} << 14;
  try {
    const auto bytes = std::as_bytes(std::span(data, size));
    const sonant::Sound sound = sonant::decode(bytes, "input", {.max_samples = most});
    if (sound.samples.empty() || sound.samples.size() > most || sound.sample_rate < 1) std::abort();
    for (const double x : sound.samples)
      if (!std::isfinite(x)) std::abort();
  } catch (const sonant::Error&) {
  }
  return 0;
}
