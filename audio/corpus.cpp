#include <sonant/audio/corpus.h>

#include <algorithm>
#include <set>
#include <system_error>

#include <sonant/audio/corpora/reader.h>
#include <sonant/core/error.h>
#include <sonant/core/numbers.h>

namespace sonant {
namespace fs = std::filesystem;
namespace {

void number_speakers(Corpus& corpus) {
  bool all_numbers = true;
  std::map<std::string, int> speakers;
  for (const Clip& clip : corpus.clips) {
    check(!clip.speaker_name.empty(), "corpus", corpus.name, ": ", clip.path.native(),
          ": expects a speaker, got none");
    speakers[clip.speaker_name] = 0;
    all_numbers = all_numbers && parse_number<int>(clip.speaker_name).value_or(-1) >= 0;
  }
  int next = 1;
  for (auto& [name, id] : speakers) id = all_numbers ? *parse_number<int>(name) : next++;
  for (Clip& clip : corpus.clips) clip.speaker = speakers[clip.speaker_name];
}

}  // namespace

const std::string& Clip::column(std::string_view name) const {
  static const std::string none;
  if (name == "speaker") return speaker_name;
  const auto found = columns.find(name);
  return found == columns.end() ? none : found->second;
}

void number_clips(Corpus& corpus) {
  if (corpus.class_names.empty()) {
    std::set<std::string> words;
    for (const Clip& clip : corpus.clips) words.insert(clip.column(corpus.target));
    corpus.class_names.assign(words.begin(), words.end());
  }
  std::map<std::string, int> labels;
  for (const std::string& name : corpus.class_names)
    labels.emplace(name, static_cast<int>(labels.size()));
  for (Clip& clip : corpus.clips) {
    const std::string& word = clip.column(corpus.target);
    check(!word.empty(), "corpus", corpus.name, ": ", clip.path.native(), ": expects a value of ",
          corpus.target, ", got none");
    const auto label = labels.find(word);
    check(label != labels.end(), "corpus", corpus.name, ": ", clip.path.native(), ": has the ",
          corpus.target, " \"", word, "\", which is none of the classes");
    clip.label = label->second;
  }
  number_speakers(corpus);
}

Corpus open_corpus(const fs::path& path) {
  std::error_code ignored;
  check(fs::exists(path, ignored), "corpus", "expects a folder or a .csv manifest, got ",
        path.string(), ", which does not exist");
  const CorpusReader& reader = reader_of(path);
  Corpus corpus = reader.reads(path);
  if (corpus.name.empty()) corpus.name = reader.name;
  if (corpus.clips.empty() && !corpus.bad.empty())
    fail("corpus", "found no usable sound file in ", path.string(), ", ", corpus.bad.size(),
         " bad: ", summary(corpus.bad));
  check(!corpus.clips.empty(), "corpus", path.string(),
        " names no sound file; expected a line for each");
  number_clips(corpus);
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
