// Krasnoproshin & Vashkevich 2026, as their notebook does it. docs/protocols.md
#include <algorithm>

#include <sonant/train/protocols/rows.h>

namespace sonant {
namespace {

constexpr ProtocolRules kRules{.statistics = ProtocolRules::Statistics::all,
                               .padding = Padding::paper,
                               .search = Chooser::test};

void choose_by_test(Split& split, bool train_on_choose) {
  if (train_on_choose) {
    split.train.insert(split.train.end(), split.choose.begin(), split.choose.end());
    std::sort(split.train.begin(), split.train.end());
  }
  split.choose = split.test;
  const std::size_t chosen = split.name.find(", chosen by ");
  if (chosen == std::string::npos)
    split.name += ", the test speakers choose the epoch";
  else
    split.name.replace(chosen, split.name.find(')', chosen) - chosen, ", who choose the epoch");
}

Protocol chosen_by_test(std::string name, std::string what, bool train_on_choose) {
  ProtocolRules rules = kRules;
  rules.chooser = Chooser::test;
  const auto splits = [=](const Corpus& corpus, const ProtocolSettings& settings) {
    std::vector<Split> all = usual_splits(corpus, settings);
    for (Split& split : all) choose_by_test(split, train_on_choose);
    return all;
  };
  return {.name = std::move(name),
          .what = std::move(what),
          .leaks = "the test speakers choose the epoch: a bound, no estimate",
          .rules = rules,
          .splits = splits,
          .takes_folds = true};
}

}  // namespace

Protocol krasnoproshin2026() {
  return {.name = "krasnoproshin2026",
          .what = "as published: folds by speaker, statistics of all files, padding that is seen",
          .leaks = "the features' mean and deviation are of all files, the test speakers' included",
          .rules = kRules,
          .splits = usual_splits,
          .takes_folds = true};
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
