// Front ends are rows: ours, and one that this program registers.
#include <sonant/audio/features.h>

#include <cmath>
#include <complex>
#include <numbers>

#include <sonant/audio/frontends/log_mel.h>
#include <sonant/audio/frontends/mfcc_chroma.h>
#include <sonant/audio/frontends/precomputed.h>
#include <sonant/audio/mel.h>
#include <sonant/core/file.h>
#include <sonant/core/npz.h>
#include <sonant/core/random.h>
#include <sonant/core/usage.h>

#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/text.h"

using namespace sonant;

namespace {

// A user's own: the mean of blocks of samples.
struct BlockSettings {
  int block = 4;
};
SettingTable settings_of(const BlockSettings&) {
  static constexpr std::array table{
      setting<&BlockSettings::block>("block", "samples in a block").between(1, 1000)};
  return table;
}

class Blocks : public FrontEnd {
 public:
  explicit Blocks(const BlockSettings& settings) : block_(settings.block) {
    check_settings(settings, "blocks");
  }
  std::vector<std::string> names() const override { return {"mean", "ramp"}; }
  Tensor<double> operator()(const Sound& sound) override {
    const int frames = static_cast<int>(sound.samples.size()) / block_;
    Tensor<double> x({frames, 2});
    for (int t = 0; t < frames; ++t) {
      for (int i = 0; i < block_; ++i)
        x(t, 0) += sound.samples[static_cast<std::size_t>(t * block_ + i)] / block_;
      x(t, 1) = t * t;
    }
    return x;
  }
  bool causal() const override { return true; }
  double hop_seconds(int rate) const override { return static_cast<double>(block_) / rate; }

 private:
  int block_;
};

// Registered once for the whole program, before anything is made.
const bool registered = [] {
  register_front_end({.name = "blocks",
                      .idea = "means of blocks",
                      .settings = BlockSettings{},
                      .make = [](const AnySettings& s) -> std::unique_ptr<FrontEnd> {
                        return std::make_unique<Blocks>(s.as<BlockSettings>());
                      }});
  return true;
}();

Sound noise(int n, int rate) {
  Sound sound{std::vector<double>(static_cast<std::size_t>(n)), rate, 1};
  Random(3).fill_uniform(std::span<double>(sound.samples), -0.5, 0.5);
  return sound;
}

Sound counting(int n) {
  Sound sound{{}, 8, 1};
  for (int i = 0; i < n; ++i) sound.samples.push_back(i + 1);
  return sound;
}

FeatureSettings blocks(auto change) {
  FeatureSettings s("blocks");
  change(s);
  return s;
}

}  // namespace

TEST_CASE("A front end of one's own is a row like ours", "[front_end]") {
  REQUIRE(registered);
  CHECK(test::has(test::refusal<std::exception>([] { find_front_end("log_mel"); }),
                  "librosa-mfcc-chroma, log-mel"));
  CHECK(front_end_names().back() == "blocks");
  const auto x = extract_features(counting(9), FeatureSettings("blocks"));
  CHECK(x.shape() == Shape{2, 2});
  CHECK(x(0, 0) == 2.5);
  CHECK(x(1, 0) == 6.5);
  CHECK(FeatureSettings("blocks", BlockSettings{2}).dims() == 2);
  CHECK(test::has(test::refusal<std::exception>([] {
                    extract_features(counting(9), {"blocks", BlockSettings{0}});
                  }),
                  "block in [1, 1000], got 0"));
  CHECK_THROWS_AS(FeatureSettings("log-mel", BlockSettings{}), UsageError);
  const auto same_name = [] { register_front_end(find_front_end("blocks")); };
  CHECK(test::has(test::refusal<std::exception>(same_name), "already"));
}

TEST_CASE("Features in JSON: a front end by name, defaults where a key is missing", "[front_end]") {
  FeatureSettings s("blocks", BlockSettings{7});
  s.around.deltas = 2;
  s.around.utterance = UtteranceNorm::mean_variance;
  CHECK(to_json(s).dump() == R"({"front_end":"blocks","block":7,"speed":1.0,"seconds":0.0,)"
                             R"("utterance":"mean-variance",)"
                             R"("utterance_share":1.0,"deltas":2,"delta_width":2,"pool":1})");
  CHECK(features_from(to_json(s)) == s);
  CHECK(features_from(Json::parse("{}")) == FeatureSettings());
  CHECK(features_from(Json::parse(R"({"hop": 512})")).own.as<MfccChromaSettings>().hop == 512);
  CHECK(test::has(test::refusal<std::exception>(
                      [] { features_from(Json::parse(R"({"front_end": "pitch"})")); }),
                  "no front end \"pitch\""));
  CHECK(
      test::has(test::refusal<std::exception>([] { features_from(Json::parse(R"({"blok": 1})")); }),
                "\"blok\""));
  FeatureSettings other = s;
  other.around.deltas = 1;
  CHECK(first_difference(s, other) == "deltas: 2 there, 1 here");
  CHECK(first_difference(s, FeatureSettings()) ==
        "front_end: blocks there, librosa-mfcc-chroma here");
}

TEST_CASE("Deltas by regression, of the features and of their deltas", "[front_end]") {
  const auto x = extract_features(counting(24), blocks([](auto& s) { s.around.deltas = 2; }));
  CHECK(x.shape() == Shape{6, 6});
  // "ramp" is 0 1 4 9 16 25: d_2 = (1 (9 - 1) + 2 (16 - 0)) / 10 = 4, d_0 = (1 + 2 * 4) / 10.
  CHECK(x(2, 3) == Approx(4));
  CHECK(x(3, 3) == Approx(6));
  CHECK(x(0, 3) == Approx(0.9));
  CHECK(x(5, 3) == Approx((25 - 16 + 2 * (25 - 9)) / 10.0));
  // Of order 2 at frame 2: from d_0 .. d_4.
  CHECK(x(2, 5) == Approx((x(3, 3) - x(1, 3) + 2 * (x(4, 3) - x(0, 3))) / 10));
  CHECK(FeatureExtractor(blocks([](auto& s) { s.around.deltas = 1; })).names() ==
        std::vector<std::string>{"mean", "ramp", "delta mean", "delta ramp"});
}

TEST_CASE("Frames are pooled behind their deltas, the fewer at the end as well", "[front_end]") {
  const FeatureSettings settings = blocks([](auto& s) {
    s.around.deltas = 1;
    s.around.pool = 4;
  });
  const auto x = extract_features(counting(24), settings);
  CHECK(x.shape() == Shape{2, 4});
  CHECK(x(0, 1) == (0 + 1 + 4 + 9) / 4.0);  // of "ramp", 0 1 4 9 16 25
  CHECK(x(1, 1) == (16 + 25) / 2.0);
  const auto single = extract_features(counting(24), blocks([](auto& s) { s.around.deltas = 1; }));
  CHECK(x(1, 3) == Approx((single(4, 3) + single(5, 3)) / 2));
  CHECK(FeatureExtractor(settings).hop_seconds(8) == 4 * 4 / 8.0);
}

TEST_CASE("An utterance is normalised by its mean, its deviation, or a share of them",
          "[front_end]") {
  const auto column = [](UtteranceNorm norm, double share, int f) {
    const auto x = extract_features(counting(12), blocks([&](auto& s) {
                                      s.around.utterance = norm;
                                      s.around.utterance_share = share;
                                    }));
    return std::vector<double>{x(0, f), x(1, f), x(2, f)};
  };
  // "mean" is 2.5 6.5 10.5: mean 6.5, deviation sqrt(32 / 3).
  CHECK(column(UtteranceNorm::mean, 1, 0) == std::vector<double>{-4, 0, 4});
  CHECK(column(UtteranceNorm::mean, 0.5, 0) == std::vector<double>{-0.75, 3.25, 7.25});
  const double s = std::sqrt(32.0 / 3);
  CHECK(column(UtteranceNorm::mean_variance, 1, 0)[2] == Approx(4 / s));
  CHECK(column(UtteranceNorm::mean_variance, 0.5, 0)[2] == Approx(7.25 / std::sqrt(s)));
  const auto flat =
      extract_features({std::vector<double>(12, 0.25), 8, 1},
                       blocks([](auto& f) { f.around.utterance = UtteranceNorm::mean_variance; }));
  CHECK(flat(1, 0) == 0);
}

TEST_CASE("A fixed length keeps the middle, or puts silence round it", "[front_end]") {
  const auto of = [](double seconds, int n) {
    const auto x = extract_features(counting(n), blocks([&](auto& s) {
                                      s.own = BlockSettings{1};
                                      s.around.seconds = seconds;
                                    }));
    std::vector<double> samples;
    for (std::int64_t t = 0; t < x.dim(0); ++t) samples.push_back(x(t, 0));
    return samples;
  };                                                          // at 8 Hz
  CHECK(of(0.5, 7) == std::vector<double>{2, 3, 4, 5});       // 3 too many: 1 in front, 2 behind
  CHECK(of(0.625, 2) == std::vector<double>{0, 1, 2, 0, 0});  // 3 too few: the odd one at the end
  CHECK(of(0.25, 2) == std::vector<double>{1, 2});
}

TEST_CASE("log-mel is the logarithm of the bands' energy, by a plain DFT", "[front_end]") {
  const LogMelSettings settings{.rate = 8000,
                                .n_fft = 64,
                                .win_length = 64,
                                .hop = 24,
                                .n_mels = 6,
                                .fmin = 100,
                                .fmax = 3900,
                                .floor = 1e-8,
                                .centred = false};
  const Sound sound = noise(300, 8000);
  LogMel causal(settings);
  const Tensor<double> x = causal(sound);
  CHECK(causal.causal());
  REQUIRE(x.shape() == Shape{1 + (300 - 64) / 24, 6});
  const FilterBank bank = mel_filter_bank(8000, 64, 6, 100, 3900);
  FrameMatrix power(1, 33), bands(1, 6);
  for (int t = 0; t < x.dim(0); ++t) {
    for (int k = 0; k <= 32; ++k) {
      std::complex<double> sum = 0;
      for (int i = 0; i < 64; ++i) {
        const double angle = 2 * std::numbers::pi * i / 64;
        sum += sound.samples[static_cast<std::size_t>(24 * t + i)] * (1 - std::cos(angle)) / 2.0 *
               std::polar(1.0, -angle * k);
      }
      power(0, k) = std::norm(sum);
    }
    apply(bank, power, bands);
    for (int m = 0; m < 6; ++m)
      CHECK(x(t, m) == Approx(std::log(bands(0, m) + 1e-8)).epsilon(1e-9));
  }
  // Nothing behind a frame changes it.
  Sound longer = sound;
  longer.samples.insert(longer.samples.end(), 500, 0.9);
  const Tensor<double> y = causal(longer);
  for (int m = 0; m < 6; ++m) CHECK(y(x.dim(0) - 1, m) == x(x.dim(0) - 1, m));

  CHECK(LogMel({.rate = 0}).sample_rate() == 0);
  CHECK(test::has(test::refusal<std::exception>([&] { LogMel()(sound); }), "16000 Hz, got 8000"));
  CHECK(test::has(test::refusal<std::exception>([] { LogMel({.rate = 8000}); }), "half the rate"));
}

TEST_CASE("Precomputed features are read from .npy and .npz, and checked", "[front_end]") {
  const TempFolder folder;
  Tensor<double> x({3, 2});
  for (std::int64_t i = 0; i < 6; ++i) x[i] = static_cast<double>(i);
  Npz two;
  two.add("features", x);
  two.add("other", Tensor<double>({1, 2}));
  two.write(folder / "two.npz");
  Npz one;
  one.add("x", x.to<float>());
  one.write(folder / "one.npz");
  NpyArray array{x.shape(), "<f8", false, {}};
  const auto bytes = std::as_bytes(x.span());
  array.data.assign(bytes.begin(), bytes.end());
  write_file(folder / "x.npy", encode_npy(array), "test");

  const FeatureSettings settings("precomputed", PrecomputedSettings{.width = 2});
  FeatureExtractor read(settings);
  CHECK(read.read(folder / "two.npz") == x);
  CHECK(read.read(folder / "one.npz") == x);  // there is but one array
  CHECK(read.read(folder / "x.npy") == x);
  const auto refused = [&](int width, const char* name, const char* array_name = "features") {
    return test::refusal<std::exception>([&] {
      FeatureExtractor({"precomputed", PrecomputedSettings{width, array_name, 0, false}})
          .read(folder / name);
    });
  };
  CHECK(test::has(refused(3, "x.npy"), "expects frames (T,3), got (3,2)"));
  CHECK(test::has(refused(0, "x.npy"), "--width 40"));
  CHECK(
      test::has(refused(2, "two.npz", "frames"), "no array \"frames\"; there are features, other"));
  CHECK(test::has(refused(2, "none.npy"), "none.npy"));
  x[3] = NAN;
  Npz bad;
  bad.add("features", x);
  bad.write(folder / "bad.npz");
  CHECK(test::has(refused(2, "bad.npz"), "not finite"));
  CHECK_THROWS_AS(read(counting(9)), Error);
}
