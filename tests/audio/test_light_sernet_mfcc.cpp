// The front end of Light-SERNet against numbers of numpy and of TensorFlow's definitions.
#include <sonant/audio/frontends/light_sernet_mfcc.h>
#include <sonant/audio/mel.h>

#include <algorithm>
#include <cmath>

#include <sonant/audio/features.h>
#include <sonant/core/random.h>
#include <sonant/core/usage.h>

#include "golden_systems/front_ends.h"
#include "support/catch.h"
#include "support/files.h"
#include "support/text.h"

using namespace sonant;
using test::refusal;
namespace fs = std::filesystem;

namespace {

Sound noise(std::size_t samples) {
  Sound sound{std::vector<double>(samples), LightSernetMfcc::rate, 1};
  Random(5).fill_uniform(std::span<double>(sound.samples), -0.3, 0.3);
  return sound;
}

}  // namespace

TEST_CASE("light-sernet-mfcc: every recording of the reference numbers, the mel matrix") {
  const fs::path folder = test::shared_golden("systems");
  if (folder.empty()) return;
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("frontend_")) continue;
    for (const SystemLine& line : check_front_ends(folder, name)) {
      INFO(line.file << ", " << line.array);
      CHECK(line.worst <= line.limit);
    }
    ++files;
  }
  CHECK(files >= 8);
}

// Straight from the formulas of the header, one sum after the other.
TEST_CASE("light-sernet-mfcc: the formulas, of a clip that is padded and one that is cut") {
  const LightSernetMfccSettings s{
      .clip_seconds = 0.02, .n_fft = 64, .hop = 24, .n_mels = 9, .n_mfcc = 5, .fmin = 300};
  for (const std::size_t n : {std::size_t{201}, std::size_t{555}}) {
    const Sound sound = noise(n);
    std::vector<double> x(sound.samples), sizes;
    if (n > 320) x = {x.begin() + 117, x.begin() + 117 + 320};
    for (const double v : x) sizes.push_back(std::abs(v));
    std::ranges::sort(sizes);
    const double place = 0.999 * static_cast<double>(sizes.size() - 1);
    const auto i = static_cast<std::size_t>(place);
    const double p = sizes[i] + (place - static_cast<double>(i)) * (sizes[i + 1] - sizes[i]);
    std::vector<double> y((320 - x.size()) / 2, 0.0);
    for (const double v : x) y.push_back(std::clamp(v / p, -1.0, 1.0));
    y.resize(320, 0.0);

    const Tensor<double> c = LightSernetMfcc(s)(sound);
    REQUIRE(c.shape() == Shape{11, 5});
    const FilterBank w = linear_mel_filter_bank(16000, 64, 9, 300, 7600);
    for (int t = 0; t < 11; ++t) {
      std::vector<double> bands(9, 0.0);
      for (int k = 0; k <= 32; ++k) {
        double re = 0, im = 0;
        for (int j = 0; j < 64; ++j) {
          const double hann = 0.5 - 0.5 * std::cos(2 * M_PI * j / 64);
          const double v = hann * y[static_cast<std::size_t>(24 * t + j)];
          re += v * std::cos(2 * M_PI * k * j / 64);
          im -= v * std::sin(2 * M_PI * k * j / 64);
        }
        for (int m = 0; m < 9; ++m)
          bands[static_cast<std::size_t>(m)] += std::hypot(re, im) * w(m, k);
      }
      for (int k = 0; k < 5; ++k) {
        double sum = 0;
        for (int m = 0; m < 9; ++m)
          sum += std::log(bands[static_cast<std::size_t>(m)] + 1e-6) *
                 std::cos(M_PI * k * (m + 0.5) / 9);
        CHECK(c(t, k) == Approx(std::clamp(std::sqrt(2.0 / 9) * sum, -10.0, 10.0)).margin(1e-9));
      }
    }
  }
}

TEST_CASE("light-sernet-mfcc: silence, one sample, the 16 bits, and what it refuses") {
  LightSernetMfcc front_end;
  const Tensor<double> silence = front_end({std::vector<double>(100, 0.0), 16000, 1});
  CHECK(silence.shape() == Shape{184, 40});
  CHECK(silence(0, 0) == -10);  // 16 ln 1e-6, clipped
  CHECK(silence(90, 1) == Approx(0).margin(1e-9));
  CHECK(front_end({{0.25}, 16000, 1}).dim(0) == 184);
  CHECK(LightSernetMfcc({.clip_seconds = 7})(noise(500)).dim(0) == 434);
  // Half a step of 16 bits rounds away from zero: what is below it is gone.
  Sound quiet{std::vector<double>(16000, 0.0), 16000, 1};
  for (std::size_t i = 0; i < 100; ++i) quiet.samples[i] = 1;
  quiet.samples[8000] = 0.499 / 32768;
  const auto frame = [&](bool store) {
    return LightSernetMfcc({.store_16bit = store})(quiet)(92, 3);  // around sample 8000
  };
  CHECK(frame(true) == Approx(0).margin(1e-9));
  CHECK(std::abs(frame(false)) > 1e-6);

  CHECK_THROWS_AS(front_end({{0.1}, 8000, 1}), Error);
  CHECK_THROWS_AS(front_end({{}, 16000, 1}), Error);
  CHECK_THROWS_AS(front_end({{NAN}, 16000, 1}), Error);
  const auto refused = [](LightSernetMfccSettings s) {
    return refusal([&] { LightSernetMfcc{s}; });
  };
  CHECK(refused({.clip_seconds = 0.05}).find("clip_seconds") != std::string::npos);
  CHECK(refused({.n_mfcc = 200}).find("n_mfcc") != std::string::npos);
  CHECK(refused({.fmin = 7700}).find("fmin") != std::string::npos);
  CHECK(refused({.n_fft = 511}).find("n_fft") != std::string::npos);
  FeatureSettings settings("light-sernet-mfcc");
  settings.around.seconds = 3;
  CHECK(refusal([&] { FeatureExtractor{settings}; }).find("seconds = 0") != std::string::npos);
}
