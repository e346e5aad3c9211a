// The front end "frames36": the 36 numbers per frame that A-LSTM (Tao & Liu 2018, arXiv:1710.10197)
// learns from, as pyAudioAnalysis (Giannakopoulos 2015) computes them, its quirks included.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include <sonant/audio/autocorrelation.h>
#include <sonant/audio/fft.h>
#include <sonant/audio/filter_bank.h>
#include <sonant/audio/front_end.h>
#include <sonant/core/pool.h>

namespace sonant {

struct Frames36Settings {
  int win_length = 400;  // W, samples in a frame: 25 ms
  int hop = 160;         // samples from frame to frame: 10 ms

  bool operator==(const Frames36Settings&) const = default;
};
SettingTable settings_of(const Frames36Settings&);

// Of the whole sound x <- x - mean, then x <- x / (max |x| + 1e-10). Frames of W samples without a
// window, X the magnitude of their discrete Fourier transform / K, k = 0 .. K-1, K = W/2; the
// highest bin is left out. With eps = 2^-52:
//   zcr, energy         crossings of zero per sample, a zero counts half of one; mean square
//   energy_entropy      in bits, of the shares of ten parts of the frame; spectral_entropy of X^2
//   centroid, spread    of X at (k + 1) fs/W, over fs/2
//   flux                sum of the squared differences to the frame before, each of sum 1
//   rolloff             the bin below which 0.9 of the power lies, over K
//   mfcc 0 .. 12        orthonormal DCT-II of log10(H X + eps): 40 triangles of area 1 that were
//                       meant for 133 Hz .. 6.9 kHz, at k fs/K, so that they lie at half of that
//   chroma 0 .. 11      shares of the power in bins nearest to a pitch, A = 0: of several bins of a
//                       pitch the highest alone counts, over the number of bins of another one
//   chroma_std          the deviation of the twelve
//   harmonic_ratio, f0  Gamma(i) = R(i + 1) / (sqrt(R(0) E(m - i + m0)) + eps) for the lags behind
//                       the autocorrelation's first change of sign, m0, up to m = 0.016 fs - 1;
//                       E(j) the energy of the samples up to j. Its maximum, and fs / its place;
//                       both 0 where Gamma changes its sign often.
// An input that a published system has, not a pitch to rely on. Normalise by utterance as published
// with AroundFrontEnd::utterance.
class Frames36 : public FrontEnd {
 public:
  static constexpr int rate = 16000;  // Hz, fs

  // UsageError, naming the field, if a setting is out of its range.
  explicit Frames36(const Frames36Settings& settings = {});

  std::vector<std::string> names() const override;
  // T = 1 + (n - W) / hop. Error for less than a frame.
  Tensor<double> operator()(const Sound& sound) override;
  int sample_rate() const override { return rate; }
  double hop_seconds(int sample_rate) const override;

 private:
  using Doubles = std::vector<double, PoolAllocator<double>>;

  // Of eight frames, [0 .. 7][W]: spectrum_ and correlation_.
  void transform(const double* const* frames);
  void spectral(int lane, bool first, double* out);
  void cepstra(double* c) const;
  void chroma(double power, double* c) const;
  void harmonic(std::span<const double> x, int lane, double* out);

  int length_, hop_, bins_;  // W, hop, K
  std::shared_ptr<const PowerFft> fft_, padded_fft_;
  Autocorrelation autocorrelation_;
  FilterBank mel_;  // (40,K)
  std::shared_ptr<const DenseMatrix> dct_;
  std::vector<int> pitch_, of_pitch_;   // [K]: of a bin, and how many bins have it
  Doubles window_, scratch_, padded_;   // ones; and eight frames of 2 W
  Doubles spectrum_;                    // [W/2 + 1][8] power
  Doubles padded_power_, correlation_;  // [W + 1][8] power of the padded frames, and R
  std::vector<double> magnitude_, before_, gamma_, energy_;
};

FrontEndRow frames36_row();

}  // namespace sonant
