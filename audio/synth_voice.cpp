#include <sonant/audio/synth_voice.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>

namespace sonant::synth {
namespace {

enum Use : std::uint64_t { jitter_use = 11, shimmer_use, noise_use, room_use };

double from_db(double db) { return std::pow(10.0, db / 20); }

// Corner of the one-pole low pass that takes `tilt_db` away at 3 kHz.
double tilt_corner(double tilt_db) {
  const double power = std::pow(10.0, tilt_db / 10) - 1;
  return power > 0 ? std::min(3000 / std::sqrt(power), 1e5) : 1e5;
}

// Two poles with gain 1 at 0 Hz (Klatt 1980).
class Resonator {
 public:
  void tune(double hz, double bandwidth, double rate) {
    const double r = std::exp(-std::numbers::pi * bandwidth / rate);
    c_ = -r * r;
    b_ = 2 * r * std::cos(2 * std::numbers::pi * hz / rate);
    a_ = 1 - b_ - c_;
  }
  void filter(std::span<double> x) {
    double y1 = y1_, y2 = y2_;
    for (double& v : x) {
      const double y = a_ * v + b_ * y1 + c_ * y2;
      y2 = y1;
      y1 = y;
      v = y;
    }
    y1_ = y1;
    y2_ = y2;
  }

 private:
  double a_ = 1, b_ = 0, c_ = 0, y1_ = 0, y2_ = 0;
};

// Passes a band with gain 1 at its centre and nothing at 0 Hz: the noise of a constriction.
class Band {
 public:
  void tune(double hz, double bandwidth, double rate) {
    const double r = std::exp(-std::numbers::pi * bandwidth / rate);
    c_ = -r * r;
    b_ = 2 * r * std::cos(2 * std::numbers::pi * hz / rate);
  }
  double next(double x) {
    const double y = 0.5 * (1 + c_) * (x - x2_) + b_ * y1_ + c_ * y2_;
    x2_ = x1_;
    x1_ = x;
    y2_ = y1_;
    y1_ = y;
    return y;
  }

 private:
  double b_ = 0, c_ = 0, x1_ = 0, x2_ = 0, y1_ = 0, y2_ = 0;
};

// The derivative of the glottal flow (the lips radiate the derivative) with Klatt & Klatt's (1990)
// pulse: flow x^2 - x^3 while the glottis is open, x = 0..1, so the derivative is 2x - 3x^2, and
// then at closure a jump from -1 to 0, which excites the tract. The jump falls between two samples;
// a polynomial band-limited step keeps it from folding back as inharmonic tones.
class Glottis {
 public:
  Glottis(const Score& score, double rate, const Random& random)
      : step_(1 / rate),
        open_quotient_(score.open_quotient),
        jitter_(score.jitter / 100),
        jitters_(random.split(jitter_use)),
        shimmers_(random.split(shimmer_use)) {
    const double corner = tilt_corner(score.tilt_db);
    pole_ = std::exp(-2 * std::numbers::pi * corner / rate);
  }

  double next(double f0_hz) {
    if (time_ >= period_) begin_period(f0_hz);
    const double closure = open_quotient_ * period_;
    const double x = time_ / closure;
    double flow = x < 1 ? x * (2 - 3 * x) : 0;
    const double d = (time_ - closure) / step_;
    if (d > -1 && d < 0) flow += 0.5 * (d + 1) * (d + 1);
    if (d >= 0 && d < 1) flow -= 0.5 * (1 - d) * (1 - d);
    time_ += step_;
    smooth_ = (1 - pole_) * amplitude_ * flow + pole_ * smooth_;
    return smooth_;
  }
  bool is_open() const { return time_ < open_quotient_ * period_; }

 private:
  void begin_period(double f0_hz) {
    time_ -= period_;
    const double stray = std::clamp(jitters_.normal(count_), -3.0, 3.0);
    period_ = 1 / f0_hz * (1 + jitter_ * stray);
    amplitude_ = 1 + 3 * jitter_ * std::clamp(shimmers_.normal(count_), -3.0, 3.0);
    ++count_;
  }

  double step_, open_quotient_, jitter_, pole_ = 0;
  Random jitters_, shimmers_;
  double time_ = 0, period_ = 0, amplitude_ = 1, smooth_ = 0;
  std::uint64_t count_ = 0;
};

// A cascade: three formants that move, and the fixed ones of a 17.5 cm tube, every 1000 Hz, above.
class Tract {
 public:
  Tract(double scale, double rate) : rate_(rate) {
    for (double hz = 3500; hz * scale < 0.46 * rate; hz += 1000) {
      fixed_.emplace_back();
      fixed_.back().tune(hz * scale, 100 + 0.04 * hz, rate);
    }
  }
  void filter(std::span<double> x, const Formants& formants) {
    constexpr Formants bandwidths{70, 100, 150};
    for (std::size_t k = 0; k < moving_.size(); ++k) {
      moving_[k].tune(formants[k], bandwidths[k], rate_);
      moving_[k].filter(x);
    }
    for (Resonator& resonator : fixed_) resonator.filter(x);
  }

 private:
  double rate_;
  std::array<Resonator, 3> moving_;
  std::vector<Resonator> fixed_;
};

// Voice and aspiration through the tract, frication beside it.
std::vector<double> speak(const Score& score, int sample_rate, const Random& random) {
  const auto block = static_cast<std::size_t>(frame_samples(sample_rate));
  const std::size_t count = score.frames.size() * block;
  std::vector<double> noise(count), sound(count), hiss(block);
  // Noise of RMS 1 at 24 kHz and of the same density at every rate.
  const double peak = std::sqrt(3.0 * sample_rate / 24000);
  random.split(noise_use).fill_uniform<double>(noise, -peak, peak);
  Glottis glottis(score, sample_rate, random);
  Tract tract(score.formant_scale, sample_rate);
  Band constriction;
  // All noise is set against the voice as the tilt leaves it at 500 Hz, or soft voices would hiss.
  // A pulse has an RMS of about 0.28.
  const double effort = 0.28 / std::hypot(1.0, 500 / tilt_corner(score.tilt_db));
  const double breath = effort * from_db(score.breath_db);
  Frame last = score.frames.front();
  for (std::size_t i = 0; i < score.frames.size(); ++i) {
    const Frame& frame = score.frames[i];
    const std::span<double> out(sound.data() + i * block, block);
    constriction.tune(frame.noise_hz * score.formant_scale, frame.noise_bw, sample_rate);
    for (std::size_t k = 0; k < block; ++k) {
      const double w = static_cast<double>(k + 1) / static_cast<double>(block);
      const double voicing = last.voicing + w * (frame.voicing - last.voicing);
      const double aspiration = last.aspiration + w * (frame.aspiration - last.aspiration);
      const double frication = last.frication + w * (frame.frication - last.frication);
      const double white = noise[i * block + k];
      const double pulse = glottis.next(frame.f0_hz);
      // Less air comes through while the glottis is closed.
      const double air =
          breath * voicing * (glottis.is_open() ? 1.0 : 0.3) + 0.1 * effort * aspiration;
      out[k] = voicing * pulse + air * white;
      hiss[k] = constriction.next(effort * frication * white);
    }
    tract.filter(out, frame.formants);
    for (std::size_t k = 0; k < block; ++k) out[k] += hiss[k];
    last = frame;
  }
  return sound;
}

// To the loudness of the score, by the RMS of the voiced frames.
void set_level(std::vector<double>& sound, const Score& score, std::size_t block) {
  double energy = 0, samples = 0;
  for (std::size_t i = 0; i < score.frames.size(); ++i) {
    if (score.frames[i].voicing < 0.3) continue;
    for (std::size_t k = i * block; k < (i + 1) * block; ++k) energy += sound[k] * sound[k];
    samples += static_cast<double>(block);
  }
  const double gain = from_db(score.level_dbfs) / std::sqrt(energy / samples);
  for (double& v : sound) v *= gain;
}

}  // namespace

int frame_samples(int sample_rate) { return std::max(1, sample_rate / 500); }

std::vector<double> sing(const Score& score, int sample_rate, const Random& random) {
  std::vector<double> sound = speak(score, sample_rate, random);
  set_level(sound, score, static_cast<std::size_t>(frame_samples(sample_rate)));
  std::vector<double> room(sound.size());
  random.split(room_use).fill_normal<double>(room, 0, from_db(score.room_dbfs));
  for (std::size_t k = 0; k < sound.size(); ++k) sound[k] += room[k];
  const auto peak = std::abs(*std::max_element(
      sound.begin(), sound.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
  const double most = 0.88;
  const double gain = peak > most ? most / peak : 1.0;
  const std::size_t fade = static_cast<std::size_t>(sample_rate) / 100;  // 10 ms at both ends
  for (std::size_t k = 0; k < sound.size(); ++k) {
    const std::size_t to_end = std::min(k, sound.size() - 1 - k);
    const double edge = to_end < fade ? static_cast<double>(to_end) / static_cast<double>(fade) : 1;
    sound[k] = std::nearbyint(32768 * gain * edge * sound[k]) / 32768;
  }
  return sound;
}

}  // namespace sonant::synth
