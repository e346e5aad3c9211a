// Any bytes: either an Error, or finite samples and finite features. An entry for libFuzzer (build
// with clang++, -D SONANT_FUZZ=ON), and for test_decode.cpp beside it, which replays seeds/ and
// mutates them.
#include <sonant/audio/frontends/mfcc_chroma.h>
#include <sonant/core/error.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

// LeakSanitizer, where the program is built with it, asks here what to leave out: libvorbis 1.3.7
// loses memory when a header is damaged.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libvorbis\n"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sonant;
  MfccChromaSettings settings;
  settings.n_fft = 256, settings.hop = 128, settings.n_mels = 40, settings.n_mfcc = 13;
  settings.min_seconds = 0;
  static MfccChroma extract(settings);
  try {
    const auto bytes = std::as_bytes(std::span(data, size));
    const Sound sound = decode(bytes, "input", {.max_samples = std::size_t{1} << 18});
    if (sound.samples.empty() || sound.sample_rate < 1) std::abort();
    for (const double x : sound.samples)
      if (!std::isfinite(x)) std::abort();
    if (sound.samples.size() > 1 << 14) return 0;
    const Tensor<double> features = extract(sound);
    for (const double x : features.span())
      if (!std::isfinite(x)) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
