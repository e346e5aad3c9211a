// Short-time Fourier transform as librosa 0.11 frames it: periodic Hann window, centred, zeros
// outside.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <sonant/audio/fft.h>
#include <sonant/audio/frames.h>

namespace sonant {

// w_i = (1 - cos(2 pi i / n)) / 2, i = 0 .. n-1, the periodic form; padded with zeros on both sides
// to `size` if that is larger (the odd zero goes to the right).
std::vector<double> hann_window(int n, int size);

// Centre frequency of bin k in Hz, rounded as numpy.fft.rfftfreq rounds it.
inline double bin_frequency(int k, int sample_rate, int n_fft) {
  return k * (1.0 / (n_fft * (1.0 / sample_rate)));
}

// Frame t is centred at sample t * hop: samples t * hop - n_fft/2 .. + n_fft, zeros outside the
// sound.
class PowerStft {
 public:
  // win_length <= n_fft is the length of the window. Error if a size is out of range.
  PowerStft(int n_fft, int win_length, int hop);

  int bins() const { return fft_->bins(); }
  // T = 1 + n / hop for an even n_fft. Error if there is no sample or T does not fit an int.
  int frame_count(std::size_t n_samples) const;
  // power (T, n_fft/2+1) <- |STFT|^2.
  void operator()(std::span<const double> samples, FrameMatrix& power);

 private:
  // Where frame t lies: in `samples`, or copied with its zeros into the lane's part of edges_.
  const double* frame(std::span<const double> samples, int t, int lane);

  int n_fft_;
  int hop_;
  std::shared_ptr<const PowerFft> fft_;
  std::shared_ptr<const std::vector<double>> window_;
  std::vector<double, PoolAllocator<double>> scratch_;
  std::vector<double> edges_;  // (8, n_fft)
};

}  // namespace sonant
