// Who chose, and who was judged: in words for people, and in JSON.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <sonant/audio/corpora/label_map.h>
#include <sonant/nn/speech/speech_model.h>
#include <sonant/train/experiment/result.h>
#include <sonant/train/progress.h>

namespace sonant {

// The part that picks the epoch: "choose" or "test". The numbers called choose_... in records and
// files are the UAR and the loss of that part, so whoever shows them names them by this.
std::string choosing_part(const DataFacts& data);
// "protocol random leaks: ...", ends with a line feed; or "".
std::string leak_text(const DataFacts& data);

enum class CorpusPart { test, choose, train, all };
constexpr std::array<std::string_view, 4> words_of(CorpusPart) {
  return {"test", "choose", "train", "all"};
}

// The objectives of `trained`, or of the model's heads by name, that the corpus has columns for,
// the main head's first; a note tells of those that it has not. Error if there is none, or if the
// labels are not the model's.
Task judged_task(const SpeechModel& model, const Task& trained, const Corpus& corpus,
                 const Callbacks& callbacks);
// What the corpus says of each, in the model's classes. Error for a value that is none of them.
std::vector<Target> judged_targets(const SpeechModel& model, const Task& task,
                                   const Corpus& corpus);

// What an evaluation is of: a part of a fold of a corpus, and who in it the model knows.
struct JudgedPart {
  CorpusPart part = CorpusPart::test;
  int fold = 0, folds = 0;  // of how many; folds 0: the part is all of the corpus
  std::string split = {};   // Split::name, empty with it
  std::string corpus = {};
  std::int64_t files = 0, of_files = 0;  // judged, and in the corpus
  std::int64_t bad_files = 0;            // left out of `files`
  std::vector<std::string> speakers = {};
  std::string model_corpus = {};  // of the model. Only if it is `corpus`, speakers may be known:
  std::vector<std::string> trained_on = {};  // those of `speakers` that the model learnt from
  std::vector<std::string> chosen_by = {};   // and those that chose its epoch
  std::string protocol = {};                 // which it was trained under, and
  std::string leaks = {};                    // what that learnt of those who are judged
  LabelMap labels = {};                      // of the corpus' classes; empty: they are the model's
  std::vector<std::string> classes = {};     // that alone are judged and answered; empty: all
  std::int64_t other_classes = 0;            // files that are left out for theirs
};
// "test part of fold 0 of 5: 300 of 1,440 files of RAVDESS, speakers 02 05", and a line each, where
// there is something to say, of another corpus, of classes, of a leak and of the speakers that the
// model knows. Ends with a line feed.
std::string to_text(const JudgedPart& judged);
// Evaluation as to_json() of result.h gives it, and this as `judged`.
std::string to_json(const Evaluation& evaluation, const JudgedPart& judged);

}  // namespace sonant
