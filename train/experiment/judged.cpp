#include <sonant/train/experiment/judged.h>

#include <algorithm>

#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

const HeadLabels& labels_of(const std::vector<HeadLabels>& all, const std::string& head) {
  return *std::ranges::find(all, head, &HeadLabels::head);
}

}  // namespace

Task judged_task(const SpeechModel& model, const Task& trained, const Corpus& corpus,
                 const Callbacks& callbacks) {
  constexpr const char* op = "run_evaluation";
  const std::vector<HeadLabels> labels = model.labels();
  Task task = task_of(labels, trained);
  const std::vector<std::string> columns = columns_of(corpus);
  std::erase_if(task.objectives, [&](const Objective& o) {
    const std::vector<std::string>& names = labels_of(labels, o.head).class_names;
    if (o.column.empty()) {
      check(corpus.class_names == names, op, corpus.name,
            ": its classes are not the model's; expected the labels ", joined(names), ", got ",
            joined(corpus.class_names));
      return false;
    }
    const bool unknown = std::ranges::count(columns, o.column) == 0;
    if (unknown && callbacks.note)
      callbacks.note(o.head + ": is not judged, " + corpus.name + " has no column " + o.column);
    return unknown;
  });
  check(!task.objectives.empty(), op, corpus.name,
        ": has none of the columns that the model learnt", "; expected one of ", joined(columns));
  return task;
}

std::vector<Target> judged_targets(const SpeechModel& model, const Task& task,
                                   const Corpus& corpus) {
  const std::vector<HeadLabels> labels = model.labels();
  std::vector<Target> targets;
  for (const Objective& o : task.objectives) {
    if (!o.column.empty()) {
      targets.push_back(known_target(corpus, o.column, labels_of(labels, o.head).class_names));
      continue;
    }
    Target& label = targets.emplace_back();
    label.class_names = corpus.class_names;
    for (const Clip& clip : corpus.clips) label.labels.push_back(clip.label);
  }
  return targets;
}

std::string choosing_part(const DataFacts& data) { return std::string(word_of(data.chooser)); }

std::string leak_text(const DataFacts& data) {
  return data.leaks.empty()
             ? ""
             : "protocol " + printable(data.protocol) + " leaks: " + printable(data.leaks) + "\n";
}

std::string to_text(const JudgedPart& judged) {
  const auto listed = [](const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += ' ' + printable(word);
    return text;
  };
  const std::string corpus = printable(judged.corpus);
  std::string text = "all of " + corpus + ": ";
  if (judged.folds > 0) {
    text = std::string(word_of(judged.part)) + " part of ";
    text += judged.folds == 1
                ? "the " + judged.split
                : "fold " + std::to_string(judged.fold) + " of " + std::to_string(judged.folds);
    text += ": ";
  }
  if (judged.folds > 0 || judged.other_classes > 0) text += with_thousands(judged.files) + " of ";
  text += count_of(judged.of_files, "file");
  if (judged.folds > 0) text += " of " + corpus;
  if (judged.bad_files > 0) text += ", " + count_of(judged.bad_files, "bad one") + " left out";
  if (judged.other_classes > 0)
    text += ", " + with_thousands(judged.other_classes) + " of other classes left out";
  text += judged.speakers.size() == 1 ? ", speaker" : ", speakers";
  text += listed(judged.speakers) + "\n";
  if (!judged.model_corpus.empty() && judged.model_corpus != judged.corpus)
    text +=
        "another corpus than " + printable(judged.model_corpus) + ", which the model learnt from\n";
  if (!judged.labels.empty()) text += "labels";
  for (const auto& [from, to] : judged.labels)
    text += ' ' + printable(from) + (from == to ? "" : "=" + printable(to));
  if (!judged.labels.empty()) text += "\n";
  if (!judged.classes.empty()) text += "answers among" + listed(judged.classes) + " alone\n";
  if (!judged.leaks.empty())
    text += "protocol " + printable(judged.protocol) + " leaks: " + printable(judged.leaks) + "\n";
  if (judged.trained_on.empty() && judged.chosen_by.empty()) return text;
  text += "no estimate for new speakers:";
  if (!judged.trained_on.empty()) text += " the model learnt from" + listed(judged.trained_on);
  if (!judged.trained_on.empty() && !judged.chosen_by.empty()) text += ",";
  if (!judged.chosen_by.empty()) text += " its epoch was chosen by" + listed(judged.chosen_by);
  return text + "\n";
}

std::string to_json(const Evaluation& evaluation, const JudgedPart& judged) {
  Json json = evaluation_json(evaluation);
  Json& of = json["judged"] = {{"corpus", judged.corpus}, {"part", word_of(judged.part)}};
  if (judged.folds > 0) {
    of["split"] = judged.split;
    of["fold"] = judged.fold;
    of["folds"] = judged.folds;
  }
  of["files"] = judged.files;
  of["of_files"] = judged.of_files;
  of["bad_files"] = judged.bad_files;
  of["speakers"] = judged.speakers;
  of["model_corpus"] = judged.model_corpus;
  of["trained_on"] = judged.trained_on;
  of["chosen_by"] = judged.chosen_by;
  of["protocol"] = judged.protocol;
  of["leaks"] = judged.leaks;
  of["labels"] = Json::object();
  for (const auto& [from, to] : judged.labels) of["labels"].append(from, to);
  of["classes"] = judged.classes.empty() ? evaluation.class_names : judged.classes;
  of["files_of_other_classes"] = judged.other_classes;
  return json_text(json);
}

}  // namespace sonant
