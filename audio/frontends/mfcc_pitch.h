// The front end "mfcc-pitch": cepstra, pitch, voicing and energy, the last three relative to the
// utterance as well. Made for emotions: what a voice does with its pitch and its force is told
// from whose voice it is.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <sonant/audio/autocorrelation.h>
#include <sonant/audio/fft.h>
#include <sonant/audio/filter_bank.h>
#include <sonant/audio/frames.h>
#include <sonant/audio/front_end.h>

namespace sonant {

// What pitch and energy are compared with.
enum class Relative {
  utterance,  // all of it
  past,       // what was heard of it so far, this frame included
};
constexpr std::array<std::string_view, 2> words_of(Relative) { return {"utterance", "past"}; }

// Frame t is centred at sample t * hop, zeros outside of the sound; x its samples without their
// mean under a periodic Hann window w, X their transform of n_fft samples:
//   c_k       orthonormal DCT-II of ln(sum_f M(m,f) |X(f)|^2 + 1e-8), M triangles of height 1
//             whose corners are equally spaced in mel = 2595 log10(1 + f/700)
//   r(l)      sum_j x(j) x(j+l) / (R(0) + 1e-6), over the same of the window: the autocorrelation
//             of the sound without the window's (Boersma 1993, Accurate short-term analysis of the
//             fundamental frequency and the harmonics-to-noise ratio, eq. 9)
//   F0        rate / l of a large s(l) = r(l) (1 - octave_cost ln(l/l_0) / ln((l_1+1)/l_0)), l from
//             l_0 = rate/pitch_high to l_1 = rate/pitch_low, between samples by a parabola: of the
//             six largest maxima of each frame the ones that together have the largest
//             sum_t s_t - jump_cost |log2(F0_t / F0_(t-1))| (there, section 3; the path is found by
//             dynamic programming, with `past` up to each frame)
//   g         voicing, 1 / (1 + exp(-12 (r(l) - 0.5)))
//   e         ln(sum_j x(j)^2 + 1e-8)
// Features: c_0 .., then
//   pitch            g (ln F0 - 5.2)
//   voicing          g
//   energy           e
//   relative pitch   pitch - g m, m = sum pitch / (sum g + 1e-3) over `relative`
//   relative energy  e - the largest e of `relative`
// Silence at both ends is left out: frames up to trim_margin before the first and behind the last
// one within trim_db of the loudest; with `past` there is none.
struct MfccPitchSettings {
  int win_length = 640;  // samples: 40 ms
  int n_fft = 1024;
  int hop = 320;  // samples from frame to frame: 20 ms
  int n_mels = 64;
  int n_mfcc = 18;
  double fmin = 50, fmax = 7600;            // Hz, corners of the lowest and the highest band
  double pitch_low = 70, pitch_high = 500;  // Hz
  double octave_cost = 0.15;                // by which low pitches are worse
  double jump_cost = 0;                     // of an octave from frame to frame
  Relative relative = Relative::utterance;
  double trim_db = 35;  // 0: nothing is left out
  int trim_margin = 4;  // frames

  bool operator==(const MfccPitchSettings&) const = default;
};
SettingTable settings_of(const MfccPitchSettings&);

class MfccPitch : public FrontEnd {
 public:
  static constexpr int rate = 16000;  // Hz

  // UsageError, naming the field, if a setting is out of its range.
  explicit MfccPitch(const MfccPitchSettings& settings = {});

  std::vector<std::string> names() const override;
  // T = 1 + n / hop, less what is left out. Error for a sound without a sample.
  Tensor<double> operator()(const Sound& sound) override;
  int sample_rate() const override { return rate; }
  bool causal() const override { return settings_.relative == Relative::past; }
  double hop_seconds(int sample_rate) const override;
  double highest_hz(int) const override { return settings_.fmax; }
  std::optional<Level> level() const override;

 private:
  using Doubles = std::vector<double, PoolAllocator<double>>;
  struct Candidate {
    double octaves, strength, r;  // log2 F0, s(l), r(l)
  };
  struct Voice {
    double pitch, voicing, energy;      // as features
    std::vector<Candidate> candidates;  // the strongest first
  };

  // Eight frames from t on: their power to spectrum_, their voices to voices_.
  void analyse(std::span<const double> samples, int block, int frames);
  Voice voice(int lane) const;
  void choose_pitches();
  std::pair<int, int> kept() const;  // the first frame, and the one behind the last
  void relate(std::pair<int, int> frames, Tensor<double>& features) const;

  MfccPitchSettings settings_;
  int shortest_, longest_;  // lags, l_0 and l_1
  std::shared_ptr<const PowerFft> fft_;
  Autocorrelation autocorrelation_;
  std::shared_ptr<const FilterBank> mel_;
  std::shared_ptr<const DenseMatrix> dct_;
  std::vector<double> of_window_;             // [l_1 + 2]: R of w over its R(0)
  Doubles window_, scratch_, frames_, lags_;  // [n_fft], ..., (8, n_fft), (n_fft/2+1, 8)
  FrameMatrix spectrum_, bands_, cepstra_;
  std::vector<Voice> voices_;
};

FrontEndRow mfcc_pitch_row();

}  // namespace sonant
