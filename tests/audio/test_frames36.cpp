// The 36 features of A-LSTM against pyAudioAnalysis' own output.
#include <sonant/audio/frontends/frames36.h>

#include <algorithm>
#include <cmath>

#include <sonant/audio/features.h>
#include <sonant/core/random.h>

#include "golden_systems/front_ends.h"
#include "support/catch.h"
#include "support/files.h"
#include "support/text.h"

using namespace sonant;
using test::refusal;
namespace fs = std::filesystem;

namespace {

// A step function of its input may flip with another order of sums, in one frame of two hundred.
bool may_flip(std::int64_t feature) { return feature == 0 || feature == 7 || feature >= 34; }

Sound noise(std::size_t samples) {
  Sound sound{std::vector<double>(samples), Frames36::rate, 1};
  Random(8).fill_uniform(std::span<double>(sound.samples), -0.3, 0.3);
  return sound;
}

}  // namespace

TEST_CASE("frames36: every recording of the reference numbers, and normalised") {
  const fs::path folder = test::shared_golden("systems");
  if (folder.empty()) return;
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("features36_")) continue;
    for (const SystemLine& line : check_front_ends(folder, name)) {
      INFO(line.file << ", " << line.array);
      CHECK(line.worst <= line.limit);
    }
    ++files;
  }
  CHECK(files >= 8);
}

TEST_CASE("frames36: what is known of a tone, of silence and of too little") {
  Sound tone{{}, Frames36::rate, 1};
  for (int i = 0; i < 4000; ++i) tone.samples.push_back(0.5 * std::sin(2 * M_PI * 400 * i / 16000));
  const Tensor<double> x = Frames36()(tone);
  CHECK(x.shape() == Shape{23, 36});
  for (std::int64_t t = 0; t < x.dim(0); ++t) {
    CHECK(x(t, 0) == Approx(0.05).margin(0.003));          // 800 crossings per second
    CHECK(x(t, 1) == Approx(0.5).epsilon(1e-3));           // of amplitude 1
    CHECK(x(t, 3) == Approx(440.0 / 8000).epsilon(0.02));  // bin 10, called 440 Hz
    CHECK(x(t, 7) == Approx(10.0 / 200));
    CHECK(x(t, 6) == Approx(0).margin(1e-6));  // nothing changes
  }
  Sound silence{std::vector<double>(1000, 0.0), Frames36::rate, 1};
  const Tensor<double> none = Frames36()(silence);
  for (std::int64_t i = 0; i < none.size(); ++i) CHECK(std::isfinite(none[i]));
  CHECK(none(0, 1) == 0);
  CHECK(none(0, 35) == 0);
  CHECK(none(0, 8) == Approx(40 * std::sqrt(1.0 / 40) * std::log10(std::pow(2, -52))));

  CHECK(Frames36()(noise(400)).dim(0) == 1);
  CHECK(refusal([] { Frames36()(noise(399)); }).find("400 samples") != std::string::npos);
  CHECK(refusal([] {
          Frames36()({std::vector<double>(500), 8000, 1});
        }).find("16000 Hz") != std::string::npos);
  CHECK(refusal([] { Frames36({.win_length = 401}); }).find("even") != std::string::npos);
  for (const int length : {198, 582})
    CHECK(refusal([&] { Frames36({.win_length = length}); }).find("win_length") !=
          std::string::npos);
  for (const int length : {200, 580})
    CHECK(Frames36({.win_length = length})(noise(3000)).dim(1) == 36);
}

// Frames are computed eight abreast, and the last block is filled up with silence: what is in the
// other lanes must not be seen. Both sounds have the same mean and the same loudest sample.
TEST_CASE("frames36: a frame does not depend on those behind it") {
  const auto in_pairs = [](std::size_t samples) {
    Sound sound = noise(samples);
    for (std::size_t i = 0; i + 1 < samples; i += 2) sound.samples[i + 1] = -sound.samples[i];
    sound.samples[0] = 1;
    sound.samples[1] = -1;
    return sound;
  };
  Frames36 front_end;
  const Tensor<double> longer = front_end(in_pairs(400 + 160 * 19));
  const Tensor<double> x = front_end(in_pairs(400 + 160 * 11));  // behind another sound
  REQUIRE(longer.dim(0) == 20);
  REQUIRE(x.dim(0) == 12);
  for (std::int64_t t = 0; t < x.dim(0); ++t)
    for (std::int64_t f = 0; f < x.dim(1); ++f)
      if (!may_flip(f)) CHECK(x(t, f) == Approx(longer(t, f)).epsilon(1e-9).margin(1e-12));
}
