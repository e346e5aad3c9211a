// Labelled collections of sound files: what is said of each, and by whom it was spoken. Nothing is
// decoded here; names, sizes and first bytes are all that is looked at. docs/corpora.md.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonant {

// A sound and what its corpus says of it: columns by name, as "emotion", "gender" or any of a
// manifest. Whatever column is to be learnt is a target: corpora/target.h.
struct Clip {
  std::filesystem::path path;
  int label = 0;             // of Corpus::target, as an index into Corpus::class_names
  int speaker = 0;           // RAVDESS: actor 1..24; EMO-DB: 3, 8..16; else see number_clips()
  std::string speaker_name;  // as the corpus writes it: "01", "03", "anna"
  std::map<std::string, std::string, std::less<>> columns;  // all but "speaker"; none is empty
  int place = -1;  // of its features in the store they come from; -1: they are computed of a sound

  // "" where the corpus does not say; "speaker" is a column, too.
  const std::string& column(std::string_view name) const;
};

// A file of the folder or the manifest that cannot be one of its clips, and why.
struct BadFile {
  std::filesystem::path path;
  std::string reason;
};

// Speakers, by number, of a fold that a corpus' literature shares; all others train.
struct SpeakerFold {
  std::vector<int> test, choose;
};

// A choice of classes that a corpus' literature shares: audio/corpora/label_map.h.
struct LabelSet {
  std::string name;                               // "set-b"
  std::string labels;                             // as parse_label_map() reads them
  std::pair<std::string, std::string> only = {};  // clips with this value in this column, or all
  std::size_t clips = 0;                          // that the whole corpus has of it
};

struct Corpus {
  std::string name;                      // "RAVDESS", "EMO-DB", "synthetic" or the manifest's file
  std::string target = "emotion";        // the column that `label` is of
  std::vector<std::string> class_names;  // of that column
  std::vector<Clip> clips;               // by file name, then path: the same in every folder layout
  std::vector<BadFile> bad;        // in the same order; the caller decides whether it is fatal
  std::size_t left_out = 0;        // files that are rightly not clips, such as RAVDESS's songs
  std::vector<std::string> notes;  // what a person should hear of, a line each
  // Columns of a manifest that no corpus has: ignored, unless someone asks for them by name.
  std::vector<std::string> unusual = {};
  std::vector<LabelSet> label_sets = {};
  std::vector<SpeakerFold> folds;  // published ones, or none: train/protocol.h deals them
};

// "a.wav: is empty; b.wav: is empty; c.wav: does not exist; and 97 more": the first three.
std::string summary(const std::vector<BadFile>& bad);

// Numbers what is written in words. Labels: Corpus::target by its place in class_names or, where
// that is empty, in sorted order. Speakers keep their numbers if all are whole numbers (so that
// folds given as actor ids still mean the same), else they count from 1 in sorted order. Error for
// a clip without the target or a speaker, or whose word is none of class_names.
void number_clips(Corpus& corpus);

// Reads what is at `path` with the reader that knows most of its files: corpora/reader.h. Error if
// none knows any, if no usable clip is left, or if there is one class alone.
Corpus open_corpus(const std::filesystem::path& path);

}  // namespace sonant
