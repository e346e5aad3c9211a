#include <algorithm>
#include <string>
#include <utility>

#include <sonant/core/text.h>
#include <sonant/core/usage.h>
#include <sonant/train/protocols/rows.h>

namespace sonant {
namespace {

using Speakers = std::set<int>;

// Speakers dealt in turn into groups, women and men spread evenly.
std::vector<Speakers> dealt_groups(const Corpus& corpus, int folds) {
  std::set<std::pair<std::string, int>> sorted;
  for (const Clip& clip : corpus.clips) sorted.emplace(clip.column("gender"), clip.speaker);
  Speakers distinct;
  std::vector<int> order;
  for (const auto& [gender, speaker] : sorted) {
    if (distinct.insert(speaker).second) order.push_back(speaker);
  }
  check(order.size() >= 3, "make_split", corpus.name,
        ": expects at least 3 speakers (to train, choose and test), got ", order.size());
  check_usage(folds == 0 || (folds >= 3 && folds <= std::ssize(order)), "make_split", corpus.name,
              ": expects 3 to ", order.size(), " folds, for as many speakers, got ", folds);
  const std::size_t wanted = folds == 0 ? 5 : static_cast<std::size_t>(folds);
  std::vector<Speakers> groups(std::min(wanted, order.size()));
  for (std::size_t i = 0; i < order.size(); ++i) groups[i % groups.size()].insert(order[i]);
  return groups;
}

std::vector<int> speaker_of_clip(const Corpus& corpus) {
  std::vector<int> speakers;
  for (const Clip& clip : corpus.clips) speakers.push_back(clip.speaker);
  return speakers;
}

std::string list(const std::vector<int>& speakers) {
  return joined(speakers, " ", [](int s) { return std::to_string(s); });
}

std::vector<Split> published_folds(const Corpus& corpus) {
  const std::vector<int> speakers = speaker_of_clip(corpus);
  std::vector<Split> splits;
  for (const SpeakerFold& fold : corpus.folds) {
    splits.push_back(split_by_value(speakers, {fold.test.begin(), fold.test.end()},
                                    {fold.choose.begin(), fold.choose.end()}));
    splits.back().name = "fold " + std::to_string(splits.size() - 1) + " (test actors " +
                         list(fold.test) + ", chosen by " + list(fold.choose) + ")";
  }
  return splits;
}

// Some of the speakers alone may leave a part without any.
bool complete(const std::vector<Split>& splits) {
  return std::ranges::none_of(splits, [](const Split& split) {
    return split.train.empty() || split.choose.empty() || split.test.empty();
  });
}

std::vector<Split> folds_by_speaker(const Corpus& corpus, const ProtocolSettings& settings) {
  std::string note;
  if (!corpus.folds.empty() &&
      (settings.folds == 0 || settings.folds == std::ssize(corpus.folds))) {
    std::vector<Split> published = published_folds(corpus);
    if (complete(published)) return published;
    note = corpus.name + "'s published folds need speakers that are not there: they are dealt anew";
  }
  const std::vector<int> speakers = speaker_of_clip(corpus);
  const std::vector<Speakers> groups = dealt_groups(corpus, settings.folds);
  std::vector<Split> splits;
  for (std::size_t k = 0; k < groups.size(); ++k) {
    splits.push_back(split_by_value(speakers, groups[k], groups[(k + 1) % groups.size()]));
    splits.back().name =
        "fold " + std::to_string(k) + " of " + std::to_string(groups.size()) + " by speaker";
    splits.back().note = note;
  }
  return splits;
}

// Those who would choose train, too.
std::vector<Split> folds_that_rest_trains(const Corpus& corpus, const ProtocolSettings& settings) {
  std::vector<Split> splits = folds_by_speaker(corpus, settings);
  for (Split& split : splits) {
    split.train.insert(split.train.end(), split.choose.begin(), split.choose.end());
    std::ranges::sort(split.train);
    split.choose.clear();
    const std::size_t chosen = split.name.find(", chosen by ");
    if (chosen != std::string::npos)
      split.name.replace(chosen, split.name.find(')', chosen) - chosen, ", all others train");
  }
  return splits;
}

// Two halves of the speakers who choose in the published folds, women and men spread evenly.
std::vector<Split> screening_halves(const Corpus& corpus, const ProtocolSettings&) {
  Speakers choosing;
  for (const SpeakerFold& fold : corpus.folds)
    choosing.insert(fold.choose.begin(), fold.choose.end());
  check(!choosing.empty(), "make_split", corpus.name,
        ": has no published folds; expected another protocol than screening");
  std::set<std::pair<std::string, int>> sorted;
  for (const Clip& clip : corpus.clips)
    if (choosing.contains(clip.speaker)) sorted.emplace(clip.column("gender"), clip.speaker);
  Speakers halves[2];
  std::size_t next = 0;
  for (const auto& [gender, speaker] : sorted) halves[next++ % 2].insert(speaker);
  std::vector<Split> splits;
  for (const Speakers& half : halves) {
    splits.push_back(split_by_value(speaker_of_clip(corpus), half, {}));
    splits.back().name = "screening " + std::to_string(splits.size()) + " of 2 (test actors " +
                         list({half.begin(), half.end()}) + ", all others train)";
  }
  return splits;
}

}  // namespace

Split split_by_value(const std::vector<int>& value_of_clip, const std::set<int>& test,
                     const std::set<int>& choose) {
  Split split;
  for (std::size_t i = 0; i < value_of_clip.size(); ++i) {
    const int value = value_of_clip[i];
    auto& part = test.contains(value)     ? split.test
                 : choose.contains(value) ? split.choose
                                          : split.train;
    part.push_back(static_cast<int>(i));
  }
  return split;
}

Protocol usual() {
  return {.name = "usual",
          .what = "what the corpus' column split or fold says, or else speaker-folds",
          .leaks = "",
          .rules = {},
          .splits = usual_splits,
          .takes_folds = true};
}

Protocol speaker_folds() {
  return {.name = "speaker-folds",
          .what = "K groups of speakers: each is tested on once, the next one chooses the epoch",
          .leaks = "",
          .rules = {},
          .splits = folds_by_speaker,
          .takes_folds = true};
}

Protocol rest_trains() {
  return {.name = "rest-trains",
          .what = "speaker-folds, and those who would choose train: the last epoch is kept",
          .leaks = "",
          .rules = {.chooser = Chooser::nobody, .search = Chooser::nobody},
          .splits = folds_that_rest_trains,
          .takes_folds = true};
}

Protocol screening() {
  return {.name = "screening",
          .what =
              "half of those who choose in published folds are tested on, all others train: "
              "what a recipe is chosen by, before the folds are looked at",
          .leaks = "",
          .rules = {.chooser = Chooser::nobody, .search = Chooser::test},
          .splits = screening_halves};
}

}  // namespace sonant
