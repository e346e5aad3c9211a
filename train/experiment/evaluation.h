// Judging a trained model on a corpus, from a folder of sounds to figures. What `sonant evaluate`
// does, without the terminal.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sonant/audio/corpora/label_map.h>
#include <sonant/nn/speech/speech_model_file.h>
#include <sonant/train/experiment/judged.h>
#include <sonant/train/experiment/run.h>

namespace sonant {

struct EvaluateOptions {
  std::filesystem::path data;
  // Of the model's protocol, on its own corpus: fold 0 and CorpusPart::test if nobody says. Another
  // corpus is judged whole.
  std::optional<int> fold = {};
  std::optional<CorpusPart> part = {};
  LabelMap labels = {};  // the corpus' classes by the model's names; empty: they have these
  // Of the model's classes, those that are judged and that it may answer with; empty: all.
  std::vector<std::string> classes = {};
  OnBadFile on_bad_file = OnBadFile::fail;
  std::filesystem::path cache = {};
};

struct EvaluateResult {
  Evaluation evaluation;
  JudgedPart judged;
};

// As run_training() judges on the test part. Error if a class of the corpus is none of the model's,
// and no label says which; UsageError for a fold or a part of another corpus than the model's, and
// for a class that the model does not have.
EvaluateResult run_evaluation(const SpeechModel& model, const EvaluateOptions& options,
                              const Callbacks& callbacks = {});

}  // namespace sonant
