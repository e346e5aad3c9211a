#include <sonant/audio/chroma.h>
#include <sonant/audio/stft.h>
#include <sonant/audio/tuning.h>
#include <sonant/core/error.h>

#include <cmath>
#include <numbers>
#include <tuple>
#include <vector>

#include "support/audio_golden.h"
#include "support/catch.h"

using namespace sonant;

namespace {

FrameMatrix power_of(const Sound& sound) {
  FrameMatrix power;
  PowerStft(4096, 4096, 2048)(sound.samples, power);
  return power;
}

Sound sines(const std::vector<double>& hz, double seconds = 0.5) {
  Sound sound{{}, 16000, 1};
  for (int i = 0; i < seconds * sound.sample_rate; ++i) {
    double x = 0;
    for (const double f : hz) x += 0.2 * std::sin(2 * std::numbers::pi * f * i / sound.sample_rate);
    sound.samples.push_back(x);
  }
  return sound;
}

double worst_difference(const DenseMatrix& bank, const Tensor<double>& every_8th) {
  double worst = 0;
  for (int c = 0; c < bank.rows; ++c)
    for (int k = 0; k < every_8th.dim(1); ++k)
      worst = std::max(worst, std::abs(bank(c, 8 * k) - every_8th(c, k)));
  return worst;
}

}  // namespace

TEST_CASE("Peaks, tuning and chroma equal librosa's", "[audio]") {
  for (const std::string& name : test::audio_golden_names()) {
    INFO(name);
    const test::AudioGolden golden = test::audio_golden(name);
    const int rate = golden.sound.sample_rate;
    FrameMatrix power = power_of(golden.sound), chroma;
    const std::vector<SpectralPeak> peaks = spectral_peaks(power, rate, 4096);
    CHECK(static_cast<double>(peaks.size()) == golden.stage("pitch_count").item());
    CHECK(static_cast<double>(strong_pitches(peaks).size()) == golden.stage("pitch_kept").item());
    const double tuning = estimate_tuning(power, rate, 4096, 12);
    CHECK(tuning == golden.stage("tuning").item());

    const DenseMatrix bank = chroma_filter_bank(rate, 4096, tuning);
    CHECK(worst_difference(bank, golden.stage("chroma_fb_every_8th")) < 1e-12);
    apply(bank, power, chroma);
    const Tensor<double> raw = golden.stage("chroma_raw");
    CHECK(test::max_difference(chroma, raw) < 1e-12 * test::max_magnitude(raw));
    normalise_frames(chroma);
    CHECK(test::max_difference(chroma, golden.stage("chroma")) < 1e-9);
  }
}

TEST_CASE("Chroma filters without tuning equal librosa's", "[audio]") {
  for (const int rate : {16000, 48000}) {
    const Npz filters = Npz::read(test::golden("audio/filters_" + std::to_string(rate) + ".npz"));
    CHECK(worst_difference(chroma_filter_bank(rate, 4096, 0), filters.real("chroma_fb_every_8th")) <
          1e-12);
  }
  CHECK(cached_chroma_filter_bank(8000, 64, 0.1) == cached_chroma_filter_bank(8000, 64, 0.1));
  CHECK(cached_chroma_filter_bank(8000, 64, 0.1) != cached_chroma_filter_bank(8000, 64, 0.2));
  const std::weak_ptr<const DenseMatrix> unused = cached_chroma_filter_bank(8000, 64, 0.1);
  CHECK_FALSE(unused.expired());
  clear_chroma_filter_banks();
  CHECK(unused.expired());
}

TEST_CASE("Chroma filters that are kept are those of their settings", "[audio]") {
  const ChromaSettings plain;
  std::vector<ChromaSettings> all(4, plain);
  all[1].n_chroma = 24;
  all[2].centre += 1;
  all[3].octave_width += 1;
  for (int round = 0; round < 2; ++round)
    for (const ChromaSettings& s : all)
      for (const auto& [rate, n_fft, tuning] :
           {std::tuple{8000, 64, 0.1}, {16000, 64, 0.1}, {8000, 128, 0.1}, {8000, 64, 0.2}})
        CHECK(cached_chroma_filter_bank(rate, n_fft, tuning, s)->weights ==
              chroma_filter_bank(rate, n_fft, tuning, s).weights);
}

TEST_CASE("Chroma filters: columns have L2 norm 1 without the octave weights", "[audio]") {
  for (const int n_chroma : {5, 12, 24}) {
    const DenseMatrix bank = chroma_filter_bank(22050, 512, 0.3, {n_chroma, 5, 0});
    REQUIRE(bank.rows == n_chroma);
    for (int k = 0; k < bank.columns; ++k) {
      double squares = 0;
      for (int c = 0; c < n_chroma; ++c) squares += bank(c, k) * bank(c, k);
      CHECK(squares == Approx(1));
    }
  }
}

TEST_CASE("The note that sounds is the chroma bin that is 1", "[audio]") {
  // C5 .. B5; the 3.9 Hz bins tell semitones apart there.
  for (int note = 0; note < 12; ++note) {
    const FrameMatrix power = power_of(sines({523.2511306 * std::exp2(note / 12.0)}));
    FrameMatrix chroma;
    apply(*cached_chroma_filter_bank(16000, 4096, 0), power, chroma);
    normalise_frames(chroma);
    for (int c = 0; c < 12; ++c) CHECK((chroma(2, c) == 1) == (c == note));
  }
}

TEST_CASE("Tuning of notes that are all off by the same share of a semitone", "[audio]") {
  // librosa's documentation: 24 notes from 55 Hz at +25 cents give 0.25.
  for (const int cents : {-50, -31, 0, 25, 49}) {
    std::vector<double> hz;
    // 0.4 cent inside the histogram's bin: its borders are no place for a test.
    for (int i = 0; i < 24; ++i) hz.push_back(55 * std::exp2((i + (cents + 0.4) / 100.0) / 12.0));
    CHECK(pitch_tuning(hz, 0.01, 12) == Approx(cents / 100.0));
  }
  CHECK(pitch_tuning({}, 0.01, 12) == 0);
  CHECK_THROWS_WITH(pitch_tuning(std::vector{440.0}, 0.0, 12), ContainsSubstring("resolution"));
}

TEST_CASE("Peaks lie where the sines are", "[audio]") {
  const std::vector<double> hz{200.3, 987.1, 3500.7};
  const std::vector<SpectralPeak> peaks =
      spectral_peaks(power_of(sines({200.3, 987.1, 3500.7, 4100})), 16000, 4096);
  REQUIRE(!peaks.empty());
  // 4100 Hz is out of range; the others are found in each frame, to a fraction of a bin.
  CHECK(peaks.size() >= 3 * 4);
  for (const SpectralPeak& peak : peaks) {
    double nearest = HUGE_VAL;
    for (const double f : hz) nearest = std::min(nearest, std::abs(peak.hz - f));
    CHECK(nearest < 1.0);
    CHECK(peak.magnitude > 0);
  }
}

TEST_CASE("A local maximum rises from the left and does not rise to the right", "[audio]") {
  FrameMatrix power(1, 9);
  for (double& x : power.block(0)) x = 0;
  // Plateau at 3 and 4: only its left end counts. Bin 6 stays below a tenth of the maximum.
  const double values[] = {9, 1, 2, 8, 8, 0.1, 0.5, 0.2, 3};
  for (int k = 0; k < 9; ++k) power(0, k) = values[k];
  // Bins of 64 Hz: bin 8 is half the sample rate, so it is out of range; bin 0 never counts.
  const std::vector<SpectralPeak> peaks = spectral_peaks(power, 1024, 16, {0, 4000, 0.1, 0.01});
  REQUIRE(peaks.size() == 1);
  // Slope (8-2)/2 = 3, curvature 8+2-16 = -6: half a bin to the right, 8 + 3*0.5/2 high.
  CHECK(peaks[0].hz == 224);
  CHECK(peaks[0].magnitude == 8.75);
}

TEST_CASE("Pitches of at least the median magnitude are kept", "[audio]") {
  CHECK(strong_pitches({}).empty());
  const std::vector<SpectralPeak> odd{{100, 3}, {200, 1}, {300, 2}};
  CHECK(strong_pitches(odd) == std::vector<double>{100, 300});
  const std::vector<SpectralPeak> even{{100, 8}, {200, 1}, {300, 4}, {400, 2}};  // median 3
  CHECK(strong_pitches(even) == std::vector<double>{100, 300});
}

TEST_CASE("A frame of zeros stays zero under normalisation", "[audio]") {
  FrameMatrix m(2, 2);
  m(0, 0) = 0, m(0, 1) = 0, m(1, 0) = -4, m(1, 1) = 2;
  normalise_frames(m);
  CHECK(m(0, 0) == 0);
  CHECK(m(0, 1) == 0);
  CHECK(m(1, 0) == -1);
  CHECK(m(1, 1) == 0.5);
}
