#include <sonant/audio/features.h>

#include <cmath>

#include <sonant/audio/mel.h>
#include <sonant/audio/mfcc.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

template <class T>
void check_range(const char* field, T value, T low, T high) {
  check_usage(value >= low && value <= high, "FeatureSettings", "expects ", field, " from ", low,
              " to ", high, ", got ", value);
}

const FeatureSettings& checked(const FeatureSettings& s) {
  check_range("n_fft", s.n_fft, 2, 1 << 17);
  check_range("win_length", s.win_length, 0, s.n_fft);
  check_range("hop", s.hop, 1, 1 << 20);
  check_range("n_mels", s.n_mels, 1, 1 << 12);
  check_range("n_mfcc", s.n_mfcc, 0, s.n_mels);
  check_range("fmin", s.fmin, 0.0, 1e6);
  check_range("fmax", s.fmax, 0.0, 1e6);
  check_range("amin", s.amin, 1e-300, 1e300);
  check_range("top_db", s.top_db, 0.0, 1e4);
  check_range("n_chroma", s.chroma.n_chroma, 0, 96);
  check_range("chroma_octave_width", s.chroma.octave_width, 0.0, 1e6);
  check_range("chroma_centre", s.chroma.centre, -1e3, 1e3);
  check_range("tuning_fmin", s.tuning.fmin, 0.0, 1e6);
  check_range("tuning_fmax", s.tuning.fmax, 0.0, 1e6);
  check_range("tuning_threshold", s.tuning.threshold, 0.0, 1.0);
  check_range("tuning_resolution", s.tuning.resolution, 1e-6, 0.5);
  check_range("min_seconds", s.min_seconds, 0.0, 1e6);
  check_usage(s.dims() > 0, "FeatureSettings", "expects n_mfcc + n_chroma > 0, got 0");
  return s;
}

void copy_rows(const FrameMatrix& from, Tensor<double>& to, std::int64_t first_column) {
  for (int t = 0; t < from.frames(); ++t)
    for (int r = 0; r < from.rows(); ++r) to(t, first_column + r) = from(t, r);
}

}  // namespace

FeatureExtractor::FeatureExtractor(const FeatureSettings& settings)
    : settings_(checked(settings)),
      stft_(settings.n_fft, settings.win_length > 0 ? settings.win_length : settings.n_fft,
            settings.hop) {}

Tensor<double> FeatureExtractor::operator()(const Sound& sound) {
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

void FeatureExtractor::add_mfcc(int sample_rate, Tensor<double>& features) {
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

void FeatureExtractor::add_chroma(int sample_rate, Tensor<double>& features) {
  tuning_ = estimate_tuning(power_, sample_rate, settings_.n_fft, settings_.chroma.n_chroma,
                            settings_.tuning);
  apply(*cached_chroma_filter_bank(sample_rate, settings_.n_fft, tuning_, settings_.chroma), power_,
        rows_);
  normalise_frames(rows_);
  copy_rows(rows_, features, settings_.n_mfcc);
}

Tensor<double> extract_features(const Sound& sound, const FeatureSettings& settings) {
  return FeatureExtractor(settings)(sound);
}

}  // namespace sonant
