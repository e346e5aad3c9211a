#include <sonant/audio/corpora/iemocap.h>

#include <map>
#include <regex>
#include <set>
#include <string>
#include <system_error>

#include <sonant/audio/corpus_files.h>
#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>

namespace sonant {
namespace fs = std::filesystem;
using corpus_files::Verdict;
namespace {

const std::map<std::string, const char*> kEmotions = {
    {"ang", "anger"},    {"hap", "happiness"},   {"exc", "excitement"}, {"neu", "neutral"},
    {"sad", "sadness"},  {"fru", "frustration"}, {"fea", "fear"},       {"dis", "disgust"},
    {"sur", "surprise"}, {"oth", "other"}};

constexpr std::size_t kTurns = 10039;  // of the full release
const std::string kSetA = "anger,happiness,neutral,sadness";
const std::string kSetB = "anger,happiness,excitement=happiness,neutral,sadness";

// Ses01F_impro01_M000: session, who wears the markers, dialogue, who speaks, turn. Returns what is
// wrong, or "".
std::string parse_name(const std::string& stem, Clip& clip) {
  static const std::regex pattern(
      "Ses0([1-5])([FM])_((impro|script)[0-9]{2}(?:_[0-9])?[ab]?)_([FM])([0-9]{3})");
  std::smatch part;
  if (!std::regex_match(stem, part, pattern))
    return "is not named like IEMOCAP's Ses01F_impro01_M000";
  clip.speaker_name = "Ses0" + part[1].str() + "_" + part[5].str();
  clip.columns = {{"session", part[1]},
                  {"gender", part[5] == "F" ? "f" : "m"},
                  {"kind", part[4] == "impro" ? "improvised" : "scripted"},
                  {"dialogue", stem.substr(0, stem.size() - 5)}};
  return "";
}

// Ses01F_impro01: a whole dialogue, which the release has, too.
bool is_dialogue(const std::string& stem) {
  static const std::regex pattern("Ses0[1-5][FM]_(impro|script)[0-9]{2}(?:_[0-9])?[ab]?");
  return std::regex_match(stem, pattern);
}

struct Turn {
  std::string emotion;  // "ang"
  std::string valence, activation, dominance;
};
using Turns = std::map<std::string, Turn>;

// The turns of a dialogue. Of each block of lines only the first one is looked at.
Turns read_labels(const fs::path& file) {
  static const std::regex header(
      "\\[[0-9.]+ - [0-9.]+\\]\t([^\t]+)\t([a-z]{3})\t"
      "\\[([0-9.]+), ([0-9.]+), ([0-9.]+)\\] *\r?");
  Turns turns;
  const std::string text = read_text(file, "corpus");
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string row = text.substr(begin, end - begin);
    begin = end + 1;
    if (!row.starts_with('[')) continue;
    std::smatch part;
    check(row.size() < 300 && std::regex_match(row, part, header), "corpus", file.native(), ":",
          line + 1,
          ": expects [START - END], turn, emotion and [V, A, D] with tabs between, got \"",
          printable(row.substr(0, 100)), "\"");
    check(part[2] == "xxx" || kEmotions.contains(part[2]), "corpus", file.native(), ":", line + 1,
          ": has emotion ", part[2].str(),
          "; IEMOCAP has ang dis exc fea fru hap neu oth sad sur, and xxx for none");
    check(turns.emplace(part[1], Turn{part[2], part[3], part[4], part[5]}).second, "corpus",
          file.native(), ":", line + 1, ": has ", part[1].str(), " for the second time");
  }
  return turns;
}

// The label files of the dialogues, each read once.
class Labels {
 public:
  explicit Labels(fs::path dir) : dir_(std::move(dir)) {}

  const Turns& of(const std::string& dialogue, const fs::path& sound) {
    const auto [at, fresh] = read_.try_emplace(dialogue);
    if (fresh) at->second = read_labels(file_of(dialogue, sound));
    return at->second;
  }

 private:
  // Where the release has it, seen from its sounds; else anywhere below the folder.
  fs::path file_of(const std::string& dialogue, const fs::path& sound) {
    const fs::path session = fs::absolute(sound).lexically_normal().parent_path() / "../../..";
    const fs::path usual =
        (session / "dialog/EmoEvaluation" / (dialogue + ".txt")).lexically_normal();
    std::error_code ignored;
    if (fs::exists(usual, ignored)) return usual;
    if (!listed_) list();
    const auto found = elsewhere_.find(dialogue);
    check(found != elsewhere_.end(), "corpus", "IEMOCAP: there is no label file of ", dialogue,
          ", of which ", sound.native(), " is a turn; expected ", usual.native());
    return found->second;
  }

  void list() {
    listed_ = true;
    std::error_code error;
    for (auto at =
             fs::recursive_directory_iterator(dir_,
                                              fs::directory_options::skip_permission_denied |
                                                  fs::directory_options::follow_directory_symlink,
                                              error);
         !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      const fs::path& path = at->path();
      if (path.extension() == ".txt" && path.parent_path().filename() == "EmoEvaluation")
        elsewhere_.emplace(path.stem().native(), path);
    }
  }

  fs::path dir_;
  bool listed_ = false;
  std::map<std::string, fs::path> elsewhere_;
  std::map<std::string, Turns> read_;
};

}  // namespace

Corpus read_iemocap(const fs::path& dir) {
  Corpus corpus;
  corpus.name = "IEMOCAP";
  Labels labels(dir);
  std::size_t spoken = 0, undecided = 0, dialogues = 0;
  const auto read_clip = [&](const fs::path&, Clip& clip, std::string& id, std::string& reason) {
    if (is_dialogue(id)) {
      ++dialogues;
      return Verdict::left_out;
    }
    reason = parse_name(id, clip);
    if (!reason.empty()) return Verdict::bad;
    ++spoken;
    const std::string& dialogue = clip.columns["dialogue"];
    const Turns& turns = labels.of(dialogue, clip.path);
    const auto turn = turns.find(id);
    if (turn == turns.end()) {
      reason = "has no line in the label file of " + dialogue;
      return Verdict::bad;
    }
    if (turn->second.emotion == "xxx") {
      ++undecided;
      return Verdict::left_out;
    }
    clip.columns["emotion"] = kEmotions.at(turn->second.emotion);
    clip.columns["valence"] = turn->second.valence;
    clip.columns["activation"] = turn->second.activation;
    clip.columns["dominance"] = turn->second.dominance;
    return Verdict::clip;
  };
  corpus_files::sort_out(dir, corpus_files::ReadPath(read_clip), corpus);
  if (spoken != kTurns)
    corpus.notes.push_back("IEMOCAP: " + with_thousands(static_cast<std::int64_t>(spoken)) +
                           " turns, of 10,039 in the full release");
  if (dialogues > 0)
    corpus.notes.push_back(
        "IEMOCAP: left out: " + count_of(static_cast<std::int64_t>(dialogues), "recording") +
        " of whole dialogues");
  if (undecided > 0)
    corpus.notes.push_back(
        "IEMOCAP: left out: " + count_of(static_cast<std::int64_t>(undecided), "turn") +
        " on which no majority of the annotators agrees (xxx)");
  const std::pair<std::string, std::string> improvised{"kind", "improvised"};
  corpus.label_sets = {{"set-a", kSetA, {}, 4490},
                       {"set-b", kSetB, {}, 5531},
                       {"set-a-improvised", kSetA, improvised, 2280},
                       {"set-b-improvised", kSetB, improvised, 2943}};
  number_clips(corpus);
  return corpus;
}

CorpusReader iemocap_reader() {
  return {.name = "IEMOCAP",
          .expects = "IEMOCAP's Ses01F_impro01_M000.wav",
          .detects =
              [](const fs::path& at, const auto& sounds) {
                return corpus_files::known(corpus_files::ParseName(parse_name), at, sounds);
              },
          .reads = read_iemocap,
          .license = "by signed agreement, not to be passed on",
          .source = "Busso et al. 2008"};
}

}  // namespace sonant
