#include <sonant/audio/chroma.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include <sonant/audio/cache.h>
#include <sonant/audio/tuning.h>
#include <sonant/core/error.h>

namespace sonant {
namespace {

// Pitch of bins 0 .. n_fft/2+1 in classes above A0. Bin 0 has none; it gets 1.5 octaves below
// bin 1.
std::vector<double> bin_pitches(int sample_rate, int n_fft, double tuning, int n_chroma) {
  const double bin_width = static_cast<double>(sample_rate) / n_fft;
  std::vector<double> pitches(static_cast<std::size_t>(n_fft / 2) + 2);
  for (std::size_t k = 1; k < pitches.size(); ++k)
    pitches[k] = n_chroma * hz_to_octaves(static_cast<double>(k) * bin_width, tuning, n_chroma);
  pitches[0] = pitches[1] - 1.5 * n_chroma;
  return pitches;
}

// Distance round the circle of n classes, in [-n/2, n/2) for an even n.
double circular_distance(double d, int n) {
  const double half = std::nearbyint(n / 2.0);
  double r = std::fmod(d + half + 10 * n, n);
  if (r < 0) r += n;
  return r - half;
}

using BankKey = std::tuple<int, int, double, int, double, double>;

Cache<BankKey, DenseMatrix>& bank_cache() {
  static Cache<BankKey, DenseMatrix> cache(128);
  return cache;
}

}  // namespace

DenseMatrix chroma_filter_bank(int sample_rate, int n_fft, double tuning,
                               const ChromaSettings& settings) {
  const int n = settings.n_chroma;
  check(n >= 1, "chroma_filter_bank", "expects at least one pitch class, got ", n);
  const std::vector<double> pitches = bin_pitches(sample_rate, n_fft, tuning, n);
  const int columns = n_fft / 2 + 1;
  DenseMatrix bank{n, columns, std::vector<double>(static_cast<std::size_t>(n * columns))};
  std::vector<double> bump(static_cast<std::size_t>(n));
  for (int k = 0; k < columns; ++k) {
    const auto i = static_cast<std::size_t>(k);
    const double width = std::max(pitches[i + 1] - pitches[i], 1.0);
    double squares = 0;
    for (int c = 0; c < n; ++c) {
      const double z = 2 * circular_distance(pitches[i] - c, n) / width;
      const double w = std::exp(-0.5 * z * z);
      bump[static_cast<std::size_t>(c)] = w;
      squares += w * w;
    }
    const double octave = (pitches[i] / n - settings.centre) / settings.octave_width;
    const double weight = settings.octave_width > 0 ? std::exp(-0.5 * octave * octave) : 1.0;
    for (int c = 0; c < n; ++c) {
      // Class 0 of the bump is A; three semitones on is C.
      const int row = (c + n - 3 * (n / 12) % n) % n;
      bank.weights[static_cast<std::size_t>(row * columns + k)] =
          bump[static_cast<std::size_t>(c)] / std::sqrt(squares) * weight;
    }
  }
  return bank;
}

std::shared_ptr<const DenseMatrix> cached_chroma_filter_bank(int sample_rate, int n_fft,
                                                             double tuning,
                                                             const ChromaSettings& settings) {
  return bank_cache().get(
      {sample_rate, n_fft, tuning, settings.n_chroma, settings.centre, settings.octave_width},
      [&] { return chroma_filter_bank(sample_rate, n_fft, tuning, settings); });
}

void clear_chroma_filter_banks() { bank_cache().clear(); }

void normalise_frames(FrameMatrix& m) {
  constexpr std::size_t lanes = FrameMatrix::lanes;
  for (int b = 0; b < m.blocks(); ++b) {
    const std::span<double> block = m.block(b);
    std::array<double, lanes> largest{};
    for (std::size_t i = 0; i < block.size(); ++i)
      largest[i % lanes] = std::max(largest[i % lanes], std::abs(block[i]));
    // librosa.util.normalize leaves alone what is smaller than the smallest normal number.
    for (double& x : largest)
      if (x < std::numeric_limits<double>::min()) x = 1.0;
    for (std::size_t i = 0; i < block.size(); ++i) block[i] /= largest[i % lanes];
  }
}

}  // namespace sonant
