#include <sonant/audio/corpora/crema_d.h>

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <set>
#include <string>

#include <sonant/audio/corpus_files.h>
#include <sonant/audio/csv.h>
#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/text.h>

namespace sonant {
namespace fs = std::filesystem;
using corpus_files::Verdict;
namespace {

const std::map<std::string, const char*> kEmotions = {{"ANG", "anger"},   {"DIS", "disgust"},
                                                      {"FEA", "fear"},    {"HAP", "happiness"},
                                                      {"NEU", "neutral"}, {"SAD", "sadness"}};
const std::map<std::string, const char*> kLevels = {{"LO", "low"},
                                                    {"MD", "medium"},
                                                    {"HI", "high"},
                                                    {"XX", "unspecified"},
                                                    {"X", "unspecified"}};  // 1040_ITH_SAD_X

// Known to those who load the corpus.
struct Unfit {
  const char *stem, *reason;
};
constexpr std::array kUnfit = {Unfit{"1064_IEO_DIS_MD", "a minute with all emotions in it"},
                               Unfit{"1064_TIE_SAD_XX", "no duration"},
                               Unfit{"1076_MTI_NEU_XX", "nearly no speech"},
                               Unfit{"1076_MTI_SAD_XX", "no speech"}};

// 1001_DFA_ANG_XX: actor, sentence, emotion, level. Returns what is wrong, or "".
std::string parse_name(const std::string& stem, Clip& clip) {
  static const std::regex pattern("(1[0-9]{3})_([A-Z]{3})_([A-Z]{3})_([A-Z]{1,2})");
  std::smatch part;
  if (!std::regex_match(stem, part, pattern)) return "is not named like CREMA-D's 1001_DFA_ANG_XX";
  const auto emotion = kEmotions.find(part[3]);
  const auto level = kLevels.find(part[4]);
  if (emotion == kEmotions.end())
    return "has emotion " + part[3].str() + "; CREMA-D has ANG DIS FEA HAP NEU SAD";
  if (level == kLevels.end()) return "has level " + part[4].str() + "; CREMA-D has LO MD HI XX";
  clip.speaker_name = part[1];
  clip.columns = {
      {"emotion", emotion->second}, {"statement", part[2]}, {"intensity", level->second}};
  return "";
}

// Actor to f or m; empty if there is no such file.
std::map<std::string, std::string> genders(const fs::path& dir) {
  std::map<std::string, std::string> all;
  for (const fs::path& at : {dir, fs::absolute(dir).lexically_normal() / ".."}) {
    const fs::path file = at / "VideoDemographics.csv";
    std::error_code ignored;
    if (!fs::exists(file, ignored)) continue;
    const auto rows = parse_csv(read_text(file, "corpus"), file.string());
    std::map<std::string, std::size_t> columns;
    for (std::size_t k = 0; !rows.empty() && k < rows[0].fields.size(); ++k)
      columns[rows[0].fields[k].text] = k;
    check(columns.contains("ActorID") && columns.contains("Sex"), "corpus", file.string(),
          ": expects the columns ActorID and Sex");
    for (std::size_t r = 1; r < rows.size(); ++r) {
      const auto field = [&](const char* name) -> const std::string& {
        check(columns[name] < rows[r].fields.size(), "corpus", file.string(), ":", rows[r].line,
              ": expects ", rows[0].fields.size(), " fields, got ", rows[r].fields.size());
        return rows[r].fields[columns[name]].text;
      };
      const std::string& sex = field("Sex");
      check(sex == "Female" || sex == "Male", "corpus", file.string(), ":", rows[r].line,
            ": expects Female or Male, got ", sex);
      all[field("ActorID")] = sex == "Female" ? "f" : "m";
    }
    break;
  }
  return all;
}

}  // namespace

Corpus read_crema_d(const fs::path& dir) {
  Corpus corpus;
  corpus.name = "CREMA-D";
  std::string unfit;
  const auto read_name = [&](const std::string& stem, Clip& clip, std::string& reason) {
    reason = parse_name(stem, clip);
    const auto* one = std::ranges::find(kUnfit, stem, [](const Unfit& u) { return u.stem; });
    if (one == kUnfit.end()) return reason.empty() ? Verdict::clip : Verdict::bad;
    unfit += (unfit.empty() ? "" : ", ") + stem + " (" + one->reason + ")";
    return Verdict::left_out;
  };
  corpus_files::sort_out(dir, read_name, corpus);
  if (!unfit.empty()) corpus.notes.push_back("CREMA-D: left out: " + unfit);
  const auto gender = genders(dir);
  if (gender.empty())
    corpus.notes.push_back("CREMA-D: no VideoDemographics.csv in " + dir.string() +
                           " or beside it, so gender is not known");
  std::set<std::string> unknown;
  for (Clip& clip : corpus.clips)
    if (const auto found = gender.find(clip.speaker_name); found != gender.end())
      clip.columns["gender"] = found->second;
    else
      unknown.insert(clip.speaker_name);
  if (!gender.empty() && !unknown.empty())
    corpus.notes.push_back("CREMA-D: VideoDemographics.csv lacks actors " + joined(unknown) +
                           ", so their gender is not known");
  number_clips(corpus);
  return corpus;
}

CorpusReader crema_d_reader() {
  return {.name = "CREMA-D",
          .expects = "CREMA-D's 1001_DFA_ANG_XX.wav",
          .detects =
              [](const fs::path& at, const auto& sounds) {
                return corpus_files::known(corpus_files::ParseName(parse_name), at, sounds);
              },
          .reads = read_crema_d,
          .license = "ODbL 1.0",
          .source = "Cao et al. 2014"};
}

}  // namespace sonant
