#include <sonant/train/folds.h>

#include <algorithm>
#include <map>
#include <set>

#include <sonant/core/usage.h>
#include <sonant/train/protocol.h>

namespace sonant {

int fold_count(const Corpus& corpus) {
  return static_cast<int>(usual_protocol(corpus).splits(corpus, {}).size());
}

Split make_split(const Corpus& corpus, int fold) {
  const Protocol& protocol = usual_protocol(corpus);
  std::vector<Split> splits = protocol.splits(corpus, {});
  check_usage(fold >= 0 && fold < std::ssize(splits), "make_split", corpus.name,
              ": expects a fold in 0..", std::ssize(splits) - 1, ", got ", fold);
  return checked_split(protocol, corpus, std::move(splits[static_cast<std::size_t>(fold)]));
}

void check_several_classes(const Corpus& corpus, std::span<const int> clips) {
  std::set<int> labels;
  for (int i : clips) labels.insert(corpus.clips.at(static_cast<std::size_t>(i)).label);
  check(labels.size() != 1, "make_split", corpus.name, ": all ", clips.size(),
        " sounds to train on are of one class, \"",
        labels.empty() ? "" : corpus.class_names.at(static_cast<std::size_t>(*labels.begin())),
        "\"; expected at least two to tell apart");
}

void choose_by_test(Split& split, bool train_on_choose) {
  if (train_on_choose) {
    split.train.insert(split.train.end(), split.choose.begin(), split.choose.end());
    std::sort(split.train.begin(), split.train.end());
  }
  split.choose = split.test;
  split.note = "the test speakers choose the epoch: a bound, no estimate";
  const std::size_t chosen = split.name.find(", chosen by ");
  if (chosen == std::string::npos)
    split.name += ", the test speakers choose the epoch";
  else
    split.name.replace(chosen, split.name.find(')', chosen) - chosen, ", who choose the epoch");
}

std::vector<std::string> speakers_of(const Corpus& corpus, std::span<const int> clips) {
  std::map<int, std::string> names;
  for (int i : clips) {
    const Clip& clip = corpus.clips.at(static_cast<std::size_t>(i));
    names.emplace(clip.speaker, clip.speaker_name);
  }
  std::vector<std::string> sorted;
  for (auto& [number, name] : names) sorted.push_back(std::move(name));
  return sorted;
}

}  // namespace sonant
