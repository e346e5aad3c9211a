// Tao & Liu 2018 (A-LSTM): a man and a woman judge, a tenth of the rest chooses. Which two is not
// known; here it is each session's in turn, so that who judges has talked to nobody who trains.
// docs/protocols.md
#include <algorithm>
#include <string>

#include <sonant/train/protocols/rows.h>

namespace sonant {
namespace {

constexpr std::uint64_t kStream = 0x74616f;  // "tao"

std::vector<Split> a_tenth_chooses(const Corpus& corpus, const ProtocolSettings& settings) {
  std::vector<Split> splits = leave_one_out(corpus, "session");
  for (std::size_t k = 0; k < splits.size(); ++k) {
    Split& split = splits[k];
    std::vector<int> rest = split.train;
    rest.insert(rest.end(), split.choose.begin(), split.choose.end());
    std::sort(rest.begin(), rest.end());
    const auto n = static_cast<int>(rest.size());
    const std::vector<int> order = Random(settings.seed, kStream + k).permutation(n);
    split.train.clear();
    split.choose.clear();
    for (int i = 0; i < n; ++i)
      (i < (n + 9) / 10 ? split.choose : split.train)
          .push_back(rest[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]);
    std::sort(split.train.begin(), split.train.end());
    std::sort(split.choose.begin(), split.choose.end());
    split.name = split.name.substr(0, split.name.find(", chosen by ")) +
                 ", a tenth of the others, at random, chooses";
  }
  return splits;
}

}  // namespace

Protocol tao2018() {
  return {.name = "tao2018",
          .what =
              "each value of the column `session` is tested on once, a tenth of the rest, at "
              "random, chooses",
          .leaks = {},
          .rules = {.voices = ProtocolRules::Voices::test_apart},
          .splits = a_tenth_chooses,
          .takes_seed = true};
}

}  // namespace sonant
