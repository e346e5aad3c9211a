// Krasnoproshin & Vashkevich 2026, as their notebook does it. docs/protocols.md
#include <sonant/train/protocols/rows.h>

namespace sonant {
namespace {

constexpr ProtocolRules kRules{.statistics = ProtocolRules::Statistics::all,
                               .padding = Padding::paper};

// Checked before anything is changed: no speaker is in two of their parts.
std::vector<Split> usual_splits(const Corpus& corpus, const ProtocolSettings& settings) {
  return make_splits(usual_protocol(corpus), corpus, settings);
}

Protocol chosen_by_test(std::string name, std::string what, bool train_on_choose) {
  ProtocolRules rules = kRules;
  rules.chooser = ProtocolRules::Chooser::test;
  const auto splits = [=](const Corpus& corpus, const ProtocolSettings& settings) {
    std::vector<Split> all = usual_splits(corpus, settings);
    for (Split& split : all) choose_by_test(split, train_on_choose);
    return all;
  };
  return {.name = std::move(name),
          .what = std::move(what),
          .leaks = "the test speakers choose the epoch: a bound, no estimate",
          .rules = rules,
          .splits = splits};
}

}  // namespace

Protocol krasnoproshin2026() {
  return {.name = "krasnoproshin2026",
          .what = "as published: folds by speaker, statistics of all files, padding that is seen",
          .leaks = "the features' mean and deviation are of all files, the test speakers' included",
          .rules = kRules,
          .splits = usual_splits};
}

Protocol krasnoproshin2026_test_chooses() {
  return chosen_by_test("krasnoproshin2026-test-chooses",
                        "as krasnoproshin2026, and the test speakers choose the epoch", false);
}

Protocol krasnoproshin2026_test_chooses_rest_trains() {
  return chosen_by_test("krasnoproshin2026-test-chooses-rest-trains",
                        "as krasnoproshin2026-test-chooses, and all other speakers train", true);
}

}  // namespace sonant
