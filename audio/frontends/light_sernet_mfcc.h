// The front end "light-sernet-mfcc": the cepstra that Light-SERNet (Aftab et al. 2022,
// arXiv:2110.03435) was published with, by TensorFlow's conventions.
#pragma once

#include <memory>
#include <vector>

#include <sonant/audio/filter_bank.h>
#include <sonant/audio/frames.h>
#include <sonant/audio/front_end.h>
#include <sonant/audio/stft.h>

namespace sonant {

// A clip of S = rate * clip_seconds samples x, cut out of the middle of a longer sound:
//   y = clip(x / (p + 2^-52), -1, 1), p the 99.9th percentile of |x|; a shorter one is then padded
//   with zeros on both sides (the odd one behind), and rounded to 16 bits if `store_16bit`
//   X_t(k) = sum_j w_j y(hop t + j) e^(-2 pi i j k / n_fft), a periodic Hann window, not centred
//   L_t(m) = ln(sum_k W(k,m) |X_t(k)| + 1e-6), the magnitude, not the power; W is
//   linear_mel_filter_bank() of mel.h
//   c_t(k) = sqrt(2/M) sum_m L_t(m) cos(pi k (m + 1/2) / M), for k = 0 as well
//   clipped to [-10, 10], where c_t(0) mostly ends up: it tells speech from silence.
struct LightSernetMfccSettings {
  double clip_seconds = 3;
  bool store_16bit = false;  // published with it: the clip was a 16-bit file in between
  int n_fft = 1024;          // samples in a frame
  int hop = 256;             // samples from frame to frame
  int n_mels = 128;          // M
  int n_mfcc = 40;
  double fmin = 80, fmax = 7600;  // Hz, corners of the lowest and the highest band
  double limit = 10;              // coefficients are clipped to +-limit

  bool operator==(const LightSernetMfccSettings&) const = default;
};
SettingTable settings_of(const LightSernetMfccSettings&);

class LightSernetMfcc : public FrontEnd {
 public:
  static constexpr int rate = 16000;  // Hz

  // UsageError, naming the field, if a setting is out of its range.
  explicit LightSernetMfcc(const LightSernetMfccSettings& settings = {});

  std::vector<std::string> names() const override;  // "mfcc 0", ...
  // T = 1 + (S - n_fft) / hop, whatever the length of the sound. Error for one without a sample.
  Tensor<double> operator()(const Sound& sound) override;
  int sample_rate() const override { return rate; }
  double hop_seconds(int sample_rate) const override;
  double highest_hz(int) const override { return settings_.fmax; }

 private:
  std::vector<double> clip(std::span<const double> samples) const;  // [S]

  LightSernetMfccSettings settings_;
  PowerStft stft_;
  std::shared_ptr<const FilterBank> mel_;
  std::shared_ptr<const DenseMatrix> dct_;
  FrameMatrix spectrum_, bands_, cepstra_;
};

FrontEndRow light_sernet_mfcc_row();

}  // namespace sonant
