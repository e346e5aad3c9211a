#include <sonant/audio/stft.h>
#include <sonant/core/error.h>

#include <cmath>
#include <vector>

#include "support/audio_golden.h"
#include "support/catch.h"

using namespace sonant;
using test::audio_golden;

namespace {

FrameMatrix power_of(const std::vector<double>& samples, int n_fft, int win_length, int hop) {
  FrameMatrix power;
  PowerStft(n_fft, win_length, hop)(samples, power);
  return power;
}

}  // namespace

TEST_CASE("The Hann window is periodic and equals scipy's", "[audio]") {
  const Tensor<double> every_8th =
      Npz::read(test::golden("audio/filters_48000.npz")).real("window");
  const std::vector<double> w = hann_window(4096, 4096);
  double worst = 0;
  for (std::size_t i = 0; i < 512; ++i)
    worst = std::max(worst, std::abs(w[8 * i] - every_8th[static_cast<std::int64_t>(i)]));
  CHECK(worst < 1e-15);
  CHECK(hann_window(4, 4)[0] == 0);
  CHECK(hann_window(4, 4)[1] == Approx(0.5));
  const std::vector<double> padded = hann_window(2, 5);
  CHECK(padded == std::vector<double>{0, 0, 1, 0, 0});
}

TEST_CASE("Power spectrograms equal librosa's", "[audio]") {
  for (const std::string& name : test::audio_golden_names()) {
    INFO(name);
    const test::AudioGolden golden = audio_golden(name);
    const Tensor<double> want = golden.stage("power");
    const FrameMatrix power = power_of(golden.sound.samples, 4096, 4096, 2048);
    const std::vector<std::int64_t> frames = golden.stages.integers("frames");
    FrameMatrix some(static_cast<int>(frames.size()), power.rows());
    for (int t = 0; t < some.frames(); ++t)
      for (int k = 0; k < power.rows(); ++k)
        some(t, k) = power(static_cast<int>(frames[static_cast<std::size_t>(t)]), k);
    CHECK(test::max_difference(some, want) < 1e-14 * test::max_magnitude(want));
  }
}

TEST_CASE("Frames are centred, with zeros outside the sound", "[audio]") {
  // A single 1 at sample j weighs w(j - 2t + 4) in frame t, at every frequency.
  for (const int n : {1, 2, 3, 7, 8, 20})
    for (int j = 0; j < n; ++j) {
      std::vector<double> samples(static_cast<std::size_t>(n), 0.0);
      samples[static_cast<std::size_t>(j)] = 1;
      const FrameMatrix power = power_of(samples, 8, 8, 2);
      REQUIRE(power.frames() == 1 + n / 2);
      const std::vector<double> w = hann_window(8, 8);
      for (int t = 0; t < power.frames(); ++t) {
        const int i = j - 2 * t + 4;
        const double want = i < 0 || i >= 8 ? 0 : w[static_cast<std::size_t>(i)];
        for (int k = 0; k < power.rows(); ++k)
          CHECK(power(t, k) == Approx(want * want).margin(1e-30));
      }
    }
}

TEST_CASE("An odd frame sees one sample less at the end", "[audio]") {
  CHECK(PowerStft(5, 5, 3).frame_count(9) == 3);
  CHECK(PowerStft(6, 6, 3).frame_count(9) == 4);
  CHECK(power_of(std::vector<double>(9, 1.0), 5, 5, 3).frames() == 3);
}

TEST_CASE("A shorter window is centred in its frame", "[audio]") {
  const std::vector<double> x{3, 1, 4, 1, 5, 9, 2, 6};
  const FrameMatrix wide = power_of(x, 16, 4, 2), narrow = power_of(x, 4, 4, 2);
  REQUIRE(wide.frames() == narrow.frames());
  // The same windowed samples, zero-padded: every fourth bin is the same.
  for (int t = 0; t < wide.frames(); ++t)
    for (int k = 0; k < narrow.rows(); ++k)
      CHECK(wide(t, 4 * k) == Approx(narrow(t, k)).margin(1e-12));
}

TEST_CASE("Sizes outside the possible are errors", "[audio]") {
  CHECK_THROWS_WITH(PowerStft(1, 1, 1), ContainsSubstring("n_fft from 2 to 2^17, got 1"));
  CHECK_THROWS_WITH(PowerStft(8, 9, 1), ContainsSubstring("win_length from 1 to n_fft = 8, got 9"));
  CHECK_THROWS_WITH(PowerStft(8, 8, 0), ContainsSubstring("hop of at least 1 sample, got 0"));
  CHECK_THROWS_WITH(PowerStft(8, 8, 1).frame_count(0), ContainsSubstring("at least one sample"));
}
