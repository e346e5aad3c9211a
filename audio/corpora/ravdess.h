// RAVDESS (Livingstone & Russo 2018) and the synthetic corpus, whose files are named as RAVDESS's.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sonant/audio/corpora/reader.h>

namespace sonant {

// The seven fields of a RAVDESS file name, all counted from 1.
struct RavdessName {
  int modality = 3, channel = 1, emotion = 1, intensity = 1, statement = 1, repetition = 1,
      actor = 1;
  bool audio_only_speech() const { return modality == 3 && channel == 1; }
  std::string stem() const;  // "03-01-05-02-01-01-12"
};

// Fills `name` and returns "", or returns what is wrong with the stem of the file name.
std::string parse_ravdess_name(const std::string& stem, RavdessName& name);

// MM-VV-EE-II-SS-RR-AA.wav or .flac anywhere below `dir`. Only audio-only speech (03-01-...) is
// taken. Columns: emotion, gender (odd actors are male), intensity (normal, strong), statement and
// repetition (1, 2). The eight classes are always named, in the corpus' own order: neutral calm
// happy sad angry fearful disgust surprised. Its folds are those of Krasnoproshin & Vashkevich
// 2026.
Corpus read_ravdess(const std::filesystem::path& dir);

CorpusReader ravdess_reader();

}  // namespace sonant
