#include <sonant/audio/frontends/log_mel.h>

#include <cmath>

#include <sonant/audio/filter_bank.h>
#include <sonant/audio/mel.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr std::string_view kGroup = "Features";

using S = LogMelSettings;
constexpr std::array kTable{
    setting<&S::rate>("rate", "Hz that sounds are resampled to; 0: each at its own")
        .in(kGroup)
        .between(0, 1e6),
    setting<&S::n_fft>("n_fft", "samples in a frame").in(kGroup).between(2, 1 << 17),
    setting<&S::win_length>("win_length", "samples of the Hann window in it; 0: n-fft")
        .in(kGroup)
        .between(0, 1 << 17),
    setting<&S::hop>("hop", "samples from frame to frame").in(kGroup).between(1, 1 << 20),
    setting<&S::n_mels>("n_mels", "mel bands").in(kGroup).between(1, 1 << 12),
    setting<&S::fmin>("fmin", "lowest corner of the mel bands, Hz").in(kGroup).between(0, 1e6),
    setting<&S::fmax>("fmax", "highest corner of the mel bands, Hz; 0: half the sample rate")
        .in(kGroup)
        .between(0, 1e6),
    setting<&S::floor>("floor", "power that is added before the logarithm")
        .in(kGroup)
        .between(1e-300, 1),
    setting<&S::centred>("centred", "whether frames are centred; else they begin at their sample")
        .in(kGroup)};

const S& checked(const S& s) {
  check_settings(s, "log-mel");
  check_usage(s.win_length <= s.n_fft, "log-mel", "expects win_length <= n_fft, ", s.n_fft,
              ", got ", s.win_length);
  check_usage(s.rate == 0 || s.fmax <= s.rate / 2.0, "log-mel",
              "expects fmax of at most half the rate, ", s.rate / 2.0, " Hz, got ", s.fmax);
  return s;
}

}  // namespace

SettingTable settings_of(const LogMelSettings&) { return kTable; }

LogMel::LogMel(const LogMelSettings& settings)
    : settings_(checked(settings)),
      stft_(settings.n_fft, settings.win_length > 0 ? settings.win_length : settings.n_fft,
            settings.hop) {}

std::vector<std::string> LogMel::names() const {
  std::vector<std::string> names;
  for (int m = 0; m < settings_.n_mels; ++m) names.push_back("mel " + std::to_string(m));
  return names;
}

std::optional<FrontEnd::Framing> LogMel::framing() const {
  if (settings_.centred) return std::nullopt;
  return Framing{settings_.n_fft, settings_.hop};
}

double LogMel::hop_seconds(int sample_rate) const {
  return static_cast<double>(settings_.hop) / sample_rate;
}

double LogMel::highest_hz(int sample_rate) const {
  return settings_.fmax > 0 ? settings_.fmax : sample_rate / 2.0;
}

Tensor<double> LogMel::operator()(const Sound& sound) {
  const int rate = sound.sample_rate;
  check(rate >= 1 && (settings_.rate == 0 || rate == settings_.rate), "log-mel", "expects ",
        settings_.rate, " Hz, got ", rate);
  const double highest = highest_hz(rate);
  check(settings_.fmin < highest && highest <= rate / 2.0, "log-mel",
        "expects fmin below fmax, and that at most half the sample rate of ", rate, " Hz");
  const auto n = std::ssize(sound.samples);
  std::vector<double> padded;
  std::span<const double> samples = sound.samples;
  int first = 0, frames = stft_.frame_count(sound.samples.size());
  if (!settings_.centred) {
    check(n >= settings_.n_fft, "log-mel", "expects at least one frame of ", settings_.n_fft,
          " samples, got ", n);
    frames = static_cast<int>(1 + (n - settings_.n_fft) / settings_.hop);
    // Zeros in front, so many that a centred frame has its centre half a frame into the sound.
    const int half = settings_.n_fft / 2, hop = settings_.hop, zeros = (hop - half % hop) % hop;
    padded.assign(static_cast<std::size_t>(zeros), 0.0);
    padded.insert(padded.end(), samples.begin(), samples.end());
    samples = padded;
    first = (zeros + half) / hop;
  }
  stft_(samples, power_);
  apply(*cached_mel_filter_bank(rate, settings_.n_fft, settings_.n_mels, settings_.fmin, highest),
        power_, bands_);
  auto features = Tensor<double>::uninitialized(Shape{frames, settings_.n_mels});
  for (int t = 0; t < frames; ++t)
    for (int m = 0; m < settings_.n_mels; ++m) {
      const double y = std::log(bands_(first + t, m) + settings_.floor);
      check(std::isfinite(y), "log-mel", "expects finite samples of a sensible size");
      features(t, m) = y;
    }
  return features;
}

FrontEndRow log_mel_row() {
  return {.name = "log-mel",
          .idea = "logarithm of the energy in mel bands, frame by frame",
          .revision = 1,
          .settings = LogMelSettings{},
          .make = [](const AnySettings& settings) -> std::unique_ptr<FrontEnd> {
            return std::make_unique<LogMel>(settings.as<LogMelSettings>());
          }};
}

}  // namespace sonant
