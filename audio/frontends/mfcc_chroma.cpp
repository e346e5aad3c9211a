#include <sonant/audio/frontends/mfcc_chroma.h>

#include <array>
#include <cmath>

#include <sonant/audio/mel.h>
#include <sonant/audio/mfcc.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr std::string_view kGroup = "Features";

template <auto... Path>
constexpr Setting row(std::string_view name, double low, double high, std::string_view help,
                      std::source_location where = std::source_location::current()) {
  return setting<Path...>(name, help, where).in(kGroup).between(low, high);
}

using F = MfccChromaSettings;
using Chroma = ChromaSettings;
using Tuning = TuningSettings;
constexpr std::array kTable{
    row<&F::n_fft>("n_fft", 2, 1 << 17, "samples in a frame"),
    row<&F::win_length>("win_length", 0, 1 << 17, "samples of the Hann window in it; 0: n-fft"),
    row<&F::hop>("hop", 1, 1 << 20, "samples from frame to frame"),
    row<&F::n_mels>("n_mels", 1, 1 << 12, "mel bands"),
    row<&F::fmin>("fmin", 0, 1e6, "lowest corner of the mel bands, Hz"),
    row<&F::fmax>("fmax", 0, 1e6, "highest corner of the mel bands, Hz; 0: half the sample rate"),
    row<&F::n_mfcc>("n_mfcc", 0, 1 << 12, "cepstral coefficients; 0: none"),
    row<&F::amin>("amin", 1e-300, 1e300, "power below which decibels stop"),
    row<&F::top_db>("top_db", 0, 1e4, "decibels kept below the loudest band"),
    row<&F::chroma, &Chroma::n_chroma>("n_chroma", 0, 96, "chroma bins; 0: none"),
    row<&F::chroma, &Chroma::centre>("chroma_centre", -1e3, 1e3,
                                     "octave on which the chroma filters are centred"),
    row<&F::chroma, &Chroma::octave_width>("chroma_octave_width", 0, 1e6, "their width in octaves"),
    row<&F::tuning, &Tuning::fmin>("tuning_fmin", 0, 1e6,
                                   "lowest peak that the tuning estimate uses, Hz"),
    row<&F::tuning, &Tuning::fmax>("tuning_fmax", 0, 1e6,
                                   "highest peak that the tuning estimate uses, Hz"),
    row<&F::tuning, &Tuning::threshold>("tuning_threshold", 0, 1,
                                        "share of the frame's maximum that a peak must pass"),
    row<&F::tuning, &Tuning::resolution>("tuning_resolution", 1e-6, 0.5,
                                         "bin width of the tuning histogram"),
    row<&F::min_seconds>("min_seconds", 0, 1e6, "shorter sounds are refused")};

const MfccChromaSettings& checked(const MfccChromaSettings& s) {
  constexpr const char* op = "MfccChromaSettings";
  check_settings(s, op);
  check_usage(s.win_length <= s.n_fft, op, "expects win_length <= n_fft, ", s.n_fft, ", got ",
              s.win_length);
  check_usage(s.n_mfcc <= s.n_mels, op, "expects n_mfcc <= n_mels, ", s.n_mels, ", got ", s.n_mfcc);
  check_usage(s.dims() > 0, op, "expects n_mfcc + n_chroma > 0, got 0");
  return s;
}

void copy_rows(const FrameMatrix& from, Tensor<double>& to, std::int64_t first_column) {
  for (int t = 0; t < from.frames(); ++t)
    for (int r = 0; r < from.rows(); ++r) to(t, first_column + r) = from(t, r);
}

}  // namespace

SettingTable settings_of(const MfccChromaSettings&) { return kTable; }

MfccChroma::MfccChroma(const MfccChromaSettings& settings)
    : settings_(checked(settings)),
      stft_(settings.n_fft, settings.win_length > 0 ? settings.win_length : settings.n_fft,
            settings.hop) {}

Tensor<double> MfccChroma::operator()(const Sound& sound) {
  check(sound.sample_rate >= 1, "features", "expects a sample rate of at least 1 Hz, got ",
        sound.sample_rate);
  check(sound.seconds() >= settings_.min_seconds, "features", "expects a sound of at least ",
        settings_.min_seconds, " s (", std::ceil(settings_.min_seconds * sound.sample_rate),
        " samples), got ", sound.samples.size());
  const int frames = stft_.frame_count(sound.samples.size());
  auto features = Tensor<double>::uninitialized(Shape{frames, settings_.dims()});
  stft_(sound.samples, power_);
  tuning_ = 0;
  if (settings_.n_mfcc > 0) add_mfcc(sound.sample_rate, features);
  if (settings_.chroma.n_chroma > 0) add_chroma(sound.sample_rate, features);
  for (const double x : features.span())
    check(std::isfinite(x), "features",
          "expects finite samples of a sensible size, got NaN or overflow");
  return features;
}

void MfccChroma::add_mfcc(int sample_rate, Tensor<double>& features) {
  const double nyquist = sample_rate / 2.0;
  check(settings_.fmax <= nyquist, "features",
        "expects fmax of at most half the sample rate = ", nyquist, " Hz, got ", settings_.fmax);
  apply(*cached_mel_filter_bank(sample_rate, settings_.n_fft, settings_.n_mels, settings_.fmin,
                                settings_.fmax > 0 ? settings_.fmax : nyquist),
        power_, bands_);
  power_to_db(bands_, settings_.amin, settings_.top_db);
  apply(*cached_dct_matrix(settings_.n_mfcc, settings_.n_mels), bands_, rows_);
  copy_rows(rows_, features, 0);
}

void MfccChroma::add_chroma(int sample_rate, Tensor<double>& features) {
  tuning_ = estimate_tuning(power_, sample_rate, settings_.n_fft, settings_.chroma.n_chroma,
                            settings_.tuning);
  apply(*cached_chroma_filter_bank(sample_rate, settings_.n_fft, tuning_, settings_.chroma), power_,
        rows_);
  normalise_frames(rows_);
  copy_rows(rows_, features, settings_.n_mfcc);
}

std::vector<std::string> MfccChroma::names() const {
  constexpr const char* pitches[] = {"C",  "C#", "D",  "D#", "E",  "F",
                                     "F#", "G",  "G#", "A",  "A#", "B"};
  std::vector<std::string> names;
  const int bins = settings_.chroma.n_chroma;
  for (int k = 0; k < settings_.n_mfcc; ++k) names.push_back("MFCC " + std::to_string(k));
  for (int k = 0; k < bins; ++k)
    names.push_back("chroma " + (bins == 12 ? pitches[k] : std::to_string(k)));
  return names;
}

double MfccChroma::hop_seconds(int sample_rate) const {
  return static_cast<double>(settings_.hop) / sample_rate;
}

double MfccChroma::highest_hz(int sample_rate) const {
  return settings_.fmax > 0 ? settings_.fmax : sample_rate / 2.0;
}

// MFCC 0 is the sum of the M bands' decibels over sqrt(M).
std::optional<FrontEnd::Level> MfccChroma::level() const {
  if (settings_.n_mfcc < 1) return std::nullopt;
  return Level{0, 1 / std::sqrt(settings_.n_mels)};
}

FrontEndRow mfcc_chroma_row() {
  return {.name = "librosa-mfcc-chroma",
          .idea = "34 MFCC and 12 chroma, as librosa 0.11 has them (Krasnoproshin 2026)",
          .revision = 2,
          .settings = MfccChromaSettings{},
          .make = [](const AnySettings& settings) -> std::unique_ptr<FrontEnd> {
            return std::make_unique<MfccChroma>(settings.as<MfccChromaSettings>());
          }};
}

}  // namespace sonant
