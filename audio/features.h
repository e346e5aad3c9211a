// Sound in, T x 46 features out: 34 MFCC, then 12 chroma, equal to librosa 0.11 computed in double.
#pragma once

#include <memory>
#include <string_view>

#include <sonant/audio/chroma.h>
#include <sonant/audio/decode.h>
#include <sonant/audio/filter_bank.h>
#include <sonant/audio/frames.h>
#include <sonant/audio/stft.h>
#include <sonant/audio/tuning.h>
#include <sonant/core/settings.h>
#include <sonant/core/tensor.h>

namespace sonant {

// The defaults are those of the published ResLSTM-SA.
struct FeatureSettings {
  int n_fft = 4096;       // samples per frame
  int win_length = 0;     // samples of the Hann window in it, 0: n_fft
  int hop = 2048;         // samples from frame to frame
  int n_mels = 128;       // mel bands
  double fmin = 0;        // Hz, lowest corner of the mel bands
  double fmax = 0;        // Hz, highest corner; 0: half the sample rate
  int n_mfcc = 34;        // cepstral coefficients kept, from 0 on; 0: no MFCC
  double amin = 1e-10;    // power below which decibels stop
  double top_db = 80;     // decibels kept below the loudest band of the sound
  ChromaSettings chroma;  // n_chroma 0: no chroma
  TuningSettings tuning;
  // Seconds. What is shorter than the period of the lowest voice has neither pitch nor timbre, and
  // its frames are nearly all padding; librosa warns and goes on, as 0 does here.
  double min_seconds = 0.01;

  int dims() const { return n_mfcc + chroma.n_chroma; }
  bool operator==(const FeatureSettings&) const = default;
};

SettingTable settings_of(const FeatureSettings&);

// Reuses plans, filter banks and memory from sound to sound. One object per thread.
class FeatureExtractor {
 public:
  // Error, naming the field, if a setting is out of its range.
  explicit FeatureExtractor(const FeatureSettings& settings = {});

  const FeatureSettings& settings() const { return settings_; }
  // (T, dims()), T = 1 + n / hop. Error if the sound is shorter than min_seconds, or fmax is above
  // half its sample rate.
  Tensor<double> operator()(const Sound& sound);
  // What the last call found, in bins of the octave; 0 without chroma.
  double tuning() const { return tuning_; }

 private:
  void add_mfcc(int sample_rate, Tensor<double>& features);
  void add_chroma(int sample_rate, Tensor<double>& features);

  FeatureSettings settings_;
  PowerStft stft_;
  FrameMatrix power_, bands_, rows_;
  double tuning_ = 0;
};

// One sound. For many, keep a FeatureExtractor.
Tensor<double> extract_features(const Sound& sound, const FeatureSettings& settings = {});

}  // namespace sonant
