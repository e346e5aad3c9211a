#include <sonant/audio/corpora/emodb.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

#include <sonant/audio/corpus_files.h>

namespace sonant {
namespace fs = std::filesystem;
using corpus_files::Verdict;
namespace {

struct Emotion {
  char initial;
  const char* name;
};
// Wut, Langeweile, Ekel, Angst, Freude, Trauer, neutral.
constexpr std::array<Emotion, 7> kEmotions{{{'W', "anger"},
                                            {'L', "boredom"},
                                            {'E', "disgust"},
                                            {'A', "fear"},
                                            {'F', "happiness"},
                                            {'T', "sadness"},
                                            {'N', "neutral"}}};

struct Speaker {
  std::string_view id;
  const char* gender;
};
// From the corpus' own documentation (emodb.bilderbar.info).
constexpr std::array<Speaker, 10> kSpeakers{{{"03", "m"},
                                             {"08", "f"},
                                             {"09", "f"},
                                             {"10", "m"},
                                             {"11", "m"},
                                             {"12", "m"},
                                             {"13", "f"},
                                             {"14", "f"},
                                             {"15", "m"},
                                             {"16", "f"}}};

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// 03a01Fa: speaker 03, text a01, emotion F, version a. Returns what is wrong, or "".
std::string parse_name(const std::string& stem, Clip& clip) {
  const bool formed = stem.size() == 7 && is_digit(stem[0]) && is_digit(stem[1]) &&
                      (stem[2] == 'a' || stem[2] == 'b') && is_digit(stem[3]) &&
                      is_digit(stem[4]) && stem[6] >= 'a' && stem[6] <= 'z';
  if (!formed) return "is not named like EMO-DB's 03a01Fa";
  const auto* emotion = std::find_if(kEmotions.begin(), kEmotions.end(),
                                     [&](const Emotion& e) { return e.initial == stem[5]; });
  if (emotion == kEmotions.end())
    return std::string("has emotion '") + stem[5] + "'; EMO-DB has W L E A F T N";
  const std::string id = stem.substr(0, 2);
  const auto* speaker = std::find_if(kSpeakers.begin(), kSpeakers.end(),
                                     [&](const Speaker& s) { return s.id == id; });
  if (speaker == kSpeakers.end()) return "has speaker " + id + "; EMO-DB has 03 and 08 to 16";
  clip.speaker_name = id;
  clip.columns = {
      {"emotion", emotion->name}, {"gender", speaker->gender}, {"text", stem.substr(2, 3)}};
  return "";
}

Verdict read_clip(const std::string& stem, Clip& clip, std::string& reason) {
  reason = parse_name(stem, clip);
  return reason.empty() ? Verdict::clip : Verdict::bad;
}

}  // namespace

Corpus read_emodb(const fs::path& dir) {
  Corpus corpus;
  corpus.name = "EMO-DB";
  corpus_files::sort_out(dir, read_clip, corpus);
  std::set<std::string> occurring;
  for (const Clip& clip : corpus.clips) occurring.insert(clip.column("emotion"));
  for (const Emotion& emotion : kEmotions)
    if (occurring.contains(emotion.name)) corpus.class_names.push_back(emotion.name);
  number_clips(corpus);
  return corpus;
}

CorpusReader emodb_reader() {
  return {.name = "EMO-DB",
          .expects = "EMO-DB's 03a01Fa.wav",
          .detects =
              [](const fs::path& at, const auto& sounds) {
                return corpus_files::known(corpus_files::ParseName(parse_name), at, sounds);
              },
          .reads = read_emodb,
          .license = "free for research",
          .source = "Burkhardt et al. 2005"};
}

}  // namespace sonant
