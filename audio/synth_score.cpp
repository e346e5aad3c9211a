#include <sonant/audio/synth_score.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>

namespace sonant::synth {
namespace {

// Independent random numbers of one utterance.
enum Use : std::uint64_t { timing_use = 1, accent_use, drift_use };

struct Placed {
  const Segment* segment;
  double begin, end;  // seconds
  double third() const { return (end - begin) / 3; }
  double middle() const { return (begin + end) / 2; }
};

struct Timeline {
  std::vector<Placed> parts;
  double end = 0;          // of the file: speech and the silence after it
  double final_vowel = 0;  // begin of the last vowel
  double speech_begin = 0, speech_end = 0;
};

Timeline place(std::span<const Segment> segments, const Cues& cues, const Random& random) {
  std::size_t last_vowel = 0;
  for (std::size_t k = 0; k < segments.size(); ++k)
    if (segments[k].phone->vowel) last_vowel = k;
  Timeline line;
  double now = 0.10 + 0.08 * random.uniform(1000);
  line.speech_begin = now;
  for (std::size_t k = 0; k < segments.size(); ++k) {
    const Phone& phone = *segments[k].phone;
    if (segments[k].pause_before) now += cues[pause] / 1000;
    // Vowels take up most of a change of tempo; accents and the phrase's end lengthen.
    double seconds = phone.ms / 1000 * std::exp2(-cues[tempo] * (phone.vowel ? 1.15 : 0.75));
    seconds *= 1 + 0.25 * segments[k].accent;
    if (k >= last_vowel) seconds *= 1.35;
    seconds *= std::exp(0.07 * random.normal(k));
    if (k == last_vowel) line.final_vowel = now;
    line.parts.push_back({&segments[k], now, now + seconds});
    now += seconds;
  }
  line.speech_end = now;
  line.end = now + 0.12 + 0.08 * random.uniform(1001);
  return line;
}

double smooth_step(double x) {
  x = std::clamp(x, 0.0, 1.0);
  return x * x * (3 - 2 * x);
}

// Pitch in semitones above the speaker's mean: declination, an accent on each stressed vowel, the
// movement of the last syllable, vibrato, and a slow wandering that no voice is without.
class Melody {
 public:
  Melody(const Timeline& line, const Cues& cues, const Random& random)
      : line_(line), cues_(cues), random_(random.split(drift_use)) {
    const Random accents = random.split(accent_use);
    for (std::size_t k = 0; k < line.parts.size(); ++k) {
      const Placed& part = line.parts[k];
      if (part.segment->accent == 0) continue;
      const double height = 3.0 * std::exp2(cues[range]) * part.segment->accent;
      accents_.push_back({part.middle(), height * (1 + 0.2 * accents.normal(k))});
    }
    half_width_ = 0.15 * std::exp2(-cues[tempo]);
    tremor_hz_ = 5.0 + 2.0 * random_.uniform(100);
  }

  double semitones(double t) const {
    constexpr double turn = 2 * std::numbers::pi;
    const double length = line_.speech_end - line_.speech_begin;
    double st = cues_[pitch] + cues_[slope] * ((t - line_.speech_begin) / length - 0.5);
    for (const Accent& accent : accents_) {
      const double x = std::abs(t - accent.time) / half_width_;
      if (x < 1) st += accent.height * 0.5 * (1 + std::cos(std::numbers::pi * x));
    }
    st += cues_[ending] *
          smooth_step((t - line_.final_vowel) / (line_.speech_end - line_.final_vowel));
    st += cues_[tremor] * std::sin(turn * tremor_hz_ * t);
    for (std::uint64_t k = 0; k < 3; ++k)
      st += 0.25 * std::sin(turn * ((1.1 + 1.3 * static_cast<double>(k)) * t + random_.uniform(k)));
    return st;
  }

 private:
  struct Accent {
    double time, height;
  };
  const Timeline& line_;
  const Cues& cues_;
  Random random_;
  std::vector<Accent> accents_;
  double half_width_ = 0, tremor_hz_ = 0;
};

// Formants run straight from the last third of one sound to the first third of the next.
class Articulation {
 public:
  explicit Articulation(const Timeline& line) {
    for (const Placed& part : line.parts) {
      points_.push_back({part.begin + part.third(), part.segment->phone->from});
      points_.push_back({part.end - part.third(), part.segment->phone->to});
    }
  }

  // Times must not decrease from call to call.
  Formants at(double t) {
    while (next_ < points_.size() && points_[next_].time <= t) ++next_;
    if (next_ == 0) return points_.front().target;
    if (next_ == points_.size()) return points_.back().target;
    const Point &a = points_[next_ - 1], &b = points_[next_];
    const double w = (t - a.time) / (b.time - a.time);
    Formants f;
    for (std::size_t k = 0; k < f.size(); ++k) f[k] = (1 - w) * a.target[k] + w * b.target[k];
    return f;
  }

 private:
  struct Point {
    double time;
    Formants target;
  };
  std::vector<Point> points_;
  std::size_t next_ = 0;
};

// Amplitudes cannot jump: each follows its target with a time constant.
void follow(double& value, double target, double seconds, double frame_seconds) {
  value += (target - value) * (1 - std::exp(-frame_seconds / seconds));
}

void fill_amplitudes(const Timeline& line, const Cues& cues, Score& score) {
  const double voice_onset = cues[onset] / 2000;
  Frame now;
  std::size_t k = 0;
  for (std::size_t i = 0; i < score.frames.size(); ++i) {
    const double t = static_cast<double>(i) * score.frame_seconds;
    while (k < line.parts.size() && line.parts[k].end <= t) ++k;
    const bool speaks = k < line.parts.size() && line.parts[k].begin <= t;
    static constexpr Phone silence{};
    const Segment none{&silence};
    const Segment& segment = speaks ? *line.parts[k].segment : none;
    const Phone& phone = *segment.phone;
    if (phone.frication > 0) {
      now.noise_hz = phone.noise_hz;
      now.noise_bw = phone.noise_bw;
    }
    // Stressed syllables are louder, and the breath runs out towards the end.
    const double x = (t - line.speech_begin) / (line.speech_end - line.speech_begin);
    const double gain = std::pow(10.0, (3 * segment.accent - 4 * x) / 20);
    const double voicing = phone.voicing * gain;
    follow(now.voicing, voicing, voicing > now.voicing ? voice_onset : 0.010, score.frame_seconds);
    follow(now.aspiration, phone.aspiration, 0.006, score.frame_seconds);
    follow(now.frication, phone.frication, 0.004, score.frame_seconds);
    Frame& frame = score.frames[i];
    frame.voicing = now.voicing;
    frame.aspiration = now.aspiration;
    frame.frication = now.frication;
    frame.noise_hz = now.noise_hz;
    frame.noise_bw = now.noise_bw;
  }
}

}  // namespace

Score make_score(const Speaker& speaker, const Cues& cues, int statement, double frame_seconds,
                 const Random& random) {
  const Timeline line = place(statement_segments(statement), cues, random.split(timing_use));
  Score score;
  score.frame_seconds = frame_seconds;
  score.frames.resize(static_cast<std::size_t>(line.end / frame_seconds));
  score.open_quotient = cues[open];
  score.tilt_db = cues[tilt];
  score.breath_db = cues[breath];
  score.jitter = cues[jitter];
  score.formant_scale = speaker.formant_scale;
  score.level_dbfs = cues[level];
  score.room_dbfs = speaker.room_dbfs;
  fill_amplitudes(line, cues, score);
  const Melody melody(line, cues, random);
  Articulation articulation(line);
  for (std::size_t i = 0; i < score.frames.size(); ++i) {
    const double t = static_cast<double>(i) * frame_seconds;
    Frame& frame = score.frames[i];
    frame.f0_hz = std::clamp(speaker.f0_hz * std::exp2(melody.semitones(t) / 12), 50.0, 700.0);
    frame.formants = articulation.at(t);
    for (double& f : frame.formants) f *= speaker.formant_scale;
  }
  return score;
}

}  // namespace sonant::synth
