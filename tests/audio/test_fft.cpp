#include <sonant/audio/chroma.h>
#include <sonant/audio/fft.h>
#include <sonant/audio/frames.h>
#include <sonant/core/error.h>
#include <sonant/core/kernels/registry.h>
#include <sonant/core/pool.h>
#include <sonant/core/random.h>

#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <thread>
#include <vector>

#include "support/catch.h"

using namespace sonant;

namespace {

constexpr int lanes = FrameMatrix::lanes;
using Aligned = std::vector<double, PoolAllocator<double>>;

std::vector<double> noise(std::size_t n, std::uint64_t seed) {
  std::vector<double> x(n);
  Random(seed).fill_normal(std::span<double>(x), 0.0, 1.0);
  return x;
}

// Eight frames of noise, their window and what the FFT makes of them.
struct Spectrum {
  std::vector<double> samples, window;
  Aligned power;
};
void run(const PowerFft& fft, const Spectrum& s, Aligned& scratch, Aligned& power) {
  std::array<const double*, lanes> frames;
  for (std::size_t l = 0; l < lanes; ++l) frames[l] = s.samples.data() + l * s.window.size();
  fft.power(frames.data(), s.window.data(), scratch.data(), power.data());
}
Spectrum spectrum_of_noise(const PowerFft& fft) {
  const auto n = static_cast<std::size_t>(fft.size());
  Spectrum s{noise(n * lanes, 1), noise(n, 2),
             Aligned(static_cast<std::size_t>(fft.bins()) * lanes)};
  Aligned scratch(fft.scratch_size(), std::nan(""));
  run(fft, s, scratch, s.power);
  return s;
}

double direct_power(const double* x, const double* w, int n, int k) {
  std::complex<double> sum = 0;
  for (int j = 0; j < n; ++j) {
    const auto turn = static_cast<double>(static_cast<long long>(j) * k % n) / n;
    sum += x[j] * w[j] * std::polar(1.0, -2 * std::numbers::pi * turn);
  }
  return std::norm(sum);
}

}  // namespace

TEST_CASE("Power spectra of any size agree with the definition", "[audio]") {
  for (const int n : {2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 25, 30, 49, 62, 64, 97, 100, 1024}) {
    const PowerFft fft(n);
    const Spectrum s = spectrum_of_noise(fft);
    double worst = 0;
    for (int k = 0; k < fft.bins(); ++k)
      for (int l = 0; l < lanes; ++l) {
        const double want = direct_power(s.samples.data() + l * n, s.window.data(), n, k);
        const double got = s.power[static_cast<std::size_t>(k * lanes + l)];
        worst = std::max(worst, std::abs(got - want) / (want + n));
      }
    INFO("n = " << n);
    CHECK(worst < 1e-13);
  }
}

TEST_CASE("Every instruction set gives the bits of the scalar kernels", "[audio]") {
  const FrameKernels& scalar = all_frame_kernels().reference();
  for (const FrameKernels* kernels : all_frame_kernels().usable_rows()) {
    INFO(kernels::label(*kernels));
    REQUIRE(kernels->accuracy == 0);
    for (const int n : {2, 7, 30, 98, 4096})
      CHECK(spectrum_of_noise(PowerFft(n, *kernels)).power ==
            spectrum_of_noise(PowerFft(n, scalar)).power);

    for (const int rows : {1, 2, 3, 5, 6, 7, 12, 34}) {
      const int columns = 41;
      const std::vector<double> weights = noise(static_cast<std::size_t>(rows * columns), 3);
      const std::vector<double> values = noise(columns * lanes, 4);
      const Aligned in(values.begin(), values.end());
      Aligned want(static_cast<std::size_t>(rows * lanes)), got(want.size());
      scalar.multiply(weights.data(), rows, columns, in.data(), want.data());
      kernels->multiply(weights.data(), rows, columns, in.data(), got.data());
      CHECK(got == want);
      alignas(64) double largest[lanes];
      kernels->maxima(in.data(), rows, largest);
      for (int l = 0; l < lanes; ++l) {
        double reference = 0;
        for (int r = 0; r < rows; ++r)
          reference = std::max(reference, in[static_cast<std::size_t>(r * lanes + l)]);
        CHECK(largest[l] == reference);
      }
    }
  }
}

TEST_CASE("Dense and banded maps agree with the definition", "[audio]") {
  const int rows = 9, columns = 13, frames = 11;
  FrameMatrix in(frames, columns), out;
  for (int t = 0; t < frames; ++t)
    for (int c = 0; c < columns; ++c) in(t, c) = std::sin(t + 2.0 * c);
  DenseMatrix dense{rows, columns, noise(rows * columns, 5)};
  FilterBank bank;
  bank.columns = columns;
  // Row r keeps columns r .. r+3; row 8 is empty.
  for (int r = 0; r < rows; ++r) {
    std::vector<double> row(columns, 0.0);
    for (int c = 0; c < columns; ++c) {
      double& w = dense.weights[static_cast<std::size_t>(r * columns + c)];
      if (c < r || c > r + 3 || r == 8) w = 0;
      row[static_cast<std::size_t>(c)] = w;
    }
    bank.add_row(row);
  }
  CHECK(bank.weights.size() == 8 * 4);
  FrameMatrix banded;
  apply(dense, in, out);
  apply(bank, in, banded);
  for (int t = 0; t < frames; ++t)
    for (int r = 0; r < rows; ++r) {
      double want = 0;
      for (int c = 0; c < columns; ++c) want += dense(r, c) * in(t, c);
      CHECK(out(t, r) == Approx(want).margin(1e-15));
      CHECK(banded(t, r) == out(t, r));
      CHECK(bank(r, r) == dense(r, r));
    }
  CHECK_THROWS_WITH(apply(bank, out, in), ContainsSubstring("expects 13 bins, got 9"));
  CHECK_THROWS_WITH(apply(dense, out, in), ContainsSubstring("expects 13 rows, got 9"));
}

TEST_CASE("A plan is shared by threads", "[audio]") {
  for (const int n : {512, 2 * 37}) {  // 37: kissfft's general butterfly
    const auto fft = PowerFft::plan(n);
    CHECK(PowerFft::plan(n) == fft);
    const Spectrum s = spectrum_of_noise(*fft);
    std::array<int, 4> wrong{};
    {
      std::vector<std::jthread> threads;
      for (int& count : wrong)
        threads.emplace_back([&count, &fft, &s] {
          Aligned scratch(fft->scratch_size()), power(s.power.size());
          for (int i = 0; i < 500; ++i) {
            run(*fft, s, scratch, power);
            count += power != s.power;
          }
        });
    }
    CHECK(wrong == std::array<int, 4>{});
  }
  CHECK_THROWS_WITH(PowerFft(1), ContainsSubstring("at least 2 samples per frame, got 1"));
}
