#include <sonant/train/inspect_sound.h>

#include <cmath>
#include <numbers>

#include <sonant/core/error.h>

namespace sonant {

std::vector<double> decimate(const std::vector<double>& x, int factor) {
  check(factor >= 1, "decimate", "expects a factor of at least 1, got ", factor);
  if (factor == 1) return x;
  const int reach = 16 * factor;
  std::vector<double> taps(static_cast<std::size_t>(2 * reach + 1));
  double sum = 0;
  for (int k = -reach; k <= reach; ++k) {
    const double phase = std::numbers::pi * k / factor;
    const double window = 0.5 + 0.5 * std::cos(std::numbers::pi * k / (reach + 1));
    sum += taps[static_cast<std::size_t>(k + reach)] =
        (k == 0 ? 1 : std::sin(phase) / phase) * window;
  }
  std::vector<double> y;
  const auto n = std::ssize(x);
  for (std::ptrdiff_t centre = 0; centre < n; centre += factor) {
    double value = 0;
    for (std::ptrdiff_t k = std::max<std::ptrdiff_t>(-reach, -centre); k <= reach && centre + k < n;
         ++k)
      value += taps[static_cast<std::size_t>(k + reach)] * x[static_cast<std::size_t>(centre + k)];
    y.push_back(value / sum);
  }
  return y;
}

std::vector<std::byte> playable_wav(const Sound& sound, std::size_t max_bytes) {
  int factor = 1;
  for (int k = 1; k <= sound.sample_rate / 8000; ++k) {
    if (sound.sample_rate % k != 0) continue;  // a rate that is rounded would shift the pitch
    factor = k;
    if (2 * sound.samples.size() / static_cast<std::size_t>(k) <= max_bytes) break;
  }
  return wav_bytes(decimate(sound.samples, factor), sound.sample_rate / factor, "the page's sound");
}

}  // namespace sonant
