// Who speaks, and how an emotion changes the way of speaking: thirteen prosodic and voice-quality
// cues, each on a scale on which deviations add up.
#pragma once

#include <array>
#include <cstddef>

#include <sonant/audio/synth.h>
#include <sonant/core/random.h>

namespace sonant::synth {

enum Cue : std::size_t {
  pitch,   // semitones above the speaker's own mean pitch
  range,   // log2 of the height of pitch accents
  slope,   // semitones by which the phrase rises from begin to end
  ending,  // semitones by which the last syllable rises
  tempo,   // log2 of the speaking rate
  pause,   // milliseconds of silence inside the phrase
  level,   // dB of the loudness
  open,    // open quotient of the glottal cycle: pressed 0.4, breathy 0.8
  tilt,    // dB by which the source is weaker at 3 kHz
  breath,  // dB of the aspiration noise against the voice
  jitter,  // percent of random variation from period to period
  tremor,  // semitones of a slow pitch vibrato
  onset,   // milliseconds in which the voice sets in
  cue_count
};

using Cues = std::array<double, cue_count>;

struct Speaker {
  double f0_hz;           // habitual mean pitch
  double formant_scale;   // 1 for a vocal tract of 17.5 cm; shorter tracts scale formants up
  double expressiveness;  // how far this speaker goes in acting an emotion
  double room_dbfs;       // level of the background noise
  Cues habit;             // deviation of the speaker's neutral way of speaking
};

Speaker make_speaker(const SynthSettings& settings, int id);

// The cues of one take: neutral + habit + intensity * emotion + what varies.
Cues draw_cues(const SynthSettings& settings, const Speaker& speaker, const RavdessName& name);

// The random numbers that only this utterance uses.
Random utterance_random(const SynthSettings& settings, const RavdessName& name);

}  // namespace sonant::synth
