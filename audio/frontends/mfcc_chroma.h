// The front end "librosa-mfcc-chroma": 34 MFCC, then 12 chroma, equal to librosa 0.11 computed in
// double.
#pragma once

#include <sonant/audio/chroma.h>
#include <sonant/audio/frames.h>
#include <sonant/audio/front_end.h>
#include <sonant/audio/stft.h>
#include <sonant/audio/tuning.h>
#include <sonant/core/settings.h>

namespace sonant {

// The defaults are those of the published ResLSTM-SA.
struct MfccChromaSettings {
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
  bool operator==(const MfccChromaSettings&) const = default;
};

SettingTable settings_of(const MfccChromaSettings&);

class MfccChroma : public FrontEnd {
 public:
  // UsageError, naming the field, if a setting is out of its range.
  explicit MfccChroma(const MfccChromaSettings& settings = {});

  std::vector<std::string> names() const override;  // "MFCC 0", ..., "chroma C", ...
  // T = 1 + n / hop. Error if the sound is shorter than min_seconds, or fmax is above half its
  // sample rate.
  Tensor<double> operator()(const Sound& sound) override;
  double hop_seconds(int sample_rate) const override;
  double highest_hz(int sample_rate) const override;
  std::optional<Level> level() const override;
  // "tuning", in bins of the octave; 0 without chroma.
  std::vector<std::pair<std::string, double>> found() const override {
    return {{"tuning", tuning_}};
  }

 private:
  void add_mfcc(int sample_rate, Tensor<double>& features);
  void add_chroma(int sample_rate, Tensor<double>& features);

  MfccChromaSettings settings_;
  PowerStft stft_;
  FrameMatrix power_, bands_, rows_;
  double tuning_ = 0;
};

FrontEndRow mfcc_chroma_row();

}  // namespace sonant
