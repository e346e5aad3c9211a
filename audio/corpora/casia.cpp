#include <sonant/audio/corpora/casia.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/audio/corpus_files.h>
#include <sonant/core/text.h>

namespace sonant {
namespace fs = std::filesystem;
using corpus_files::Verdict;
namespace {

struct Speaker {
  const char* name;            // as the common copy spells it
  const char *given, *family;  // as the full corpus does: Chang.Liu
  const char* gender;
};
constexpr std::array kSpeakers = {Speaker{"liuchanhg", "chang", "liu", "f"},
                                  Speaker{"wangzhe", "zhe", "wang", "m"},
                                  Speaker{"zhaoquanyin", "quanyin", "zhao", "f"},
                                  Speaker{"ZhaoZuoxiang", "zuoxiang", "zhao", "m"}};
constexpr std::array<std::string_view, 6> kEmotions = {"angry",   "fear", "happy",
                                                       "neutral", "sad",  "surprise"};

// The words of a path below the corpus' folder, in small letters, without the extension.
std::vector<std::string> words_of(const fs::path& file) {
  std::vector<std::string> words(1);
  for (const char c : small_letters((file.parent_path() / file.stem()).generic_string()))
    if (std::string_view("/-_. ").find(c) == std::string_view::npos)
      words.back() += c;
    else if (!words.back().empty())
      words.emplace_back();
  return words;
}

// Returns what is wrong, or "".
std::string parse_path(const fs::path& file, Clip& clip) {
  const auto words = words_of(file);
  std::set<const Speaker*> speakers;
  std::set<std::string> emotions;
  std::string number;
  for (std::size_t k = 0; k < words.size(); ++k) {
    for (const Speaker& one : kSpeakers)
      if (words[k] == small_letters(one.name) ||
          (words[k] == one.given && k + 1 < words.size() && words[k + 1] == one.family))
        speakers.insert(&one);
    if (std::ranges::count(kEmotions, words[k]) > 0) emotions.insert(words[k]);
    if (words[k] == "normal") emotions.insert("neutral");
    if (!words[k].empty() && words[k].find_first_not_of("0123456789") == std::string::npos)
      number = words[k];
  }
  if (speakers.size() != 1 || emotions.size() != 1)
    return "names " + std::to_string(speakers.size()) + " of CASIA's speakers and " +
           std::to_string(emotions.size()) +
           " of its emotions; expected one each, as liuchanhg/angry/201";
  clip.speaker_name = (*speakers.begin())->name;
  clip.columns = {{"emotion", *emotions.begin()}, {"gender", (*speakers.begin())->gender}};
  if (!number.empty()) clip.columns["statement"] = number;
  return "";
}

Verdict read_clip(const fs::path& file, Clip& clip, std::string& id, std::string& reason) {
  id = file.generic_string();  // 201.wav is there for every speaker and emotion
  reason = parse_path(file, clip);
  return reason.empty() ? Verdict::clip : Verdict::bad;
}

}  // namespace

Corpus read_casia(const fs::path& dir) {
  Corpus corpus;
  corpus.name = "CASIA";
  corpus_files::sort_out(dir, corpus_files::ReadPath(read_clip), corpus);
  number_clips(corpus);
  return corpus;
}

CorpusReader casia_reader() {
  return {.name = "CASIA",
          .expects = "CASIA's liuchanhg/angry/201.wav",
          .detects =
              [](const fs::path& at, const auto& sounds) {
                return corpus_files::known(corpus_files::ReadPath(read_clip), at, sounds);
              },
          .reads = read_casia,
          .license = "by agreement with the Institute of Automation",
          .source = "Chinese Academy of Sciences"};
}

}  // namespace sonant
