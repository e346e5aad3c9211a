// Aftab et al. 2022 (Light-SERNet), as the paper's code did it. docs/protocols.md
#include <string>

#include <sonant/core/usage.h>
#include <sonant/train/protocols/rows.h>

namespace sonant {
namespace {

constexpr int kGroups = 10;
constexpr std::uint64_t kStream = 0x6166746162;  // "aftab"

// Ten groups of utterances at random; in each of ten rounds a random pair of groups judges.
std::vector<Split> random_pairs(const Corpus& corpus, const ProtocolSettings& settings) {
  const auto clips = static_cast<int>(corpus.clips.size());
  check_usage(clips >= kGroups, "make_split", corpus.name, ": expects at least ", kGroups,
              " clips, for as many groups, got ", clips);
  const std::vector<int> group_of = deal_at_random(corpus, kGroups, Random(settings.seed, kStream));
  std::vector<Split> splits;
  for (std::uint64_t round = 0; round < kGroups; ++round) {
    const std::vector<int> groups = Random(settings.seed, kStream + 1 + round).permutation(kGroups);
    Split split = split_by_value(group_of, {groups[0], groups[1]}, {});
    split.choose = split.test;
    split.name = "draw " + std::to_string(round) + " of " + std::to_string(kGroups) +
                 " at random (speakers shared, the test part chooses the epoch)";
    splits.push_back(std::move(split));
  }
  return splits;
}

}  // namespace

Protocol aftab2022() {
  return {.name = "aftab2022",
          .what = "as published: ten random draws of a fifth, which chooses the epoch, too",
          .leaks =
              "the voices that judge were learnt from, and the test part chooses the epoch: a "
              "bound, no estimate",
          .rules = {.chooser = Chooser::test,
                    .search = Chooser::test,
                    .voices = ProtocolRules::Voices::shared},
          .splits = random_pairs,
          .takes_seed = true};
}

}  // namespace sonant
