#include <sonant/audio/resample.h>
#include <sonant/core/error.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "support/catch.h"

using namespace sonant;

namespace {

Sound sine(double hertz, int rate, double seconds) {
  Sound sound{{}, rate, 1};
  const auto n = static_cast<std::size_t>(seconds * rate);
  for (std::size_t i = 0; i < n; ++i)
    sound.samples.push_back(0.5 *
                            std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate));
  return sound;
}

// Largest difference from `expected`, but for 100 ms at the ends: an edge rings.
double error_in_the_middle(const Sound& sound, const Sound& expected) {
  const auto edge = static_cast<std::size_t>(expected.sample_rate / 10);
  double worst = 0;
  for (std::size_t i = edge; i + edge < expected.samples.size(); ++i)
    worst = std::max(worst, std::fabs(sound.samples.at(i) - expected.samples[i]));
  return worst;
}

}  // namespace

TEST_CASE("A sine is the same sine at another rate", "[audio]") {
  for (const int from : {8000, 16000, 22050, 44100, 48000, 96000}) {
    for (const int to : {8000, 16000, 44100, 48000}) {
      // 3 kHz is near the edge of 8 kHz's pass band, which is flat to 0.01 dB.
      for (const auto& [hertz, limit] : {std::pair{100, 2e-6}, {440, 2e-6}, {3000, 5e-4}}) {
        CAPTURE(from, to, hertz);
        const Sound sound = resample(sine(hertz, from, 0.5), to);
        CHECK(sound.sample_rate == to);
        CHECK(sound.samples.size() == static_cast<std::size_t>(std::ceil(0.5 * to)));
        CHECK(error_in_the_middle(sound, sine(hertz, to, 0.5)) < limit);
      }
    }
  }
}

TEST_CASE("What the lower rate cannot hold is gone, not folded back", "[audio]") {
  const Sound sound = resample(sine(12000, 48000, 0.5), 16000);  // an alias would be at 4 kHz
  CHECK(error_in_the_middle(sound, {std::vector<double>(8000), 16000, 1}) < 2e-6);
}

TEST_CASE("A sound that has the rate keeps its bits", "[audio]") {
  const Sound sound = sine(440, 16000, 0.1);
  CHECK(resample(sound, 16000).samples == sound.samples);
}

TEST_CASE("The length is rounded up, and one sample is a sound", "[audio]") {
  CHECK(resample({std::vector<double>(1000, 0.25), 44100, 2}, 48000).samples.size() == 1089);
  CHECK(resample({std::vector<double>(1000, 0.25), 44100, 2}, 48000).channels == 2);
  CHECK(resample({{0.25}, 8000, 1}, 48000).samples.size() == 6);
  CHECK(resample({{0.25}, 48000, 1}, 8000).samples.size() == 1);
}

TEST_CASE("Rates and lengths without sense are refused", "[audio]") {
  const int most = std::numeric_limits<int>::max();
  CHECK_THROWS_AS(resample(sine(440, 16000, 0.1), 0), Error);
  CHECK_THROWS_AS(resample(sine(440, 16000, 0.1), most), Error);
  CHECK_THROWS_AS(resample({{0.25}, 1, 1}, 48000), Error);
  CHECK_THROWS_AS(resample({{0.25}, most, 1}, 48000), Error);
  CHECK_THROWS_AS(resample({{}, 16000, 1}, 48000), Error);
  CHECK_THROWS_AS(resample(sine(440, 16000, 0.1), 48000, {.max_samples = 4799}), Error);
  CHECK(resample(sine(440, 16000, 0.1), 48000, {.max_samples = 4800}).samples.size() == 4800);
}
