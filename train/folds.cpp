#include <sonant/train/folds.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include <sonant/core/usage.h>

namespace sonant {
namespace {

using Speakers = std::set<int>;

struct PaperFold {
  Speakers test, validation;
};

const std::array<PaperFold, 5>& paper_folds() {
  static const std::array<PaperFold, 5> folds{{{{2, 5, 14, 15, 16}, {3, 6}},
                                               {{3, 6, 7, 13, 18}, {10, 11}},
                                               {{10, 11, 12, 19, 20}, {8, 17}},
                                               {{8, 17, 21, 23, 24}, {1, 14}},
                                               {{1, 4, 9, 22}, {2, 5}}}};
  return folds;
}

bool has_split_column(const Corpus& corpus) {
  return std::any_of(corpus.clips.begin(), corpus.clips.end(),
                     [](const Clip& clip) { return !clip.split.empty(); });
}

// Speakers dealt in turn into groups, women and men spread evenly.
std::vector<Speakers> dealt_groups(const Corpus& corpus) {
  std::set<std::pair<char, int>> sorted;
  for (const Clip& clip : corpus.clips) sorted.emplace(clip.gender, clip.speaker);
  Speakers distinct;
  std::vector<int> order;
  for (const auto& [gender, speaker] : sorted) {
    if (distinct.insert(speaker).second) order.push_back(speaker);
  }
  check(order.size() >= 3, "make_split", corpus.name,
        ": expects at least 3 speakers (to train, validate and test), got ", order.size());
  std::vector<Speakers> groups(std::min<std::size_t>(5, order.size()));
  for (std::size_t i = 0; i < order.size(); ++i) groups[i % groups.size()].insert(order[i]);
  return groups;
}

Split split_by_speaker(const Corpus& corpus, const Speakers& test, const Speakers& validation) {
  Split split;
  for (std::size_t i = 0; i < corpus.clips.size(); ++i) {
    const int speaker = corpus.clips[i].speaker;
    auto& part = test.contains(speaker)         ? split.test
                 : validation.contains(speaker) ? split.validation
                                                : split.train;
    part.push_back(static_cast<int>(i));
  }
  return split;
}

Split split_by_column(const Corpus& corpus) {
  Split split;
  for (std::size_t i = 0; i < corpus.clips.size(); ++i) {
    const Clip& clip = corpus.clips[i];
    const std::string& word = clip.split;
    const bool validation = word == "validation" || word == "val" || word == "dev";
    check(validation || word == "train" || word == "test", "make_split", corpus.name, ": ",
          clip.path.native(), ": expects split train, validation or test, got \"", word, "\"");
    auto& part = validation ? split.validation : word == "test" ? split.test : split.train;
    part.push_back(static_cast<int>(i));
  }
  return split;
}

std::string list(const Speakers& speakers) {
  std::string text;
  for (int s : speakers) {
    if (!text.empty()) text += ' ';
    text += std::to_string(s);
  }
  return text;
}

void check_parts(const Corpus& corpus, const Split& split) {
  std::map<int, std::string_view> part_of;
  const auto claim = [&](const std::vector<int>& clips, std::string_view part) {
    check(!clips.empty(), "make_split", corpus.name, ", ", split.name, ": no clip to ", part);
    for (int i : clips) {
      const Clip& clip = corpus.clips[static_cast<std::size_t>(i)];
      const std::string_view other = part_of.emplace(clip.speaker, part).first->second;
      check(other == part, "make_split", corpus.name, ", ", split.name, ": speaker ",
            clip.speaker_name, " is used to ", other, " and to ", part,
            "; expected each speaker in one part only");
    }
  };
  claim(split.train, "train");
  claim(split.validation, "validate");
  claim(split.test, "test");
}

}  // namespace

int fold_count(const Corpus& corpus) {
  if (has_split_column(corpus)) return 1;
  if (corpus.ravdess_actors) return static_cast<int>(paper_folds().size());
  return static_cast<int>(dealt_groups(corpus).size());
}

Split make_split(const Corpus& corpus, int fold) {
  const int folds = fold_count(corpus);
  check_usage(fold >= 0 && fold < folds, "make_split", corpus.name, ": expects a fold in 0..",
              folds - 1, ", got ", fold);
  const auto k = static_cast<std::size_t>(fold);
  Split split;
  if (has_split_column(corpus)) {
    split = split_by_column(corpus);
    split.name = "split column";
  } else if (corpus.ravdess_actors) {
    const PaperFold& paper = paper_folds()[k];
    split = split_by_speaker(corpus, paper.test, paper.validation);
    split.name = "fold " + std::to_string(fold) + " (test actors " + list(paper.test) +
                 ", validation " + list(paper.validation) + ")";
  } else {
    const auto groups = dealt_groups(corpus);
    split = split_by_speaker(corpus, groups[k], groups[(k + 1) % groups.size()]);
    split.name = "fold " + std::to_string(fold) + " of " + std::to_string(folds) + " by speaker";
  }
  check_parts(corpus, split);
  return split;
}

void check_several_classes(const Corpus& corpus, std::span<const int> clips) {
  std::set<int> labels;
  for (int i : clips) labels.insert(corpus.clips.at(static_cast<std::size_t>(i)).label);
  check(labels.size() != 1, "make_split", corpus.name, ": all ", clips.size(),
        " sounds to train on are of one class, \"",
        labels.empty() ? "" : corpus.class_names.at(static_cast<std::size_t>(*labels.begin())),
        "\"; expected at least two to tell apart");
}

void choose_by_test(Split& split, bool train_on_validation) {
  if (train_on_validation) {
    split.train.insert(split.train.end(), split.validation.begin(), split.validation.end());
    std::sort(split.train.begin(), split.train.end());
  }
  split.validation = split.test;
  const std::size_t validation = split.name.find(", validation ");
  if (validation == std::string::npos)
    split.name += ", the test speakers choose the epoch";
  else
    split.name = split.name.substr(0, validation) + ", who choose the epoch)";
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
