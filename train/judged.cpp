#include <sonant/train/judged.h>

#include <sonant/core/numbers.h>
#include <sonant/core/text.h>

namespace sonant {

std::string choosing_part(const TrainConfig& config) {
  return config.choose_by == "validation" ? "validation" : "test";
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
    text = judged.part + " part of ";
    text += judged.folds == 1
                ? "the " + judged.split
                : "fold " + std::to_string(judged.fold) + " of " + std::to_string(judged.folds);
    text += ": " + with_thousands(judged.files) + " of ";
  }
  text += count_of(judged.of_files, "file");
  if (judged.folds > 0) text += " of " + corpus;
  if (judged.bad_files > 0) text += ", " + count_of(judged.bad_files, "bad one") + " left out";
  text += judged.speakers.size() == 1 ? ", speaker" : ", speakers";
  text += listed(judged.speakers) + "\n";
  if (judged.trained_on.empty() && judged.chosen_by.empty()) return text;
  text += "no estimate for new speakers:";
  if (!judged.trained_on.empty()) text += " the model learnt from" + listed(judged.trained_on);
  if (!judged.trained_on.empty() && !judged.chosen_by.empty()) text += ",";
  if (!judged.chosen_by.empty()) text += " its epoch was chosen by" + listed(judged.chosen_by);
  return text + "\n";
}

}  // namespace sonant
