#include <sonant/audio/resample.h>

#include <soxr.h>

#include <cstdint>

#include <sonant/core/error.h>

namespace sonant {

Sound resample(Sound sound, int sample_rate, const DecodeLimits& limits) {
  if (sound.sample_rate == sample_rate) return sound;
  // A header can claim any rate; the filters' and the result's size grow with the ratio.
  constexpr int lowest = 1'000, highest = 1'000'000;
  for (const int rate : {sound.sample_rate, sample_rate})
    check(rate >= lowest && rate <= highest, "resample", "expects sample rates from ", lowest,
          " to ", highest, " Hz, got ", rate);
  check(!sound.samples.empty(), "resample", "expects at least one sample, got none");

  const auto from = static_cast<std::uint64_t>(sound.sample_rate);
  const auto to = static_cast<std::uint64_t>(sample_rate);
  const std::uint64_t count = (sound.samples.size() * to + from - 1) / from;
  check(count <= limits.max_samples, "resample", "expects at most ", limits.max_samples,
        " samples at ", sample_rate, " Hz, got ", count);

  std::vector<double> samples(count);
  const soxr_io_spec_t in_double = soxr_io_spec(SOXR_FLOAT64_I, SOXR_FLOAT64_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  std::size_t read = 0, written = 0;
  const soxr_error_t error =
      soxr_oneshot(sound.sample_rate, sample_rate, 1, sound.samples.data(), sound.samples.size(),
                   &read, samples.data(), samples.size(), &written, &in_double, &quality, nullptr);
  check(error == nullptr, "resample", "libsoxr: ", error == nullptr ? "" : error);
  return {std::move(samples), sample_rate, sound.channels, std::move(sound.notes)};
}

}  // namespace sonant
