#include <sonant/audio/corpora/savee.h>

#include <map>
#include <regex>
#include <set>
#include <string>

#include <sonant/audio/corpus_files.h>

namespace sonant {
namespace fs = std::filesystem;
using corpus_files::Verdict;
namespace {

const std::map<std::string, const char*> kEmotions = {
    {"a", "anger"},   {"d", "disgust"},  {"f", "fear"},     {"h", "happiness"},
    {"n", "neutral"}, {"sa", "sadness"}, {"su", "surprise"}};
const std::set<std::string> kSpeakers = {"DC", "JE", "JK", "KL"};

// a01 in the folder DC, or DC_a01. Returns what is wrong, or "".
std::string parse_path(const fs::path& file, Clip& clip) {
  static const std::regex pattern("(?:([A-Z]{2})_)?(sa|su|a|d|f|h|n)([0-9]{2})");
  const std::string stem = file.stem().string();
  std::smatch part;
  if (!std::regex_match(stem, part, pattern)) return "is not named like SAVEE's DC/a01 or DC_a01";
  const std::string speaker =
      part[1].matched ? part[1].str() : file.parent_path().filename().string();
  if (!kSpeakers.contains(speaker))
    return "has speaker " + speaker + "; SAVEE has DC JE JK KL, as folder or in front of the name";
  clip.speaker_name = speaker;
  clip.columns = {
      {"emotion", kEmotions.at(part[2])}, {"gender", "m"}, {"statement", part[3].str()}};
  return "";
}

Verdict read_clip(const fs::path&, Clip& clip, std::string& id, std::string& reason) {
  reason = parse_path(clip.path, clip);  // whole: `dir` may be a speaker's own folder
  if (!reason.empty()) return Verdict::bad;
  const std::string stem = clip.path.stem().string();
  id = clip.speaker_name + stem.substr(stem.find('_') + 1);  // npos + 1 is 0
  return Verdict::clip;
}

}  // namespace

Corpus read_savee(const fs::path& dir) {
  Corpus corpus;
  corpus.name = "SAVEE";
  corpus_files::sort_out(dir, corpus_files::ReadPath(read_clip), corpus);
  number_clips(corpus);
  return corpus;
}

CorpusReader savee_reader() {
  return {.name = "SAVEE",
          .expects = "SAVEE's DC/a01.wav",
          .detects =
              [](const fs::path& at, const auto& sounds) {
                return corpus_files::known(corpus_files::ReadPath(read_clip), at, sounds);
              },
          .reads = read_savee,
          .license = "free for research",
          .source = "Haq & Jackson 2009"};
}

}  // namespace sonant
