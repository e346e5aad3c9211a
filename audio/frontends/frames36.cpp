#include <sonant/audio/frontends/frames36.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include <sonant/audio/frames.h>
#include <sonant/audio/mfcc.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "frames36";
constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr int kLanes = FrameMatrix::lanes;
constexpr int kBands = 40, kMfcc = 13, kChroma = 12, kBlocks = 10;
constexpr double kRolloff = 0.9;       // share of the power
constexpr double kLongestLag = 0.016;  // seconds, of the harmonic ratio
constexpr double kManyCrossings = 0.15, kLeastRatio = 0.1, kHighestF0 = 5000;

// Where each feature begins in a row.
enum Feature {
  zcr,
  energy,
  energy_entropy,
  centroid,
  spread,
  spectral_entropy,
  flux,
  rolloff,
  mfcc,
  chroma_bins = mfcc + kMfcc,
  chroma_std = chroma_bins + kChroma,
  harmonic_ratio,
  f0,
  feature_count
};
static_assert(feature_count == 36);

// Of a win_length within its range the bins are more than the pitches, none of which is below A0.
using S = Frames36Settings;
constexpr std::array kTable{
    setting<&S::win_length>("win_length", "samples in a frame").in("Features").between(200, 580),
    setting<&S::hop>("hop", "samples from frame to frame").in("Features").between(1, 1 << 20)};

const S& checked(const S& s) {
  check_settings(s, kAt);
  check_usage(s.win_length % 2 == 0, kAt, "expects an even win_length, got ", s.win_length);
  return s;
}

int sign(double x) { return (x > 0) - (x < 0); }

double crossings(std::span<const double> x) {
  int sum = 0;
  for (std::size_t j = 1; j < x.size(); ++j) sum += std::abs(sign(x[j]) - sign(x[j - 1]));
  return 0.5 * sum / static_cast<double>(x.size() - 1);
}

double sum_of_squares(std::span<const double> x) {
  return std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
}

// In bits, of the shares that ten blocks have of the whole; what fills no block is in that, too.
double entropy(std::span<const double> x, double whole) {
  const std::size_t block = x.size() / kBlocks;
  double sum = 0;
  for (std::size_t b = 0; b < kBlocks; ++b) {
    const double share = sum_of_squares(x.subspan(b * block, block)) / (whole + kEps);
    sum -= share * std::log2(share + kEps);
  }
  return sum;
}

FilterBank mel_bank(int bins, double rate) {
  std::array<double, kBands + 2> edges;
  for (int i = 0; i < kMfcc; ++i) edges[static_cast<std::size_t>(i)] = 133.33 + i * (200.0 / 3);
  for (std::size_t i = kMfcc; i < edges.size(); ++i)
    edges[i] = edges[kMfcc - 1] * std::pow(1.0711703, static_cast<double>(i) - kMfcc + 1);
  FilterBank bank;
  bank.columns = bins;
  const auto bin_below = [&](double hz) { return static_cast<int>(hz * bins / rate); };
  for (std::size_t m = 0; m < kBands; ++m) {
    const double low = edges[m], middle = edges[m + 1], high = edges[m + 2];
    std::vector<double> row(static_cast<std::size_t>(bins), 0.0);
    for (int k = bin_below(low) + 1; k <= bin_below(high) && k < bins; ++k) {
      const double hz = k * rate / bins;  // twice where the bin is, as published
      const double share =
          k <= bin_below(middle) ? (hz - low) / (middle - low) : (high - hz) / (high - middle);
      row[static_cast<std::size_t>(k)] = 2 / (high - low) * share;
    }
    bank.add_row(row);
  }
  return bank;
}

}  // namespace

SettingTable settings_of(const Frames36Settings&) { return kTable; }

Frames36::Frames36(const Frames36Settings& settings)
    : length_(checked(settings).win_length),
      hop_(settings.hop),
      bins_(settings.win_length / 2),
      autocorrelation_(2 * settings.win_length) {
  fft_ = PowerFft::plan(length_);
  padded_fft_ = PowerFft::plan(2 * length_);
  mel_ = mel_bank(bins_, rate);
  dct_ = cached_dct_matrix(kMfcc, kBands);
  for (int k = 0; k < bins_; ++k) {
    const double hz = (k + 1) * (rate / (2.0 * bins_));
    pitch_.push_back(static_cast<int>(std::nearbyint(12 * std::log2(hz / 27.5))));
  }
  for (const int q : pitch_) of_pitch_.push_back(static_cast<int>(std::ranges::count(pitch_, q)));
  const auto size = static_cast<std::size_t>(length_);
  window_.assign(2 * size, 1.0);
  scratch_.resize(std::max(fft_->scratch_size(), padded_fft_->scratch_size()));
  padded_.resize(2 * size * kLanes);
  spectrum_.resize((size / 2 + 1) * kLanes);
  padded_power_.resize((size + 1) * kLanes);
  correlation_.resize((size + 1) * kLanes);
  magnitude_.resize(size / 2);
  before_.resize(size / 2);
  energy_.resize(size);
}

std::vector<std::string> Frames36::names() const {
  std::vector<std::string> names{"zcr",    "energy",           "energy_entropy", "centroid",
                                 "spread", "spectral_entropy", "flux",           "rolloff"};
  for (int c = 0; c < kMfcc; ++c) names.push_back("mfcc " + std::to_string(c));
  for (int c = 0; c < kChroma; ++c) names.push_back("chroma " + std::to_string(c));
  names.insert(names.end(), {"chroma_std", "harmonic_ratio", "f0"});
  return names;
}

double Frames36::hop_seconds(int sample_rate) const {
  return static_cast<double>(hop_) / sample_rate;
}

void Frames36::transform(const double* const* frames) {
  const auto length = static_cast<std::size_t>(length_), twice = 2 * length;
  fft_->power(frames, window_.data(), scratch_.data(), spectrum_.data());
  std::array<const double*, kLanes> padded;
  std::ranges::fill(padded_, 0.0);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    double* x = padded_.data() + lane * twice;
    std::copy_n(frames[lane], length, x);
    padded[lane] = x;
  }
  padded_fft_->power(padded.data(), window_.data(), scratch_.data(), padded_power_.data());
  autocorrelation_(padded_power_.data(), correlation_.data());
}

void Frames36::spectral(int lane, bool first, double* out) {
  std::vector<double>& x = magnitude_;
  for (std::size_t k = 0; k < x.size(); ++k)
    x[k] = std::sqrt(spectrum_[k * kLanes + static_cast<std::size_t>(lane)]) / bins_;
  const double power = sum_of_squares(x), sum = std::accumulate(x.begin(), x.end(), 0.0);
  out[spectral_entropy] = entropy(x, power);

  const double largest = *std::ranges::max_element(x), scale = largest > 0 ? largest : kEps;
  const double step = rate / (2.0 * bins_), whole = sum + scale * kEps;
  double mean = 0, square = 0;
  for (std::size_t k = 0; k < x.size(); ++k) mean += static_cast<double>(k + 1) * step * x[k];
  mean /= whole;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const double distance = static_cast<double>(k + 1) * step - mean;
    square += distance * distance * x[k];
  }
  out[centroid] = mean / (rate / 2.0);
  out[spread] = std::sqrt(square / whole) / (rate / 2.0);

  const double all = sum + static_cast<double>(x.size()) * kEps;
  out[flux] = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const double share = x[k] / all, change = first ? 0 : share - before_[k];
    out[flux] += change * change;
    before_[k] = share;
  }
  double below = 0;
  out[rolloff] = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    below += x[k] * x[k];
    if (below + kEps > kRolloff * power) {
      out[rolloff] = static_cast<double>(k) / bins_;
      break;
    }
  }
  cepstra(out + mfcc);
  chroma(power, out + chroma_bins);
}

void Frames36::cepstra(double* c) const {
  std::array<double, kBands> bands;
  for (std::size_t m = 0; m < kBands; ++m) {
    const double* w = mel_.weights.data() + mel_.offset[m];
    bands[m] = std::log10(
        std::inner_product(w, w + mel_.count[m], magnitude_.data() + mel_.first[m], 0.0) + kEps);
  }
  for (int k = 0; k < kMfcc; ++k)
    c[k] = std::inner_product(bands.begin(), bands.end(), dct_->weights.data() + k * kBands, 0.0);
}

// Twelve, and their deviation behind them.
void Frames36::chroma(double power, double* c) const {
  std::vector<double> of_pitch(magnitude_.size(), 0.0);
  for (std::size_t k = 0; k < magnitude_.size(); ++k)  // the last bin of a pitch is what remains
    of_pitch[static_cast<std::size_t>(pitch_[k])] = magnitude_[k] * magnitude_[k];
  std::fill_n(c, kChroma, 0.0);
  for (std::size_t j = 0; j < of_pitch.size(); ++j)  // over what counts bin q_j, as published
    c[j % kChroma] += of_pitch[j] / of_pitch_[static_cast<std::size_t>(pitch_[j])];
  double mean = 0, square = 0;
  for (int j = 0; j < kChroma; ++j) mean += (c[j] /= power > 0 ? power : kEps) / kChroma;
  for (int j = 0; j < kChroma; ++j) square += (c[j] - mean) * (c[j] - mean) / kChroma;
  c[kChroma] = std::sqrt(square);
}

void Frames36::harmonic(std::span<const double> x, int lane, double* out) {
  const auto r = [&](int i) {  // the lag is i + 1
    return correlation_[static_cast<std::size_t>((i + 1) * kLanes + lane)];
  };
  const int last = length_ - 3;
  int longest = static_cast<int>(std::lround(kLongestLag * rate)) - 1, begin = 0;
  if (longest > length_ - 2) longest = last;
  while (begin < last && sign(r(begin + 1)) == sign(r(begin))) ++begin;
  double sum = 0;
  for (std::size_t j = 0; j < x.size(); ++j) energy_[j] = sum += x[j] * x[j];
  gamma_.assign(static_cast<std::size_t>(longest), 0.0);
  for (int i = begin; i < longest; ++i) {
    const double behind = energy_[static_cast<std::size_t>(longest - (i - begin))];
    gamma_[static_cast<std::size_t>(i)] = r(i) / (std::sqrt(sum * behind) + kEps);
  }
  out[harmonic_ratio] = out[f0] = 0;
  if (crossings(gamma_) > kManyCrossings) return;
  const auto most = std::ranges::max_element(gamma_);
  out[harmonic_ratio] = *most;
  const double hz = rate / (static_cast<double>(most - gamma_.begin()) + kEps);
  if (hz <= kHighestF0 && *most >= kLeastRatio) out[f0] = hz;
}

Tensor<double> Frames36::operator()(const Sound& sound) {
  check(sound.sample_rate == rate, kAt, "expects ", rate, " Hz, got ", sound.sample_rate);
  const auto length = static_cast<std::size_t>(length_), hop = static_cast<std::size_t>(hop_);
  std::vector<double> x = sound.samples;
  check(x.size() >= length, kAt, "expects at least one frame of ", length, " samples, got ",
        x.size());
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
  double loudest = 0;
  for (double& v : x) {
    check(std::isfinite(v), kAt, "expects finite samples, got ", v);
    v -= mean;
    loudest = std::max(loudest, std::abs(v));
  }
  for (double& v : x) v /= loudest + 1e-10;

  const std::size_t frames = 1 + (x.size() - length) / hop;
  const std::vector<double> silence(length, 0.0);
  auto features =
      Tensor<double>::uninitialized(Shape{static_cast<std::int64_t>(frames), feature_count});
  for (std::size_t t = 0; t < frames; t += kLanes) {
    std::array<const double*, kLanes> eight;
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      eight[lane] = t + lane < frames ? x.data() + (t + lane) * hop : silence.data();
    transform(eight.data());
    for (std::size_t lane = 0; lane < kLanes && t + lane < frames; ++lane) {
      const std::span<const double> frame(eight[lane], length);
      double* out = features.data() + (t + lane) * feature_count;
      const double whole = sum_of_squares(frame);
      out[zcr] = crossings(frame);
      out[energy] = whole / length_;
      out[energy_entropy] = entropy(frame, whole);
      spectral(static_cast<int>(lane), t + lane == 0, out);
      harmonic(frame, static_cast<int>(lane), out);
    }
  }
  return features;
}

FrontEndRow frames36_row() {
  return {
      .name = "frames36",
      .idea = "pyAudioAnalysis' 34 features, harmonic ratio and f0, as A-LSTM has them (Tao 2018)",
      .revision = 1,
      .settings = Frames36Settings{},
      .make = [](const AnySettings& settings) -> std::unique_ptr<FrontEnd> {
        return std::make_unique<Frames36>(settings.as<Frames36Settings>());
      }};
}

}  // namespace sonant
