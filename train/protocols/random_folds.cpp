#include <algorithm>
#include <string>

#include <sonant/core/usage.h>
#include <sonant/train/protocols/rows.h>

namespace sonant {
namespace {

constexpr std::uint64_t kStream = 0x666f6c64;  // of its own, whatever else uses the seed

std::vector<Split> dealt_at_random(const Corpus& corpus, const ProtocolSettings& settings) {
  const int folds = settings.folds == 0 ? 5 : settings.folds;
  const auto clips = static_cast<int>(corpus.clips.size());
  check_usage(folds >= 3 && folds <= clips, "make_split", corpus.name, ": expects 3 to ", clips,
              " folds, for as many clips, got ", folds);
  const std::vector<int> fold_of = deal_at_random(corpus, folds, Random(settings.seed, kStream));
  std::vector<Split> splits;
  for (int k = 0; k < folds; ++k) {
    splits.push_back(split_by_value(fold_of, {k}, {(k + 1) % folds}));
    splits.back().name = "fold " + std::to_string(k) + " of " + std::to_string(folds) +
                         " at random (speakers shared)";
  }
  return splits;
}

}  // namespace

std::vector<int> deal_at_random(const Corpus& corpus, int groups, const Random& random) {
  const std::vector<int> order = random.permutation(static_cast<int>(corpus.clips.size()));
  std::vector<int> group_of(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    group_of[static_cast<std::size_t>(order[i])] = static_cast<int>(i) % groups;
  return group_of;
}

Protocol random_folds() {
  return {.name = "random",
          .what = "K groups of utterances at random: each is tested on once, the next one chooses",
          .leaks = "utterances were dealt at random: the voices that judge were learnt from",
          .rules = {.voices = ProtocolRules::Voices::shared},
          .splits = dealt_at_random,
          .takes_folds = true,
          .takes_seed = true};
}

}  // namespace sonant
