#include <sonant/audio/frontends/mfcc_pitch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include <sonant/audio/mel.h>
#include <sonant/audio/mfcc.h>
#include <sonant/audio/stft.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "mfcc-pitch";
constexpr std::string_view kGroup = "Features";
constexpr int kLanes = FrameMatrix::lanes;
constexpr double kFloor = 1e-8;  // of a power before the logarithm
constexpr double kMiddle = 5.2;  // ln Hz, between women's and men's pitch: 181 Hz
constexpr double kSteepness = 12, kThreshold = 0.5;  // of voicing
constexpr std::size_t kCandidates = 6;               // pitches of a frame
const double kDecibels = 10 / std::log(10.0);        // of one unit of energy

using S = MfccPitchSettings;
constexpr std::array kTable{
    setting<&S::win_length>("win_length", "samples of the Hann window")
        .in(kGroup)
        .between(2, 1 << 16),
    setting<&S::n_fft>("n_fft", "samples of the transform").in(kGroup).between(2, 1 << 17),
    setting<&S::hop>("hop", "samples from frame to frame").in(kGroup).between(1, 1 << 20),
    setting<&S::n_mels>("n_mels", "mel bands").in(kGroup).between(1, 1 << 12),
    setting<&S::n_mfcc>("n_mfcc", "coefficients").in(kGroup).between(1, 1 << 12),
    setting<&S::fmin>("fmin", "lowest corner of the mel bands, Hz").in(kGroup).between(0, 8000),
    setting<&S::fmax>("fmax", "highest corner of the mel bands, Hz").in(kGroup).between(0, 8000),
    setting<&S::pitch_low>("pitch_low", "lowest pitch, Hz").in(kGroup).between(20, 4000),
    setting<&S::pitch_high>("pitch_high", "highest pitch, Hz").in(kGroup).between(20, 4000),
    setting<&S::octave_cost>("octave_cost", "by which low pitches are worse")
        .in(kGroup)
        .between(0, 1),
    setting<&S::jump_cost>("jump_cost", "by which a pitch an octave from the last frame's is worse")
        .in(kGroup)
        .between(0, 100),
    setting<&S::relative>("relative", "what pitch and energy are compared with").in(kGroup),
    setting<&S::trim_db>(
        "trim_db",
        "decibels below the loudest frame that count as silence at the ends; 0: none does")
        .in(kGroup)
        .between(0, 200),
    setting<&S::trim_margin>("trim_margin", "frames of silence that are kept at the ends")
        .in(kGroup)
        .between(0, 1000)};

const S& checked(const S& s) {
  check_settings(s, kAt);
  check_usage(s.win_length <= s.n_fft, kAt, "expects win_length <= n_fft, ", s.n_fft, ", got ",
              s.win_length);
  check_usage(s.n_fft % 2 == 0, kAt, "expects an even n_fft, got ", s.n_fft);
  check_usage(s.n_mfcc <= s.n_mels, kAt, "expects n_mfcc <= n_mels, ", s.n_mels, ", got ",
              s.n_mfcc);
  check_usage(s.fmin < s.fmax, kAt, "expects fmin below fmax, ", s.fmax, " Hz, got ", s.fmin);
  check_usage(s.pitch_low < s.pitch_high, kAt, "expects pitch_low below pitch_high, ", s.pitch_high,
              " Hz, got ", s.pitch_low);
  const double period = MfccPitch::rate / s.pitch_low;
  check_usage(2 * period <= s.win_length && period + 2 <= s.n_fft - s.win_length, kAt,
              "expects a window of two periods of pitch_low, ", s.pitch_low,
              " Hz, and n_fft longer than it by one; got ", s.win_length, " and ", s.n_fft,
              " samples");
  return s;
}

}  // namespace

SettingTable settings_of(const MfccPitchSettings&) { return kTable; }

MfccPitch::MfccPitch(const MfccPitchSettings& settings)
    : settings_(checked(settings)),
      shortest_(static_cast<int>(std::ceil(rate / settings.pitch_high))),
      longest_(static_cast<int>(std::floor(rate / settings.pitch_low))),
      fft_(PowerFft::plan(settings.n_fft)),
      autocorrelation_(settings.n_fft),
      mel_(cached_linear_mel_filter_bank(rate, settings.n_fft, settings.n_mels, settings.fmin,
                                         settings.fmax)),
      dct_(cached_dct_matrix(settings.n_mfcc, settings.n_mels)) {
  const auto n = static_cast<std::size_t>(settings.n_fft);
  const std::vector<double> hann = hann_window(settings.win_length, settings.win_length);
  window_.assign(n, 0.0);
  std::ranges::copy(hann, window_.begin());
  scratch_.resize(fft_->scratch_size());
  frames_.assign(n * kLanes, 0.0);
  lags_.resize((n / 2 + 1) * kLanes);
  const auto at = [&](std::size_t lag) {
    return std::inner_product(hann.begin() + static_cast<std::ptrdiff_t>(lag), hann.end(),
                              hann.begin(), 0.0);
  };
  for (std::size_t lag = 0; lag <= static_cast<std::size_t>(longest_) + 1; ++lag)
    of_window_.push_back(at(lag) / at(0));
}

std::vector<std::string> MfccPitch::names() const {
  std::vector<std::string> names;
  for (int k = 0; k < settings_.n_mfcc; ++k) names.push_back("mfcc " + std::to_string(k));
  names.insert(names.end(), {"pitch", "voicing", "energy", "relative pitch", "relative energy"});
  return names;
}

double MfccPitch::hop_seconds(int sample_rate) const {
  return static_cast<double>(settings_.hop) / sample_rate;
}

std::optional<FrontEnd::Level> MfccPitch::level() const {
  return Level{settings_.n_mfcc + 2, kDecibels};
}

// Energy, and what its pitch may be.
MfccPitch::Voice MfccPitch::voice(int lane) const {
  const double all = lags_[static_cast<std::size_t>(lane)];
  const auto r = [&](int lag) {
    const auto l = static_cast<std::size_t>(lag);
    return lags_[l * kLanes + static_cast<std::size_t>(lane)] / (all + 1e-6) / of_window_[l];
  };
  const double span = std::log(static_cast<double>(longest_ + 1) / shortest_);
  const auto strength = [&](int lag) {
    const double cost = settings_.octave_cost * std::log(static_cast<double>(lag) / shortest_);
    return r(lag) * (1 - cost / span);
  };
  Voice voice{0, 0, std::log(all + kFloor), {}};
  double before = -std::numeric_limits<double>::infinity(), at = strength(shortest_);
  for (int lag = shortest_; lag <= longest_; ++lag) {
    const double behind =
        lag < longest_ ? strength(lag + 1) : -std::numeric_limits<double>::infinity();
    if (at > before && at >= behind) {
      // The vertex of the parabola through three of r, where they are a maximum.
      const double left = r(lag - 1), top = r(lag), right = r(lag + 1);
      const double bend = left - 2 * top + right;
      const bool is_top = bend < 0 && top >= left && top >= right;
      const double period = lag + (is_top ? 0.5 * (left - right) / bend : 0.0);
      voice.candidates.push_back({std::log2(rate / period), at, top});
    }
    before = at, at = behind;
  }
  std::ranges::stable_sort(voice.candidates, std::greater(), &Candidate::strength);
  if (voice.candidates.size() > kCandidates) voice.candidates.resize(kCandidates);
  return voice;
}

// Which of them each is: the best path, by dynamic programming.
void MfccPitch::choose_pitches() {
  std::vector<std::array<double, kCandidates>> sums(voices_.size());
  std::vector<std::array<std::size_t, kCandidates>> from(voices_.size());
  const auto best_of = [&](std::size_t t) {
    const auto begin = sums[t].begin();
    const auto count = static_cast<std::ptrdiff_t>(voices_[t].candidates.size());
    return static_cast<std::size_t>(std::max_element(begin, begin + count) - begin);
  };
  for (std::size_t t = 0; t < voices_.size(); ++t)
    for (std::size_t i = 0; i < voices_[t].candidates.size(); ++i) {
      const Candidate& here = voices_[t].candidates[i];
      double most = t == 0 ? 0 : -std::numeric_limits<double>::infinity();
      for (std::size_t j = 0; t > 0 && j < voices_[t - 1].candidates.size(); ++j) {
        const double jump = std::abs(here.octaves - voices_[t - 1].candidates[j].octaves);
        const double sum = sums[t - 1][j] - settings_.jump_cost * jump;
        if (sum > most) most = sum, from[t][i] = j;
      }
      sums[t][i] = most + here.strength;
    }
  const bool past = settings_.relative == Relative::past;
  std::size_t chosen = 0;
  for (std::size_t t = voices_.size(); t-- > 0;) {
    chosen = past || t + 1 == voices_.size() ? best_of(t) : from[t + 1][chosen];
    Voice& voice = voices_[t];
    const Candidate& it = voice.candidates[chosen];
    voice.voicing = 1 / (1 + std::exp(-kSteepness * (it.r - kThreshold)));
    voice.pitch = voice.voicing * (it.octaves * std::log(2.0) - kMiddle);
  }
}

void MfccPitch::analyse(std::span<const double> x, int block, int frames) {
  const auto n = static_cast<std::size_t>(settings_.n_fft);
  const auto length = static_cast<std::size_t>(settings_.win_length);
  std::array<const double*, kLanes> eight;
  for (int lane = 0; lane < kLanes; ++lane) {
    double* frame = frames_.data() + static_cast<std::size_t>(lane) * n;
    eight[static_cast<std::size_t>(lane)] = frame;
    std::fill_n(frame, length, 0.0);
    const int t = block * kLanes + lane;
    if (t >= frames) continue;
    const std::ptrdiff_t first =
        static_cast<std::ptrdiff_t>(t) * settings_.hop - static_cast<std::ptrdiff_t>(length / 2);
    const auto begin = std::max<std::ptrdiff_t>(first, 0),
               end = std::min<std::ptrdiff_t>(first + static_cast<std::ptrdiff_t>(length),
                                              std::ssize(x));
    for (auto i = begin; i < end; ++i) frame[i - first] = x[static_cast<std::size_t>(i)];
    const double mean = std::accumulate(frame, frame + length, 0.0) / static_cast<double>(length);
    for (std::size_t i = 0; i < length; ++i) frame[i] -= mean;
  }
  fft_->power(eight.data(), window_.data(), scratch_.data(), spectrum_.block(block).data());
  autocorrelation_(spectrum_.block(block).data(), lags_.data());
  for (int lane = 0; lane < kLanes && block * kLanes + lane < frames; ++lane)
    voices_.push_back(voice(lane));
}

// From the first to the last frame that is not silent, and some around them.
std::pair<int, int> MfccPitch::kept() const {
  const int frames = static_cast<int>(voices_.size());
  if (settings_.trim_db == 0 || settings_.relative == Relative::past) return {0, frames};
  const auto energy = [](const Voice& v) { return v.energy; };
  const double least = std::ranges::max(voices_, {}, energy).energy - settings_.trim_db / kDecibels;
  const auto is_heard = [&](const Voice& v) { return v.energy >= least; };
  const auto first = std::ranges::find_if(voices_, is_heard) - voices_.begin();
  const auto last =
      std::find_if(voices_.rbegin(), voices_.rend(), is_heard).base() - voices_.begin();
  return {std::max(0, static_cast<int>(first) - settings_.trim_margin),
          std::min(frames, static_cast<int>(last) + settings_.trim_margin)};
}

// The last five columns.
void MfccPitch::relate(std::pair<int, int> frames, Tensor<double>& features) const {
  double pitch = 0, voicing = 0, loudest = -std::numeric_limits<double>::infinity();
  const auto hear = [&](const Voice& v) {
    pitch += v.pitch;
    voicing += v.voicing;
    loudest = std::max(loudest, v.energy);
  };
  const bool past = settings_.relative == Relative::past;
  for (int t = frames.first; !past && t < frames.second; ++t)
    hear(voices_[static_cast<std::size_t>(t)]);
  for (int t = frames.first; t < frames.second; ++t) {
    const Voice& v = voices_[static_cast<std::size_t>(t)];
    if (past) hear(v);
    double* y = &features(t - frames.first, settings_.n_mfcc);
    y[0] = v.pitch;
    y[1] = v.voicing;
    y[2] = v.energy;
    y[3] = v.pitch - v.voicing * pitch / (voicing + 1e-3);
    y[4] = v.energy - loudest;
  }
}

Tensor<double> MfccPitch::operator()(const Sound& sound) {
  check(sound.sample_rate == rate, kAt, "expects ", rate, " Hz, got ", sound.sample_rate);
  check(!sound.samples.empty(), kAt, "expects a sound, got no sample");
  for (const double v : sound.samples)
    check(std::isfinite(v) && std::abs(v) < 1e100, kAt, "expects samples of a sensible size, got ",
          v);
  const auto frames = static_cast<int>(1 + std::ssize(sound.samples) / settings_.hop);
  spectrum_.resize(frames, settings_.n_fft / 2 + 1);
  voices_.clear();
  for (int block = 0; block < spectrum_.blocks(); ++block) analyse(sound.samples, block, frames);
  choose_pitches();
  apply(*mel_, spectrum_, bands_);
  for (int b = 0; b < bands_.blocks(); ++b)
    for (double& band : bands_.block(b)) band = std::log(band + kFloor);
  apply(*dct_, bands_, cepstra_);
  const auto [first, last] = kept();
  const int own = settings_.n_mfcc + 5;
  auto features = Tensor<double>::uninitialized(Shape{last - first, own});
  for (int t = first; t < last; ++t)
    for (int k = 0; k < settings_.n_mfcc; ++k) features(t - first, k) = cepstra_(t, k);
  relate({first, last}, features);
  return features;
}

FrontEndRow mfcc_pitch_row() {
  return {.name = "mfcc-pitch",
          .idea = "cepstra, pitch and energy, relative to the utterance as well (Boersma 1993)",
          .revision = 1,
          .settings = MfccPitchSettings{},
          .make = [](const AnySettings& settings) -> std::unique_ptr<FrontEnd> {
            return std::make_unique<MfccPitch>(settings.as<MfccPitchSettings>());
          }};
}

}  // namespace sonant
