// The front end "log-mel": the logarithm of the energy in bands of the mel scale, per frame.
#pragma once

#include <array>

#include <sonant/audio/frames.h>
#include <sonant/audio/front_end.h>
#include <sonant/audio/stft.h>

namespace sonant {

// y(t,m) = ln(sum_k M(m,k) |X_t(k)|^2 + floor), M as mel.h has it (Slaney's triangles), X the
// centred STFT of stft.h. Nothing depends on the rest of the sound: with `centred` false frame t
// begins at sample t * hop and the last samples that fill no frame are left out, so that it can be
// computed as they come.
struct LogMelSettings {
  int rate = 16000;      // Hz, to which sounds are resampled; 0: each at its own
  int n_fft = 512;       // samples of the transform
  int win_length = 400;  // samples of the Hann window in it
  int hop = 160;         // samples from frame to frame
  int n_mels = 64;
  double fmin = 50,
         fmax = 7600;   // Hz, corners of the lowest and the highest band; fmax 0: half the rate
  double floor = 1e-8;  // power that is added before the logarithm
  bool centred = true;

  bool operator==(const LogMelSettings&) const = default;
};
SettingTable settings_of(const LogMelSettings&);

class LogMel : public FrontEnd {
 public:
  // UsageError, naming the field, if a setting is out of its range.
  explicit LogMel(const LogMelSettings& settings = {});

  std::vector<std::string> names() const override;  // "mel 0", ...
  // T = 1 + n / hop if centred, else 1 + (n - n_fft) / hop.
  Tensor<double> operator()(const Sound& sound) override;
  int sample_rate() const override { return settings_.rate; }
  bool causal() const override { return !settings_.centred; }
  std::optional<Framing> framing() const override;  // unless centred
  double hop_seconds(int sample_rate) const override;
  double highest_hz(int sample_rate) const override;

 private:
  LogMelSettings settings_;
  PowerStft stft_;
  FrameMatrix power_, bands_;
};

FrontEndRow log_mel_row();

}  // namespace sonant
