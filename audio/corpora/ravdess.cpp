#include <sonant/audio/corpora/ravdess.h>

#include <array>
#include <cctype>
#include <cstdio>

#include <sonant/audio/corpus_files.h>
#include <sonant/core/error.h>

namespace sonant {
namespace fs = std::filesystem;
using corpus_files::Verdict;
namespace {

const std::vector<std::string>& class_names() {
  static const std::vector<std::string> names{"neutral", "calm",    "happy",   "sad",
                                              "angry",   "fearful", "disgust", "surprised"};
  return names;
}

int two_digits(const std::string& s, std::size_t at) {
  return (s[at] - '0') * 10 + (s[at + 1] - '0');
}

Verdict read_clip(const std::string& stem, Clip& clip, std::string& reason) {
  RavdessName name;
  reason = parse_ravdess_name(stem, name);
  if (!reason.empty()) return Verdict::bad;
  if (!name.audio_only_speech()) return Verdict::left_out;
  clip.speaker_name = stem.substr(18, 2);
  clip.columns = {{"emotion", class_names()[static_cast<std::size_t>(name.emotion - 1)]},
                  {"gender", name.actor % 2 == 1 ? "m" : "f"},
                  {"intensity", name.intensity == 1 ? "normal" : "strong"},
                  {"statement", std::to_string(name.statement)},
                  {"repetition", std::to_string(name.repetition)}};
  return Verdict::clip;
}

std::size_t known(const std::vector<fs::path>& sounds) {
  std::size_t n = 0;
  for (const fs::path& file : sounds) {
    RavdessName name;
    n += parse_ravdess_name(file.stem().string(), name).empty();
  }
  return n;
}

}  // namespace

std::string RavdessName::stem() const {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%02d-%02d-%02d-%02d-%02d-%02d-%02d", modality, channel,
                emotion, intensity, statement, repetition, actor);
  return text.data();
}

std::string parse_ravdess_name(const std::string& stem, RavdessName& name) {
  struct Field {
    const char* what;
    int RavdessName::*value;
    int most;
  };
  static constexpr std::array<Field, 7> fields{{{"modality", &RavdessName::modality, 3},
                                                {"vocal channel", &RavdessName::channel, 2},
                                                {"emotion", &RavdessName::emotion, 8},
                                                {"intensity", &RavdessName::intensity, 2},
                                                {"statement", &RavdessName::statement, 2},
                                                {"repetition", &RavdessName::repetition, 2},
                                                {"actor", &RavdessName::actor, 24}}};
  bool formed = stem.size() == 20;
  for (std::size_t k = 0; formed && k < stem.size(); ++k)
    formed = k % 3 == 2 ? stem[k] == '-' : std::isdigit(static_cast<unsigned char>(stem[k])) != 0;
  if (!formed) return "is not named like RAVDESS's 03-01-EE-II-SS-RR-AA";
  for (std::size_t k = 0; k < fields.size(); ++k) {
    const int value = two_digits(stem, 3 * k);
    if (value < 1 || value > fields[k].most)
      return std::string("has ") + fields[k].what + ' ' + stem.substr(3 * k, 2) +
             "; RAVDESS has 01 to " + (fields[k].most < 10 ? "0" : "") +
             std::to_string(fields[k].most);
    name.*fields[k].value = value;
  }
  if (name.emotion == 1 && name.intensity == 2)
    return "is neutral with strong intensity, which RAVDESS does not have";
  return "";
}

Corpus read_ravdess(const fs::path& dir) {
  Corpus corpus;
  corpus.name = "RAVDESS";
  corpus.class_names = class_names();
  corpus.folds = {{{2, 5, 14, 15, 16}, {3, 6}},
                  {{3, 6, 7, 13, 18}, {10, 11}},
                  {{10, 11, 12, 19, 20}, {8, 17}},
                  {{8, 17, 21, 23, 24}, {1, 14}},
                  {{1, 4, 9, 22}, {2, 5}}};
  corpus_files::sort_out(dir, read_clip, corpus);
  check(!corpus.clips.empty() || !corpus.bad.empty() || corpus.left_out == 0, "corpus",
        "found no audio-only speech (03-01-*.wav) in ", dir.string(), ", only ", corpus.left_out,
        " RAVDESS files of other kinds");
  number_clips(corpus);
  return corpus;
}

CorpusReader ravdess_reader() {
  return {.name = "RAVDESS",
          .expects = "RAVDESS's 03-01-EE-II-SS-RR-AA.wav",
          .detects = [](const fs::path&, const auto& sounds) { return known(sounds); },
          .reads = read_ravdess,
          .license = "CC BY-NC-SA 4.0",
          .source = "Livingstone & Russo 2018"};
}

}  // namespace sonant
