// A synthetic corpus of emotional speech: a source-filter synthesiser reads RAVDESS's two sentences
// in 24 voices and 8 emotions. It is made for examples, tests and measurements that must not depend
// on data under somebody's licence; it is not speech, and a model trained on it knows no emotion of
// a real person. docs/synthetic_corpus.md has the model, the numbers and their sources.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <sonant/audio/corpora/ravdess.h>

namespace sonant {

struct SynthSettings {
  std::uint64_t seed = 1;
  int speakers = 24;        // 1..24; odd ones are male, even ones female, as in RAVDESS
  int repetitions = 2;      // 1 or 2 of every sentence: 30 or 60 files per speaker
  int sample_rate = 24000;  // Hz, 16000..96000
  // Scales how far speakers and takes stray from the emotion's profile. 0: every speaker acts by
  // the book; 1: ResLSTM-SA-h64 recognises about 80 % on speakers it never heard.
  double difficulty = 1.0;
  std::string layout = "ravdess";  // synth_layouts(): how files are called
};

// One utterance: mono samples that are multiples of 2^-15, so that a 16-bit file holds them
// exactly; peak below 0.9. Depends on the settings (but not on `speakers` and `repetitions`) and
// the name only: the same bits in every order, on every thread. Error if a setting or a field of
// the name is out of range, or the name is not audio-only speech.
std::vector<double> render_utterance(const SynthSettings& settings, const RavdessName& name);

// The corpus' files in the order of their names: every speaker says each sentence in eight emotions
// at normal and, neutral excepted, at strong intensity.
std::vector<RavdessName> synth_names(const SynthSettings& settings);

// Renders a file for all synth_names, in parallel, in settings.layout (the first is
// DIR/Actor_AA/03-01-EE-II-SS-RR-AA.wav; another corpus may lack some speakers and emotions), and a
// note DIR/SYNTHETIC.txt that says what the files are. Returns how many files there are now.
// Nothing is ever overwritten: sound files in a folder without that note, a note with other
// settings, and a file that differs from what would be rendered are errors; files that are there
// already, from a run that was stopped, stay. `progress(done, total)` is called after each file, by
// one thread at a time; if it returns false, the files not yet begun are left out.
std::size_t synthesise_corpus(const std::filesystem::path& dir, const SynthSettings& settings,
                              const std::function<bool(std::size_t, std::size_t)>& progress = {});

}  // namespace sonant
