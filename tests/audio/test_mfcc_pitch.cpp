// Pitch, voicing and energy of sounds whose are known, and every number beside plain sums.
#include <sonant/audio/features.h>
#include <sonant/audio/frontends/mfcc_pitch.h>
#include <sonant/audio/mel.h>
#include <sonant/core/random.h>
#include <sonant/core/usage.h>

#include <cmath>
#include <numbers>

#include "support/catch.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;

namespace {

constexpr int kRate = MfccPitch::rate;

// Harmonics as a voice has them, the n-th with 1/n, and noise.
Sound voice(double hertz, double seconds, double noise = 0, double gain = 0.2) {
  Sound sound;
  sound.sample_rate = kRate;
  const Random random(3);
  for (int i = 0; i < static_cast<int>(seconds * kRate); ++i) {
    double x = noise * random.normal(static_cast<std::uint64_t>(i));
    for (int n = 1; n <= 12 && n * hertz < kRate / 2; ++n)
      x += std::sin(2 * std::numbers::pi * n * hertz * i / kRate + n) / n;
    sound.samples.push_back(gain * x);
  }
  return sound;
}

bool near(double a, double b, double most) {
  UNSCOPED_INFO(a << " and " << b);
  return std::abs(a - b) <= most;
}

Sound joined(Sound a, const Sound& b) {
  a.samples.insert(a.samples.end(), b.samples.begin(), b.samples.end());
  return a;
}

Sound silence(double seconds) {
  return {std::vector<double>(static_cast<std::size_t>(seconds * kRate), 0.0), kRate};
}

// The definition, sum by sum, of one frame: c_0 .., ln F0, g, e.
std::vector<double> by_definition(const Sound& sound, int t, const MfccPitchSettings& s) {
  const int W = s.win_length, N = s.n_fft;
  std::vector<double> x(static_cast<std::size_t>(W)), w(x.size());
  double mean = 0;
  for (int i = 0; i < W; ++i) {
    const int at = t * s.hop - W / 2 + i;
    const bool inside = at >= 0 && at < static_cast<int>(sound.samples.size());
    x[static_cast<std::size_t>(i)] = inside ? sound.samples[static_cast<std::size_t>(at)] : 0;
    mean += x[static_cast<std::size_t>(i)] / W;
    w[static_cast<std::size_t>(i)] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / W);
  }
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = (x[i] - mean) * w[i];
  const FilterBank bank = linear_mel_filter_bank(kRate, N, s.n_mels, s.fmin, s.fmax);
  std::vector<double> bands(static_cast<std::size_t>(s.n_mels), 1e-8), out;
  for (int k = 0; k <= N / 2; ++k) {
    double re = 0, im = 0;
    for (int i = 0; i < W; ++i) {
      const double phase = 2 * std::numbers::pi * k * i / N;
      re += x[static_cast<std::size_t>(i)] * std::cos(phase);
      im -= x[static_cast<std::size_t>(i)] * std::sin(phase);
    }
    for (int m = 0; m < s.n_mels; ++m)
      bands[static_cast<std::size_t>(m)] += bank(m, k) * (re * re + im * im);
  }
  for (int k = 0; k < s.n_mfcc; ++k) {
    double sum = 0;
    for (int m = 0; m < s.n_mels; ++m)
      sum += std::log(bands[static_cast<std::size_t>(m)]) *
             std::cos(std::numbers::pi * k * (m + 0.5) / s.n_mels);
    out.push_back(sum * std::sqrt((k == 0 ? 1.0 : 2.0) / s.n_mels));
  }
  const auto lagged = [&](const std::vector<double>& y, int lag) {
    double sum = 0;
    for (int i = 0; i + lag < W; ++i)
      sum += y[static_cast<std::size_t>(i)] * y[static_cast<std::size_t>(i + lag)];
    return sum;
  };
  const auto r = [&](int lag) {
    return lagged(x, lag) / (lagged(x, 0) + 1e-6) / (lagged(w, lag) / lagged(w, 0));
  };
  int best = 0;
  double most = -1e9;
  for (int lag = 32; lag <= 228; ++lag)
    if (const double v = r(lag) * (1 - 0.15 * std::log(lag / 32.0) / std::log(229 / 32.0));
        v > most)
      most = v, best = lag;
  const double a = r(best - 1), b = r(best), c = r(best + 1);
  const double period = b >= a && b >= c ? best + 0.5 * (a - c) / (a - 2 * b + c) : best;
  out.push_back(std::log(kRate / period));
  out.push_back(1 / (1 + std::exp(-12 * (b - 0.5))));
  out.push_back(std::log(lagged(x, 0) + 1e-8));
  return out;
}

}  // namespace

TEST_CASE("mfcc-pitch is what its header says, sum by sum", "[audio]") {
  const MfccPitchSettings settings{.trim_db = 0};
  const Sound sound = joined(voice(140, 0.1, 0.1), voice(310, 0.08, 0.5));
  const Tensor<double> y = MfccPitch(settings)(sound);
  REQUIRE(y.shape() == Shape{1 + std::ssize(sound.samples) / 320, 23});
  double pitch = 0, voicing = 0, loudest = -1e9;
  std::vector<std::vector<double>> frames;
  for (int t = 0; t < y.dim(0); ++t) {
    frames.push_back(by_definition(sound, t, settings));
    const auto& f = frames.back();
    pitch += f[19] * (f[18] - 5.2), voicing += f[19], loudest = std::max(loudest, f[20]);
  }
  const double mean = pitch / (voicing + 1e-3);
  for (int t = 0; t < y.dim(0); ++t) {
    INFO(t);
    const auto& f = frames[static_cast<std::size_t>(t)];
    for (int k = 0; k < 18; ++k) CHECK(near(y(t, k), f[static_cast<std::size_t>(k)], 1e-9));
    const double own = f[19] * (f[18] - 5.2);
    CHECK(near(y(t, 18), own, 1e-8));
    CHECK(near(y(t, 19), f[19], 1e-9));
    CHECK(near(y(t, 20), f[20], 1e-9));
    CHECK(near(y(t, 21), own - f[19] * mean, 1e-8));
    CHECK(near(y(t, 22), f[20] - loudest, 1e-9));
  }
}

TEST_CASE("mfcc-pitch hears the pitch of a voice, and none in noise", "[audio]") {
  for (const double hertz : {75.0, 92.0, 118.5, 160.0, 233.0, 320.0, 440.0, 480.0}) {
    INFO(hertz);
    const Tensor<double> y = MfccPitch()(voice(hertz, 0.5, 0.05));
    for (std::int64_t t = 2; t + 2 < y.dim(0); ++t) {
      CHECK(y(t, 19) > 0.9);
      CHECK(near(y(t, 18) / y(t, 19) + 5.2, std::log(hertz), 0.005));
    }
  }
  Sound noise = silence(1);
  const Random random(5);
  for (std::size_t i = 0; i < noise.samples.size(); ++i) noise.samples[i] = 0.1 * random.normal(i);
  const Tensor<double> y = MfccPitch()(noise);
  double voicing = 0;
  for (std::int64_t t = 0; t < y.dim(0); ++t) voicing += y(t, 19) / static_cast<double>(y.dim(0));
  CHECK(voicing < 0.2);
}

TEST_CASE("mfcc-pitch: a louder recording differs in its level alone", "[audio]") {
  const Tensor<double> y = MfccPitch()(voice(150, 0.5, 0.2)),
                       louder = MfccPitch()(voice(150, 0.5, 0.2, 0.8));
  REQUIRE(y.shape() == louder.shape());
  const double gain = std::log(16.0);
  for (std::int64_t t = 0; t < y.dim(0); ++t)
    for (std::int64_t k = 0; k < y.dim(1); ++k) {
      INFO(t << " " << k);
      const double more = k == 0 ? gain * std::sqrt(64.0) : k == 20 ? gain : 0;
      CHECK(near(louder(t, k) - y(t, k), more, 2e-3));
    }
}

TEST_CASE("mfcc-pitch leaves out silence at the ends", "[audio]") {
  const Sound spoken = voice(200, 0.4);
  const Sound sound = joined(joined(silence(0.6), spoken), silence(0.3));
  MfccPitchSettings s;
  const std::int64_t with_margin = MfccPitch(s)(sound).dim(0);
  s.trim_margin = 0;
  const std::int64_t alone = MfccPitch(s)(sound).dim(0);
  CHECK(with_margin == alone + 8);
  CHECK(std::abs(alone - 21) <= 2);  // frames that lie on the edge count
  s.trim_db = 0;
  CHECK(MfccPitch(s)(sound).dim(0) == 1 + std::ssize(sound.samples) / 320);
  s = {};
  CHECK(MfccPitch(s)(silence(0.2)).dim(0) == 11);  // all of it is as loud as the loudest
}

TEST_CASE("mfcc-pitch relative to the past does not know what comes", "[audio]") {
  const MfccPitchSettings past{.relative = Relative::past};
  CHECK(MfccPitch(past).causal());
  CHECK_FALSE(MfccPitch().causal());
  const Sound begin = voice(120, 0.5, 0.1), sound = joined(begin, voice(300, 0.5, 0.1, 0.9));
  const Tensor<double> first = MfccPitch(past)(begin), all = MfccPitch(past)(sound);
  CHECK(all.dim(0) == 51);
  for (std::int64_t t = 0; t < 24; ++t)  // whose windows end before
    for (std::int64_t k = 0; k < 23; ++k) {
      INFO(t << " " << k);
      CHECK(first(t, k) == all(t, k));
    }
}

// Octaves that the pitch moves, from frame to frame, all together.
double movement(const MfccPitchSettings& settings, const Sound& sound) {
  const Tensor<double> y = MfccPitch(settings)(sound);
  const auto octaves = [&](std::int64_t t) { return y(t, 18) / y(t, 19) / std::log(2.0); };
  double sum = 0;
  for (std::int64_t t = 1; t < y.dim(0); ++t) sum += std::abs(octaves(t) - octaves(t - 1));
  return sum;
}

TEST_CASE("mfcc-pitch: the more a jump costs, the less the pitch jumps", "[audio]") {
  const Sound sound = joined(voice(95, 0.6, 1.5), voice(240, 0.6, 1.5));  // hard to hear in noise
  double before = movement({}, sound);
  for (const double cost : {0.1, 0.35, 1.0}) {
    const double now = movement({.jump_cost = cost}, sound);
    CHECK(now < before);
    before = now;
  }
  const MfccPitchSettings past{.jump_cost = 0.35, .relative = Relative::past};
  const Tensor<double> all = MfccPitch(past)(sound), first = MfccPitch(past)(voice(95, 0.6, 1.5));
  for (std::int64_t t = 0; t < 29; ++t)  // whose windows end before
    for (std::int64_t k = 0; k < 23; ++k) CHECK(first(t, k) == all(t, k));
}

TEST_CASE("mfcc-pitch says what is wrong", "[audio]") {
  const auto refused = [](const MfccPitchSettings& s) {
    return refusal<UsageError>([&] { MfccPitch front_end(s); });
  };
  CHECK(has(refused({.win_length = 2048}), "win_length <= n_fft"));
  CHECK(has(refused({.n_fft = 1025}), "even n_fft"));
  CHECK(has(refused({.n_mfcc = 65}), "n_mfcc <= n_mels"));
  CHECK(has(refused({.fmin = 7700}), "fmin below fmax"));
  CHECK(has(refused({.pitch_low = 600}), "pitch_low below pitch_high"));
  CHECK(has(refused({.pitch_low = 30}), "two periods of pitch_low"));
  CHECK(has(refused({.n_fft = 700}), "n_fft longer"));
  MfccPitch front_end;
  CHECK(has(refusal([&] { front_end(Sound{{}, kRate}); }), "no sample"));
  CHECK(has(refusal([&] { front_end(Sound{{0.1}, 8000}); }), "16000 Hz, got 8000"));
  CHECK(has(refusal([&] { front_end(Sound{{NAN}, kRate}); }), "sensible size"));
  CHECK(front_end(Sound{{0.1}, kRate}).shape() == Shape{1, 23});
}
