#include <sonant/audio/corpus.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <string_view>

#include <sonant/audio/corpus_files.h>
#include <sonant/core/error.h>

namespace sonant {
namespace fs = std::filesystem;
using corpus_files::Verdict;
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

int two_digits(const std::string& s, std::size_t at) {
  return (s[at] - '0') * 10 + (s[at + 1] - '0');
}

struct EmodbEmotion {
  char initial;
  const char* name;
};
// Wut, Langeweile, Ekel, Angst, Freude, Trauer, neutral.
constexpr std::array<EmodbEmotion, 7> kEmodbEmotions{{{'W', "anger"},
                                                      {'L', "boredom"},
                                                      {'E', "disgust"},
                                                      {'A', "fear"},
                                                      {'F', "happiness"},
                                                      {'T', "sadness"},
                                                      {'N', "neutral"}}};

struct EmodbSpeaker {
  int id;
  char gender;
};
// From the corpus' own documentation (emodb.bilderbar.info).
constexpr std::array<EmodbSpeaker, 10> kEmodbSpeakers{{{3, 'm'},
                                                       {8, 'f'},
                                                       {9, 'f'},
                                                       {10, 'm'},
                                                       {11, 'm'},
                                                       {12, 'm'},
                                                       {13, 'f'},
                                                       {14, 'f'},
                                                       {15, 'm'},
                                                       {16, 'f'}}};

// 03a01Fa: speaker 03, text a01, emotion F, version a. label counts in kEmodbEmotions.
std::string parse_emodb_name(const std::string& stem, Clip& clip) {
  const bool formed = stem.size() == 7 && is_digit(stem[0]) && is_digit(stem[1]) &&
                      (stem[2] == 'a' || stem[2] == 'b') && is_digit(stem[3]) &&
                      is_digit(stem[4]) && stem[6] >= 'a' && stem[6] <= 'z';
  if (!formed) return "is not named like EMO-DB's 03a01Fa";
  const auto emotion = std::find_if(kEmodbEmotions.begin(), kEmodbEmotions.end(),
                                    [&](const EmodbEmotion& e) { return e.initial == stem[5]; });
  if (emotion == kEmodbEmotions.end())
    return std::string("has emotion '") + stem[5] + "'; EMO-DB has W L E A F T N";
  const int id = two_digits(stem, 0);
  const auto speaker = std::find_if(kEmodbSpeakers.begin(), kEmodbSpeakers.end(),
                                    [&](const EmodbSpeaker& s) { return s.id == id; });
  if (speaker == kEmodbSpeakers.end())
    return "has speaker " + stem.substr(0, 2) + "; EMO-DB has 03 and 08 to 16";
  clip.label = static_cast<int>(emotion - kEmodbEmotions.begin());
  clip.speaker = id;
  clip.speaker_name = stem.substr(0, 2);
  clip.gender = speaker->gender;
  return "";
}

bool is_csv_name(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return extension == ".csv";
}

Verdict read_ravdess_clip(const std::string& stem, Clip& clip, std::string& reason) {
  RavdessName name;
  reason = parse_ravdess_name(stem, name);
  if (!reason.empty()) return Verdict::bad;
  if (!name.audio_only_speech()) return Verdict::left_out;
  clip.label = name.emotion - 1;
  clip.speaker = name.actor;
  clip.speaker_name = stem.substr(18, 2);
  clip.gender = name.actor % 2 == 1 ? 'm' : 'f';
  clip.intensity = name.intensity == 1 ? "normal" : "strong";
  return Verdict::clip;
}

Verdict read_emodb_clip(const std::string& stem, Clip& clip, std::string& reason) {
  reason = parse_emodb_name(stem, clip);
  return reason.empty() ? Verdict::clip : Verdict::bad;
}

}  // namespace

const std::vector<std::string>& ravdess_class_names() {
  static const std::vector<std::string> names{"neutral", "calm",    "happy",   "sad",
                                              "angry",   "fearful", "disgust", "surprised"};
  return names;
}

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
    formed = k % 3 == 2 ? stem[k] == '-' : is_digit(stem[k]);
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
  std::error_code ignored;
  corpus.name = fs::exists(dir / kSyntheticNote, ignored) ? "synthetic" : "RAVDESS";
  corpus.ravdess_actors = true;
  corpus.class_names = ravdess_class_names();
  corpus_files::sort_out(dir, read_ravdess_clip, corpus);
  return corpus;
}

Corpus read_emodb(const fs::path& dir) {
  Corpus corpus;
  corpus.name = "EMO-DB";
  corpus_files::sort_out(dir, read_emodb_clip, corpus);
  std::array<int, kEmodbEmotions.size()> new_label;
  new_label.fill(-1);
  for (const Clip& clip : corpus.clips) new_label[static_cast<std::size_t>(clip.label)] = 0;
  for (std::size_t e = 0; e < kEmodbEmotions.size(); ++e) {
    if (new_label[e] < 0) continue;
    new_label[e] = static_cast<int>(corpus.class_names.size());
    corpus.class_names.push_back(kEmodbEmotions[e].name);
  }
  for (Clip& clip : corpus.clips) clip.label = new_label[static_cast<std::size_t>(clip.label)];
  return corpus;
}

Corpus open_corpus(const fs::path& path) {
  std::error_code ignored;
  check(fs::exists(path, ignored), "corpus", "expects a folder or a .csv manifest, got ",
        path.string(), ", which does not exist");
  Corpus corpus;
  if (!fs::is_directory(path, ignored)) {
    check(is_csv_name(path), "corpus",
          "expects a folder of sound files or a .csv manifest, got the file ", path.string());
    corpus = read_manifest(path);
  } else {
    std::size_t ravdess = 0, emodb = 0;
    const corpus_files::Listing found = corpus_files::list(path);
    for (const fs::path& file : found.files) {
      RavdessName name;
      Clip clip;
      ravdess += parse_ravdess_name(file.stem().string(), name).empty();
      emodb += parse_emodb_name(file.stem().string(), clip).empty();
    }
    const std::string over = corpus_files::passed_over(found);
    check(ravdess + emodb > 0, "corpus", "found ", found.files.size(), " .wav or .flac files in ",
          path.string(), ", none with a name that is known",
          over.empty() ? "" : ", and passed over ", over,
          "; expected RAVDESS's 03-01-EE-II-SS-RR-AA.wav or EMO-DB's 03a01Fa.wav, or a .csv ",
          "manifest in its place");
    corpus = ravdess >= emodb ? read_ravdess(path) : read_emodb(path);
  }
  if (corpus.clips.empty() && !corpus.bad.empty())
    fail("corpus", "found no usable sound file in ", path.string(), ", ", corpus.bad.size(),
         " bad: ", summary(corpus.bad));
  check(!corpus.clips.empty() || corpus.left_out > 0, "corpus", path.string(),
        " names no sound file; expected a line for each");
  check(!corpus.clips.empty(), "corpus", "found no audio-only speech (03-01-*.wav) in ",
        path.string(), ", only ", corpus.left_out, " RAVDESS files of other kinds");
  check(corpus.class_names.size() > 1, "corpus", path.string(), ": all of ", corpus.clips.size(),
        " sounds are of one class, \"", corpus.class_names.front(),
        "\"; expected at least two classes to tell apart");
  return corpus;
}

std::string summary(const std::vector<BadFile>& bad) {
  constexpr std::size_t shown = 3;
  std::string text;
  for (std::size_t k = 0; k < std::min(shown, bad.size()); ++k)
    text += (k == 0 ? "" : "; ") + bad[k].path.string() + ": " + bad[k].reason;
  if (bad.size() > shown) text += "; and " + std::to_string(bad.size() - shown) + " more";
  return text;
}

}  // namespace sonant
