// Labelled collections of sound files: which file holds which emotion, spoken by whom.
// Nothing is decoded here; names, sizes and first bytes are all that is looked at.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace sonant {

struct Clip {
  std::filesystem::path path;
  int label = 0;             // index into Corpus::class_names
  int speaker = 0;           // RAVDESS: actor 1..24; EMO-DB: 3, 8..16; manifest: see read_manifest
  std::string speaker_name;  // as the corpus writes it: "01", "03", "anna"
  char gender = '?';         // 'f', 'm' or '?'
  std::string intensity;     // "normal", "strong" or "" where the corpus does not say
  std::string split;         // the manifest's column `split`, else ""
};

// A file of the folder or the manifest that cannot be one of its clips, and why.
struct BadFile {
  std::filesystem::path path;
  std::string reason;
};

struct Corpus {
  std::string name;             // "RAVDESS", "EMO-DB", "synthetic" or the manifest's file name
  bool ravdess_actors = false;  // speakers are numbered as RAVDESS's actors (synthetic: so, too)
  std::vector<std::string> class_names;
  std::vector<Clip> clips;         // by file name, then path: the same order in every folder layout
  std::vector<BadFile> bad;        // in the same order; the caller decides whether one is fatal
  std::size_t left_out = 0;        // RAVDESS: video, audio-visual and song files, rightly not clips
  std::vector<std::string> notes;  // what a person should hear of, a line each
};

// "a.wav: is empty; b.wav: is empty; c.wav: does not exist; and 97 more": the first three.
std::string summary(const std::vector<BadFile>& bad);

// RAVDESS (Livingstone & Russo 2018): MM-VV-EE-II-SS-RR-AA.wav or .flac anywhere below `dir`.
// Only audio-only speech (03-01-...) is taken. The eight classes are always named, in the corpus'
// own order: neutral calm happy sad angry fearful disgust surprised. Odd actors are male.
// A folder with the note kSyntheticNote holds no speech: it is named "synthetic".
Corpus read_ravdess(const std::filesystem::path& dir);
inline constexpr const char* kSyntheticNote = "SYNTHETIC.txt";

// EMO-DB (Burkhardt et al. 2005): 03a01Fa.wav or .flac anywhere below `dir`. class_names holds only
// the emotions that occur (a model should have no output that is never trained), in the order
// anger boredom disgust fear happiness sadness neutral (German initials W L E A F T N).
Corpus read_emodb(const std::filesystem::path& dir);

// A CSV file (csv.h) whose first line names its columns: path, label, speaker, and optionally
// gender, intensity and split; others are ignored, with a note. Case of these names and blanks
// round any text do not count. Relative paths start at its folder; a byte of a file name that is
// not UTF-8 is written \xNN, as messages and results write it. Labels or speakers that differ only
// in case, accents or blanks are noted. Classes are the labels in sorted order. Speakers keep their
// numbers if all are whole numbers (so that folds given as actor ids still mean the same), else
// they count from 1 in sorted order. A malformed line is an error that names the line; a sound file
// that is missing or empty is bad.
Corpus read_manifest(const std::filesystem::path& csv);

// Whichever of the three `path` is: a .csv file, or a folder with RAVDESS or EMO-DB names.
// Error if nothing fits, if no usable clip is left, or if there is one class alone.
Corpus open_corpus(const std::filesystem::path& path);

// The seven fields of a RAVDESS file name, all counted from 1.
struct RavdessName {
  int modality = 3, channel = 1, emotion = 1, intensity = 1, statement = 1, repetition = 1,
      actor = 1;
  bool audio_only_speech() const { return modality == 3 && channel == 1; }
  std::string stem() const;  // "03-01-05-02-01-01-12"
};

// Fills `name` and returns "", or returns what is wrong with the stem of the file name.
std::string parse_ravdess_name(const std::string& stem, RavdessName& name);

const std::vector<std::string>& ravdess_class_names();

}  // namespace sonant
