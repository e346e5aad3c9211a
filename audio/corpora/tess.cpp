#include <sonant/audio/corpora/tess.h>

#include <algorithm>
#include <regex>
#include <string>

#include <sonant/audio/corpus_files.h>
#include <sonant/core/text.h>

namespace sonant {
namespace fs = std::filesystem;
using corpus_files::Verdict;
namespace {

// OAF_back_angry: speaker, word, emotion. Returns what is wrong, or "".
std::string parse_name(const std::string& stem, Clip& clip) {
  static const std::regex pattern("(OAF?|YAF)_([a-z]+)_(angry|disgust|fear|happy|neutral|ps|sad)",
                                  std::regex::icase);
  std::smatch part;
  if (!std::regex_match(stem, part, pattern)) return "is not named like TESS's OAF_back_angry";
  const std::string emotion = small_letters(part[3].str());
  clip.speaker_name = small_letters(part[1].str()) == "yaf" ? "YAF" : "OAF";
  clip.columns = {{"emotion", emotion == "ps" ? "pleasant surprise" : emotion},
                  {"gender", "f"},
                  {"statement", small_letters(part[2].str())}};
  return "";
}

Verdict read_clip(const std::string& stem, Clip& clip, std::string& reason) {
  reason = parse_name(stem, clip);
  return reason.empty() ? Verdict::clip : Verdict::bad;
}

}  // namespace

Corpus read_tess(const fs::path& dir) {
  Corpus corpus;
  corpus.name = "TESS";
  corpus_files::sort_out(dir, read_clip, corpus);
  number_clips(corpus);
  return corpus;
}

CorpusReader tess_reader() {
  return {.name = "TESS",
          .expects = "TESS's OAF_back_angry.wav",
          .detects =
              [](const fs::path& at, const auto& sounds) {
                return corpus_files::known(corpus_files::ParseName(parse_name), at, sounds);
              },
          .reads = read_tess,
          .license = "CC BY-NC-ND 4.0",
          .source = "Pichora-Fuller & Dupuis 2020"};
}

}  // namespace sonant
