#include <sonant/audio/frontends/mfcc_chroma.h>
#include <sonant/audio/mel.h>
#include <sonant/audio/mfcc.h>
#include <sonant/core/error.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/core/random.h>

#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <numbers>
#include <string>
#include <thread>
#include <vector>

#include "support/audio_golden.h"
#include "support/catch.h"
#include "support/files.h"
#include "support/temp_folder.h"
#include "support/text.h"

using namespace sonant;
namespace fs = std::filesystem;

namespace {

Tensor<double> extract_features(const Sound& sound, const MfccChromaSettings& settings = {}) {
  return MfccChroma(settings)(sound);
}

double tuning_of(const MfccChroma& extract) { return extract.found().at(0).second; }

Sound noise(std::size_t n, int rate = 16000, double level = 0.1) {
  Sound sound{std::vector<double>(n), rate, 1};
  Random(11).fill_normal(std::span<double>(sound.samples), 0.0, level);
  return sound;
}

bool finite(const Tensor<double>& x) {
  return std::all_of(x.span().begin(), x.span().end(), [](double v) { return std::isfinite(v); });
}

// |ours - librosa| of a file's 34 MFCC and 12 chroma, and whether the tuning is the same.
void check_against(const test::AudioGolden& golden, double mfcc_limit, double chroma_limit) {
  MfccChroma extract;
  const Tensor<double> features = extract(golden.sound);
  const Tensor<double> mfcc = golden.stage("mfcc"), chroma = golden.stage("chroma");
  REQUIRE(features.shape() == Shape{mfcc.dim(1), 46});
  double mfcc_worst = 0, chroma_worst = 0;
  for (int t = 0; t < features.dim(0); ++t) {
    for (int i = 0; i < 34; ++i)
      mfcc_worst = std::max(mfcc_worst, std::abs(features(t, i) - mfcc(i, t)));
    for (int i = 0; i < 12; ++i)
      chroma_worst = std::max(chroma_worst, std::abs(features(t, 34 + i) - chroma(i, t)));
  }
  CHECK(mfcc_worst < mfcc_limit);
  CHECK(chroma_worst < chroma_limit);
  CHECK(tuning_of(extract) == golden.stage("tuning").item());
}

fs::path shared_data() {
  const fs::path path = test::shared_dir() / "data";
  if (fs::exists(path)) return path;
  WARN("skipped: there is no " << path.native());
  return {};
}

// Shortest of many runs, in milliseconds.
template <class F>
double best_time(F&& run) {
  double best = HUGE_VAL;
  for (int i = 0; i < 100; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count());
  }
  return best;
}

// The .flac files of both corpora, sorted.
std::vector<fs::path> speech_files(const fs::path& data) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(data))
    if (entry.path().extension() == ".flac") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("Features of the synthetic signals equal librosa's", "[audio]") {
  for (const std::string& name : test::audio_golden_names()) {
    INFO(name);
    check_against(test::audio_golden(name), 1e-9, 1e-9);
  }
}

TEST_CASE("Features of real speech equal librosa's", "[audio][data]") {
  const fs::path folder = test::shared_golden("audio");
  const fs::path data = shared_data();
  if (folder.empty() || data.empty()) return;
  int count = 0;
  for (const fs::path& file : speech_files(data)) {
    const fs::path golden = folder / file.stem().concat(".npz");
    if (!fs::exists(golden)) continue;
    INFO(file);
    check_against({file.stem(), Npz::read(golden), "f64_", decode(file)}, 1e-9, 1e-9);
    ++count;
  }
  CHECK(count == 9);
}

TEST_CASE("Every 40th file of real speech goes through", "[audio][data][slow]") {
  const fs::path data = shared_data();
  if (data.empty()) return;
  const std::vector<fs::path> files = speech_files(data);
  MfccChroma extract;
  for (std::size_t i = 0; i < files.size(); i += 40) {
    INFO(files[i]);
    const Sound sound = decode(files[i]);
    const Tensor<double> features = extract(sound);
    CHECK(features.dim(0) == 1 + static_cast<std::int64_t>(sound.samples.size()) / 2048);
    CHECK(finite(features));
  }
}

TEST_CASE("Silence has finite features", "[audio]") {
  const Tensor<double> x = extract_features({std::vector<double>(10000, 0.0), 16000, 1});
  REQUIRE(x.shape() == Shape{5, 46});
  for (int t = 0; t < 5; ++t) {
    CHECK(x(t, 0) == Approx(-100 * std::sqrt(128.0)));  // 10 log10(amin) in every band
    for (int i = 1; i < 34; ++i) CHECK(std::abs(x(t, i)) < 1e-10);
    for (int i = 34; i < 46; ++i) CHECK(x(t, i) == 0);
  }
}

TEST_CASE("The level changes the first coefficient only", "[audio]") {
  Sound sound = noise(20000);
  MfccChroma extract;
  const Tensor<double> soft = extract(sound);
  const double tuning = tuning_of(extract);
  for (double& x : sound.samples)
    x *= 4;  // a power of two: every power is exactly 16 times as large
  const Tensor<double> loud = extract(sound);
  CHECK(tuning_of(extract) == tuning);
  for (int t = 0; t < soft.dim(0); ++t) {
    CHECK(loud(t, 0) - soft(t, 0) == Approx(10 * std::log10(16.0) * std::sqrt(128.0)));
    for (int i = 1; i < 34; ++i) CHECK(loud(t, i) == Approx(soft(t, i)).margin(1e-10));
    for (int i = 34; i < 46; ++i) CHECK(loud(t, i) == soft(t, i));
  }
}

TEST_CASE("A delay of whole hops delays the frames", "[audio]") {
  MfccChromaSettings settings;
  settings.chroma.n_chroma = 0;  // the tuning belongs to the whole sound
  const Sound sound = noise(20000);
  Sound late = sound;
  late.samples.insert(late.samples.begin(), 3 * 2048, 0.0);
  const Tensor<double> x = extract_features(sound, settings), y = extract_features(late, settings);
  REQUIRE(y.dim(0) == x.dim(0) + 3);
  for (int t = 0; t < x.dim(0); ++t)
    for (int i = 0; i < 34; ++i) CHECK(y(t + 3, i) == x(t, i));
}

TEST_CASE("An extractor may be used again and again, at different rates", "[audio]") {
  const Sound a = noise(30001), b = noise(7000, 44100), c = noise(500, 8000);
  MfccChroma extract;
  const Tensor<double> xa = extract(a), xb = extract(b), xc = extract(c);
  CHECK(extract(a) == xa);
  CHECK(extract_features(b) == xb);
  CHECK(extract(c) == xc);
}

TEST_CASE("Threads find the same bits", "[audio]") {
  const std::array<Sound, 3> sounds{noise(9000), noise(9000, 22050), noise(4000, 44100)};
  std::array<Tensor<double>, 3> want;
  for (std::size_t i = 0; i < 3; ++i) want[i] = extract_features(sounds[i]);
  std::array<int, 4> wrong{};
  {
    std::vector<std::jthread> threads;
    for (int& count : wrong)
      threads.emplace_back([&count, &sounds, &want] {
        for (std::size_t i = 0; i < 12; ++i)
          count += extract_features(sounds[i % 3]) != want[i % 3];
      });
  }
  CHECK(wrong == std::array<int, 4>{});
}

TEST_CASE("Settings: dims, parts, bands", "[audio]") {
  const Sound sound = noise(9000);
  MfccChromaSettings settings;
  CHECK(settings.dims() == 46);
  const Tensor<double> all = extract_features(sound, settings);
  settings.n_mfcc = 0;
  const Tensor<double> chroma = extract_features(sound, settings);
  REQUIRE(chroma.shape() == Shape{5, 12});
  for (int t = 0; t < 5; ++t)
    for (int i = 0; i < 12; ++i) CHECK(chroma(t, i) == all(t, 34 + i));
  settings = {};
  settings.n_fft = 1000, settings.hop = 300, settings.win_length = 700, settings.n_mels = 40;
  settings.n_mfcc = 13, settings.fmin = 100, settings.fmax = 7000, settings.chroma.n_chroma = 24;
  const Tensor<double> other = extract_features(sound, settings);
  CHECK(other.shape() == Shape{31, 37});
  CHECK(finite(other));
  CHECK(settings != MfccChromaSettings{});
}

TEST_CASE("Every setting has a row, and counts in a comparison", "[audio]") {
  const MfccChromaSettings standard;
  MfccChromaSettings s;
  const Settings settings(s);
  std::size_t bytes = 0;
  for (const Setting& row : settings.table()) {
    const Json before = settings.get(row);
    const bool whole = row.kind == SettingKind::whole;
    bytes += whole ? sizeof(int) : sizeof(double);
    settings.set(row, whole ? Json(before.get<int>() + 1) : Json(before.get<double>() + 1));
    INFO(row.name);
    CHECK(s != standard);
    settings.set(row, before);
    CHECK(s == standard);
  }
  // A new field without a row changes the size.
  CHECK(sizeof(MfccChromaSettings) - bytes < 3 * sizeof(double));  // padding
  CHECK(settings.table().size() == 17);
}

TEST_CASE("Settings out of range are named", "[audio]") {
  const auto error_of = [](auto change) {
    MfccChromaSettings settings;
    change(settings);
    return test::refusal([&] { MfccChroma{settings}; });
  };
  const auto says = [&](auto change, const char* text) {
    CHECK_THAT(error_of(change), ContainsSubstring(text));
  };
  says([](MfccChromaSettings& s) { s.n_fft = 1; }, "n_fft in [2, 131072], got 1");
  says([](MfccChromaSettings& s) { s.win_length = 5000; }, "win_length <= n_fft, 4096, got 5000");
  says([](MfccChromaSettings& s) { s.hop = 0; }, "hop in [1, ");
  says([](MfccChromaSettings& s) { s.n_mfcc = 129; }, "n_mfcc <= n_mels, 128, got 129");
  says([](MfccChromaSettings& s) { s.fmin = NAN; }, "fmin in [0, ");
  says([](MfccChromaSettings& s) { s.top_db = -1; }, "top_db in [0, ");
  says([](MfccChromaSettings& s) { s.tuning.resolution = 0; }, "tuning_resolution");
  says([](MfccChromaSettings& s) { s.n_mfcc = s.chroma.n_chroma = 0; }, "n_mfcc + n_chroma > 0");
  MfccChromaSettings settings;
  settings.fmax = 8001;
  CHECK_THROWS_WITH(extract_features(noise(9000), settings),
                    ContainsSubstring("half the sample rate = 8000 Hz, got 8001"));
}

TEST_CASE("Samples that are not finite, or too large, are an error", "[audio]") {
  MfccChromaSettings no_chroma;
  no_chroma.chroma.n_chroma = 0;
  for (const double bad : {double{NAN}, HUGE_VAL, 1e200})
    for (const MfccChromaSettings& settings : {MfccChromaSettings{}, no_chroma}) {
      Sound sound = noise(9000);
      sound.samples[4000] = bad;
      CHECK_THROWS_AS(extract_features(sound, settings), Error);
    }
}

TEST_CASE("Very short sounds are refused, or padded as librosa pads them", "[audio]") {
  const Sound one{{0.5}, 48000, 1};
  CHECK_THROWS_WITH(extract_features(one),
                    ContainsSubstring("at least 0.01 s (480 samples), got 1"));
  CHECK_THROWS_WITH(extract_features({{}, 48000, 1}), ContainsSubstring("(480 samples), got 0"));
  CHECK(extract_features(noise(480, 48000)).shape() == Shape{1, 46});

  MfccChromaSettings settings;
  settings.min_seconds = 0;
  const Tensor<double> x = extract_features(one, settings);
  REQUIRE(x.shape() == Shape{1, 46});
  CHECK(finite(x));
  CHECK_THROWS_WITH(extract_features({{}, 48000, 1}, settings),
                    ContainsSubstring("at least one sample, got none"));
}

// Not run by CTest: build/dev/tests/test_audio "[timing]"
TEST_CASE("The time of each stage for 3.7 seconds at 48 kHz", "[audio][.timing]") {
  const TempFolder folder;
  const int rate = 48000, n_fft = 4096;
  Sound vowel = noise(177600, rate, 1e-4);
  for (std::size_t i = 0; i < vowel.samples.size(); ++i)
    for (int h = 1; h <= 20; ++h)
      vowel.samples[i] +=
          0.2 / h * std::sin(2 * std::numbers::pi * 150.7 * h * static_cast<double>(i) / rate);
  write_wav(folder / "vowel.wav", vowel.samples, rate);
  const Sound sound = decode(folder / "vowel.wav");
  for (const Isa isa : supported_isas()) {
    set_isa_cap(isa_name(isa));
    MfccChroma extract;
    PowerStft stft(n_fft, n_fft, 2048);
    FrameMatrix power, bands, mfcc, chroma;
    const auto mel = cached_mel_filter_bank(rate, n_fft, 128, 0, rate / 2.0);
    const auto dct = cached_dct_matrix(34, 128);
    double tuning = 0;
    std::cout << isa_name(isa) << ": decode " << best_time([&] { decode(folder / "vowel.wav"); })
              << ", stft " << best_time([&] { stft(sound.samples, power); }) << ", mel "
              << best_time([&] { apply(*mel, power, bands); }) << ", db "
              << best_time([&] { power_to_db(bands, 1e-10, 80); }) << ", dct "
              << best_time([&] { apply(*dct, bands, mfcc); }) << ", tuning "
              << best_time([&] { tuning = estimate_tuning(power, rate, n_fft, 12); }) << ", chroma "
              << best_time([&] {
                   apply(*cached_chroma_filter_bank(rate, n_fft, tuning), power, chroma);
                   normalise_frames(chroma);
                 })
              << ", all " << best_time([&] { extract(decode(folder / "vowel.wav")); }) << " ms\n";
  }
  set_isa_cap("");
}
