// What the voice has to do at every moment of an utterance: tracks of pitch, amplitudes and
// formants, and the constant settings of the larynx and the room.
#pragma once

#include <vector>

#include <sonant/audio/synth_cues.h>
#include <sonant/audio/synth_phones.h>

namespace sonant::synth {

struct Frame {
  double f0_hz = 0;
  double voicing = 0;     // amplitude of the glottal pulses
  double aspiration = 0;  // amplitude of noise at the glottis, without breathiness
  double frication = 0;   // amplitude of noise at the constriction
  double noise_hz = 4000, noise_bw = 2000;
  Formants formants{};  // of this speaker's vocal tract, Hz
};

struct Score {
  double frame_seconds = 0;
  std::vector<Frame> frames;
  double open_quotient = 0, tilt_db = 0, breath_db = 0;
  double jitter = 0;  // percent of the period
  double formant_scale = 1;
  double level_dbfs = 0;  // RMS of the voiced part
  double room_dbfs = 0;
};

// `frame_seconds` is the step of the tracks, about 2 ms.
Score make_score(const Speaker& speaker, const Cues& cues, int statement, double frame_seconds,
                 const Random& random);

}  // namespace sonant::synth
