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

}  // namespace sonant
