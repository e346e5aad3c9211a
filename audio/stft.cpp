#include <sonant/audio/stft.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include <sonant/audio/cache.h>
#include <sonant/core/error.h>

namespace sonant {

std::vector<double> hann_window(int n, int size) {
  std::vector<double> window(static_cast<std::size_t>(size), 0.0);
  const int left = (size - n) / 2;
  for (int i = 0; i < n; ++i)
    window[static_cast<std::size_t>(left + i)] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / n);
  return window;
}

PowerStft::PowerStft(int n_fft, int win_length, int hop) : n_fft_(n_fft), hop_(hop) {
  check(n_fft >= 2 && n_fft <= 1 << 17, "stft", "expects n_fft from 2 to 2^17, got ", n_fft);
  check(win_length >= 1 && win_length <= n_fft, "stft",
        "expects win_length from 1 to n_fft = ", n_fft, ", got ", win_length);
  check(hop >= 1, "stft", "expects a hop of at least 1 sample, got ", hop);
  static Cache<std::pair<int, int>, std::vector<double>> windows(8);
  window_ = windows.get({win_length, n_fft}, [&] { return hann_window(win_length, n_fft); });
  fft_ = PowerFft::plan(n_fft);
  scratch_.resize(fft_->scratch_size());
  edges_.resize(static_cast<std::size_t>(n_fft) * FrameMatrix::lanes);
}

int PowerStft::frame_count(std::size_t n_samples) const {
  check(n_samples >= 1, "stft", "expects at least one sample, got none");
  // n_fft/2 zeros on both sides; an odd frame then sees one sample less.
  const std::size_t last =
      (n_samples - static_cast<std::size_t>(n_fft_ % 2)) / static_cast<std::size_t>(hop_);
  check(last < std::numeric_limits<int>::max() - FrameMatrix::lanes, "stft",
        "expects fewer frames than ", std::numeric_limits<int>::max(), ", got ", last);
  return 1 + static_cast<int>(last);
}

const double* PowerStft::frame(std::span<const double> samples, int t, int lane) {
  const auto n = static_cast<std::ptrdiff_t>(samples.size());
  const std::ptrdiff_t begin = std::ptrdiff_t{t} * hop_ - n_fft_ / 2;
  const std::ptrdiff_t end = begin + n_fft_;
  if (begin >= 0 && end <= n) return samples.data() + begin;
  double* edge = edges_.data() + std::ptrdiff_t{lane} * n_fft_;
  const auto from = std::clamp<std::ptrdiff_t>(begin, 0, n);
  const auto to = std::clamp<std::ptrdiff_t>(end, from, n);
  double* next = std::fill_n(edge, from - begin, 0.0);
  next = std::copy(samples.begin() + from, samples.begin() + to, next);
  std::fill(next, edge + n_fft_, 0.0);
  return edge;
}

void PowerStft::operator()(std::span<const double> samples, FrameMatrix& power) {
  const int count = frame_count(samples.size());
  power.resize(count, bins());
  for (int b = 0; b < power.blocks(); ++b) {
    std::array<const double*, FrameMatrix::lanes> frames;
    for (int lane = 0; lane < FrameMatrix::lanes; ++lane) {
      const int t = b * FrameMatrix::lanes + lane;
      // Past the last frame there is silence, not a frame that would begin there.
      frames[static_cast<std::size_t>(lane)] =
          t < count ? frame(samples, t, lane) : frame({}, 0, lane);
    }
    fft_->power(frames.data(), window_->data(), scratch_.data(), power.block(b).data());
  }
}

}  // namespace sonant
