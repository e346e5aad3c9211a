// The two sentences of RAVDESS as sequences of speech sounds.
#pragma once

#include <array>
#include <span>

namespace sonant::synth {

using Formants = std::array<double, 3>;  // F1, F2, F3 in Hz, for a vocal tract of 17.5 cm

struct Phone {
  Formants from, to;  // targets in its first and last third: they differ in diphthongs
  double ms;          // duration in a neutral reading
  double voicing;     // amplitude of the glottal pulses, 1 in a vowel
  double aspiration;  // amplitude of noise at the glottis, above the voice's own breathiness
  double frication;   // amplitude of noise at a constriction ...
  double noise_hz;    // ... its centre ...
  double noise_bw;    // ... and bandwidth in Hz
  bool vowel;         // vowels stretch more than consonants when the tempo changes
};

struct Segment {
  const Phone* phone;
  double accent = 0;  // of the syllable whose vowel this is, 0..1
  bool pause_before = false;
};

// 1: "Kids are talking by the door", 2: "Dogs are sitting by the door".
std::span<const Segment> statement_segments(int statement);

}  // namespace sonant::synth
