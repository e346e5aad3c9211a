#include <sonant/audio/mel.h>
#include <sonant/audio/mfcc.h>
#include <sonant/audio/stft.h>
#include <sonant/core/error.h>

#include <cmath>
#include <tuple>
#include <vector>

#include "support/audio_golden.h"
#include "support/catch.h"

using namespace sonant;

TEST_CASE("Slaney's mel scale", "[audio]") {
  CHECK(hz_to_mel(0) == 0);
  CHECK(hz_to_mel(60) == Approx(0.9));  // the example of librosa's documentation
  CHECK(hz_to_mel(1000) == Approx(15));
  CHECK(hz_to_mel(6400) == Approx(15 + 27));
  for (const double hz : {0.0, 13.7, 999.0, 1000.0, 1001.0, 24000.0})
    CHECK(mel_to_hz(hz_to_mel(hz)) == Approx(hz).margin(1e-12));
}

TEST_CASE("Mel filters equal librosa's", "[audio]") {
  for (const int rate : {16000, 48000}) {
    INFO(rate);
    const Tensor<double> want =
        Npz::read(test::golden("audio/filters_" + std::to_string(rate) + ".npz")).real("mel_fb");
    const FilterBank bank = mel_filter_bank(rate, 4096, 128, 0, rate / 2.0);
    REQUIRE(bank.rows() == want.dim(0));
    REQUIRE(bank.columns == want.dim(1));
    double worst = 0;
    for (int m = 0; m < bank.rows(); ++m)
      for (int k = 0; k < bank.columns; ++k)
        worst = std::max(worst, std::abs(bank(m, k) - want(m, k)));
    CHECK(worst < 1e-15);
  }
}

TEST_CASE("Mel filters: bands may be empty, arguments are checked, banks are kept", "[audio]") {
  const FilterBank fine = mel_filter_bank(48000, 64, 128, 0, 24000);
  CHECK(fine.rows() == 128);
  CHECK(std::count(fine.count.begin(), fine.count.end(), 0) > 0);
  CHECK_THROWS_WITH(mel_filter_bank(8000, 64, 4, 300, 300), ContainsSubstring("0 <= fmin < fmax"));
  CHECK_THROWS_WITH(mel_filter_bank(8000, 64, 0, 0, 300), ContainsSubstring("at least one band"));
  CHECK(cached_mel_filter_bank(8000, 64, 4, 0, 4000) ==
        cached_mel_filter_bank(8000, 64, 4, 0, 4000));
  CHECK(cached_mel_filter_bank(8000, 64, 4, 0, 4000) !=
        cached_mel_filter_bank(8000, 64, 5, 0, 4000));
}

TEST_CASE("Banks and matrices that are kept are those of their settings", "[audio]") {
  const std::tuple<int, int, int, double, double> settings[] = {
      {8000, 64, 4, 0, 4000}, {16000, 64, 4, 0, 4000},  {8000, 128, 4, 0, 4000},
      {8000, 64, 5, 0, 4000}, {8000, 64, 4, 300, 4000}, {8000, 64, 4, 0, 3000}};
  for (int round = 0; round < 2; ++round)
    for (const auto& [rate, n_fft, bands, fmin, fmax] : settings)
      CHECK(cached_mel_filter_bank(rate, n_fft, bands, fmin, fmax)->weights ==
            mel_filter_bank(rate, n_fft, bands, fmin, fmax).weights);
  for (const auto& [rows, bands] : {std::pair{3, 8}, {4, 8}, {3, 9}, {3, 8}})
    CHECK(cached_dct_matrix(rows, bands)->weights == dct_matrix(rows, bands).weights);
}

TEST_CASE("Mel energies, decibels and coefficients equal librosa's", "[audio]") {
  for (const std::string& name : test::audio_golden_names()) {
    INFO(name);
    const test::AudioGolden golden = test::audio_golden(name);
    const int rate = golden.sound.sample_rate;
    FrameMatrix power, bands, mfcc;
    PowerStft(4096, 4096, 2048)(golden.sound.samples, power);
    apply(*cached_mel_filter_bank(rate, 4096, 128, 0, rate / 2.0), power, bands);
    const Tensor<double> melspec = golden.stage("melspec");
    CHECK(test::max_difference(bands, melspec) < 1e-13 * test::max_magnitude(melspec));
    power_to_db(bands, 1e-10, 80);
    CHECK(test::max_difference(bands, golden.stage("logmel_db")) < 1e-9);
    apply(*cached_dct_matrix(34, 128), bands, mfcc);
    CHECK(test::max_difference(mfcc, golden.stage("mfcc")) < 1e-9);
  }
}

TEST_CASE("Decibels: floor at amin, range below the loudest", "[audio]") {
  FrameMatrix s(2, 2);
  for (double& x : s.block(0)) x = 0;
  s(0, 0) = 100, s(0, 1) = 1e-20, s(1, 0) = 1e-5, s(1, 1) = 1e-3;
  power_to_db(s, 1e-10, 60);
  CHECK(s(0, 0) == Approx(20));
  CHECK(s(0, 1) == Approx(-40));
  CHECK(s(1, 0) == Approx(-40));
  CHECK(s(1, 1) == Approx(-30));
  CHECK_THROWS_WITH(power_to_db(s, 0, 80), ContainsSubstring("amin > 0"));
  CHECK_THROWS_WITH(power_to_db(s, 1e-10, -1), ContainsSubstring("top_db >= 0, got -1"));
}

TEST_CASE("The cosine transform is orthonormal", "[audio]") {
  const DenseMatrix dct = dct_matrix(16, 16);
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 16; ++j) {
      double dot = 0;
      for (int m = 0; m < 16; ++m) dot += dct(i, m) * dct(j, m);
      CHECK(dot == Approx(i == j ? 1 : 0).margin(1e-14));
    }
  CHECK_THROWS_WITH(dct_matrix(17, 16), ContainsSubstring("1 to 16 coefficients"));
}
