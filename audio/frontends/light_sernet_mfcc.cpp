#include <sonant/audio/frontends/light_sernet_mfcc.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <sonant/audio/cache.h>
#include <sonant/audio/mel.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "light-sernet-mfcc";
constexpr std::string_view kGroup = "Features";
constexpr double kFloor = 1e-6;  // of a band before the logarithm

using S = LightSernetMfccSettings;
constexpr std::array kTable{
    setting<&S::clip_seconds>("clip_seconds", "length that sounds are cut or padded to")
        .in(kGroup)
        .between(0.01, 600),
    setting<&S::store_16bit>("store_16bit",
                             "whether the clip is rounded to 16 bits, as it was published with")
        .in(kGroup),
    setting<&S::n_fft>("n_fft", "samples in a frame").in(kGroup).between(2, 1 << 17),
    setting<&S::hop>("hop", "samples from frame to frame").in(kGroup).between(1, 1 << 20),
    setting<&S::n_mels>("n_mels", "mel bands").in(kGroup).between(1, 1 << 12),
    setting<&S::n_mfcc>("n_mfcc", "coefficients").in(kGroup).between(1, 1 << 12),
    setting<&S::fmin>("fmin", "lowest corner of the mel bands, Hz").in(kGroup).between(0, 8000),
    setting<&S::fmax>("fmax", "highest corner of the mel bands, Hz").in(kGroup).between(0, 8000),
    setting<&S::limit>("limit", "largest size of a coefficient, where it is clipped")
        .in(kGroup)
        .between(1e-3, 1e6)};

std::size_t clip_length(const S& s) {
  return static_cast<std::size_t>(std::llround(s.clip_seconds * LightSernetMfcc::rate));
}

const S& checked(const S& s) {
  check_settings(s, kAt);
  check_usage(s.n_fft % 2 == 0, kAt, "expects an even n_fft, got ", s.n_fft);
  check_usage(s.n_mfcc <= s.n_mels, kAt, "expects n_mfcc <= n_mels, ", s.n_mels, ", got ",
              s.n_mfcc);
  check_usage(s.fmin < s.fmax, kAt, "expects fmin below fmax, ", s.fmax, " Hz, got ", s.fmin);
  check_usage(clip_length(s) >= static_cast<std::size_t>(s.n_fft), kAt,
              "expects clip_seconds of at least one frame of ", s.n_fft, " samples, got ",
              s.clip_seconds);
  return s;
}

// Of |x|, between two samples in a line.
double percentile_999(std::span<const double> x) {
  std::vector<double> sizes(x.size());
  std::ranges::transform(x, sizes.begin(), [](double v) { return std::abs(v); });
  const double place = 0.999 * static_cast<double>(sizes.size() - 1);
  const auto i = static_cast<std::size_t>(place);
  const auto at = sizes.begin() + static_cast<std::ptrdiff_t>(i);
  std::nth_element(sizes.begin(), at, sizes.end());
  if (i + 1 == sizes.size()) return *at;
  return *at + (place - static_cast<double>(i)) * (*std::min_element(at + 1, sizes.end()) - *at);
}

DenseMatrix evenly_scaled_dct(int n_coefficients, int n_bands) {
  DenseMatrix dct{n_coefficients, n_bands, {}};
  for (int k = 0; k < n_coefficients; ++k)
    for (int m = 0; m < n_bands; ++m)
      dct.weights.push_back(std::sqrt(2.0 / n_bands) *
                            std::cos(std::numbers::pi * k * (m + 0.5) / n_bands));
  return dct;
}

std::shared_ptr<const DenseMatrix> cached_dct(const S& s) {
  static Cache<std::pair<int, int>, DenseMatrix> cache(8);
  return cache.get({s.n_mfcc, s.n_mels}, [&] { return evenly_scaled_dct(s.n_mfcc, s.n_mels); });
}

}  // namespace

SettingTable settings_of(const LightSernetMfccSettings&) { return kTable; }

LightSernetMfcc::LightSernetMfcc(const LightSernetMfccSettings& settings)
    : settings_(checked(settings)),
      stft_(settings.n_fft, settings.n_fft, settings.hop),
      mel_(cached_linear_mel_filter_bank(rate, settings.n_fft, settings.n_mels, settings.fmin,
                                         settings.fmax)),
      dct_(cached_dct(settings)) {}

std::vector<std::string> LightSernetMfcc::names() const {
  std::vector<std::string> names;
  for (int k = 0; k < settings_.n_mfcc; ++k) names.push_back("mfcc " + std::to_string(k));
  return names;
}

double LightSernetMfcc::hop_seconds(int sample_rate) const {
  return static_cast<double>(settings_.hop) / sample_rate;
}

std::vector<double> LightSernetMfcc::clip(std::span<const double> x) const {
  const std::size_t length = clip_length(settings_);
  if (x.size() > length) x = x.subspan((x.size() - length) / 2, length);
  const double loud = percentile_999(x) + std::numeric_limits<double>::epsilon();
  std::vector<double> y(length, 0.0);
  const auto begin = y.begin() + static_cast<std::ptrdiff_t>((length - x.size()) / 2);
  std::ranges::transform(x, begin, [&](double v) { return std::clamp(v / loud, -1.0, 1.0); });
  if (settings_.store_16bit)
    for (double& v : y) v = std::clamp(std::round(32768 * v), -32768.0, 32767.0) / 32768;
  return y;
}

Tensor<double> LightSernetMfcc::operator()(const Sound& sound) {
  check(sound.sample_rate == rate, kAt, "expects ", rate, " Hz, got ", sound.sample_rate);
  check(!sound.samples.empty(), kAt, "expects a sound, got no sample");
  for (const double v : sound.samples)
    check(std::isfinite(v), kAt, "expects finite samples, got ", v);
  const std::vector<double> y = clip(sound.samples);
  // Zeros in front, so many that a frame of stft.h has its centre half a frame into the clip.
  const int half = settings_.n_fft / 2, hop = settings_.hop;
  const int zeros = (hop - half % hop) % hop, first = (zeros + half) / hop;
  std::vector<double> shifted(static_cast<std::size_t>(zeros), 0.0);
  shifted.insert(shifted.end(), y.begin(), y.end());
  stft_(shifted, spectrum_);
  for (int b = 0; b < spectrum_.blocks(); ++b)
    for (double& power : spectrum_.block(b)) power = std::sqrt(power);
  apply(*mel_, spectrum_, bands_);
  for (int b = 0; b < bands_.blocks(); ++b)
    for (double& band : bands_.block(b)) band = std::log(band + kFloor);
  apply(*dct_, bands_, cepstra_);

  const int frames = 1 + (static_cast<int>(y.size()) - settings_.n_fft) / hop;
  auto features = Tensor<double>::uninitialized(Shape{frames, settings_.n_mfcc});
  for (int t = 0; t < frames; ++t)
    for (int k = 0; k < settings_.n_mfcc; ++k)
      features(t, k) = std::clamp(cepstra_(first + t, k), -settings_.limit, settings_.limit);
  return features;
}

FrontEndRow light_sernet_mfcc_row() {
  return {.name = "light-sernet-mfcc",
          .idea = "cepstra of a clip of fixed length as Light-SERNet has them (Aftab 2022)",
          .revision = 1,
          .settings = LightSernetMfccSettings{},
          .make = [](const AnySettings& settings) -> std::unique_ptr<FrontEnd> {
            return std::make_unique<LightSernetMfcc>(settings.as<LightSernetMfccSettings>());
          },
          .own_length = true};
}

}  // namespace sonant
