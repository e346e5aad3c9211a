#include <sonant/core/usage.h>
#include <sonant/train/config.h>
#include <sonant/train/protocol.h>

#include <algorithm>
#include <map>
#include <set>

#include "support/catch.h"
#include "support/text.h"

using namespace sonant;
using Names = std::vector<std::string>;

namespace {

// Speakers 1 to n, two classes, four clips each; two speakers a session.
Corpus corpus_of(int speakers) {
  Corpus corpus;
  corpus.name = "own.csv";
  corpus.class_names = {"calm", "angry"};
  for (int i = 0; i < 4 * speakers; ++i) {
    Clip clip;
    clip.path = "clip" + std::to_string(i) + ".wav";
    clip.label = i % 2;
    clip.speaker = i / 4 + 1;
    clip.speaker_name = std::to_string(clip.speaker);
    clip.columns["session"] = std::to_string((clip.speaker + 1) / 2);
    corpus.clips.push_back(clip);
  }
  return corpus;
}

std::vector<Split> splits_of(const char* protocol, const Corpus& corpus, int folds = 0,
                             std::uint64_t seed = 1) {
  return make_splits(find_protocol(protocol), corpus, {.folds = folds, .seed = seed});
}

std::string refusal(const char* protocol, const Corpus& corpus, int folds = 0) {
  return test::refusal([&] { splits_of(protocol, corpus, folds); });
}

// Every clip is tested once, and each split has all of them.
void check_partition(const Corpus& corpus, const std::vector<Split>& splits) {
  std::vector<int> tested;
  for (const Split& split : splits) {
    INFO(split.name);
    std::vector<int> all = split.train;
    all.insert(all.end(), split.choose.begin(), split.choose.end());
    all.insert(all.end(), split.test.begin(), split.test.end());
    std::ranges::sort(all);
    CHECK(all.size() == corpus.clips.size());
    CHECK(std::ranges::adjacent_find(all) == all.end());
    CHECK(std::ranges::is_sorted(split.train));
    tested.insert(tested.end(), split.test.begin(), split.test.end());
  }
  std::ranges::sort(tested);
  CHECK(tested.size() == corpus.clips.size());
  CHECK(std::ranges::adjacent_find(tested) == tested.end());
}

}  // namespace

TEST_CASE("Every protocol has a row that says what it does and what it leaks", "[train]") {
  Names leaking;
  for (const Protocol* row : protocols()) {
    CHECK_FALSE(row->what.empty());
    if (!row->leaks.empty()) leaking.push_back(row->name);
    // Whoever lets the test part choose, or fits on all files, has learnt of those who judge.
    if (row->rules.chooser == Chooser::test ||
        row->rules.statistics == ProtocolRules::Statistics::all)
      CHECK_FALSE(row->leaks.empty());
  }
  CHECK(std::ranges::count(leaking, "random") == 1);
  CHECK(std::ranges::count(leaking, "speaker-folds") == 0);
  CHECK_THROWS_AS(find_protocol("loso"), UsageError);
  CHECK_THROWS_WITH(find_protocol("loso"), ContainsSubstring("leave-one-speaker-out, session-out"));
}

TEST_CASE("Files of version 0.1 call protocols by other names", "[train]") {
  CHECK(find_protocol("strict").name == "usual");
  CHECK(find_protocol("paper").name == "krasnoproshin2026");
  CHECK(find_protocol("oracle").name == "krasnoproshin2026-test-chooses");
  CHECK(find_protocol("no-validation").name == "krasnoproshin2026-test-chooses-rest-trains");
}

TEST_CASE("Speakers in as many folds as asked for", "[train]") {
  const Corpus corpus = corpus_of(12);
  for (int folds : {3, 4, 5, 12}) {
    const auto splits = splits_of("speaker-folds", corpus, folds);
    REQUIRE(std::ssize(splits) == folds);
    check_partition(corpus, splits);
    for (std::size_t k = 0; k < splits.size(); ++k) {
      CHECK(splits[k].choose == splits[(k + 1) % splits.size()].test);
      CHECK(splits[k].note.empty());
      CHECK_FALSE(splits[k].chosen_by_test());
    }
  }
  CHECK(splits_of("speaker-folds", corpus).size() == 5);
  CHECK(splits_of("speaker-folds", corpus_of(3)).size() == 3);
  CHECK_THROWS_AS(splits_of("speaker-folds", corpus, 13), UsageError);
  CHECK_THROWS_AS(splits_of("speaker-folds", corpus, 2), UsageError);
  CHECK_THAT(refusal("speaker-folds", corpus, 13),
             ContainsSubstring("expects 3 to 12 folds, for as many speakers, got 13"));
  CHECK_THAT(refusal("speaker-folds", corpus_of(2)), ContainsSubstring("at least 3 speakers"));
}

TEST_CASE("Where nobody chooses, all who do not judge train", "[train]") {
  Corpus corpus = corpus_of(12);
  const auto with_choosers = splits_of("speaker-folds", corpus, 4),
             splits = splits_of("rest-trains", corpus, 4);
  check_partition(corpus, splits);
  REQUIRE(splits.size() == with_choosers.size());
  for (std::size_t k = 0; k < splits.size(); ++k) {
    CHECK(splits[k].choose.empty());
    CHECK(splits[k].test == with_choosers[k].test);
    CHECK_FALSE(splits[k].chosen_by_test());
  }
  CHECK_THAT(refusal("screening", corpus), ContainsSubstring("has no published folds"));

  corpus.folds = {{{1, 2}, {3, 4}}, {{3, 4}, {5, 6}}, {{5, 6}, {1}}};
  for (Clip& clip : corpus.clips)
    clip.columns["gender"] = clip.speaker % 2 == 0 ? "female" : "male";
  const auto halves = splits_of("screening", corpus);
  REQUIRE(halves.size() == 2);  // of 4 6, 1 3 5, in turn
  CHECK(speakers_of(corpus, halves[0].test) == Names{"1", "4", "5"});
  CHECK(speakers_of(corpus, halves[1].test) == Names{"3", "6"});
  for (const Split& half : halves) {
    CHECK(half.choose.empty());
    CHECK(half.train.size() + half.test.size() == corpus.clips.size());
  }
  CHECK(halves[0].name == "screening 1 of 2 (test actors 1 4 5, all others train)");
}

TEST_CASE("A corpus' published folds are those of their number", "[train]") {
  Corpus corpus = corpus_of(6);
  corpus.folds = {{{1, 2}, {3}}, {{3, 4}, {5}}, {{5, 6}, {1}}};
  CHECK(splits_of("speaker-folds", corpus)[1].name == "fold 1 (test actors 3 4, chosen by 5)");
  CHECK(speakers_of(corpus, splits_of("speaker-folds", corpus, 3)[1].train) ==
        Names{"1", "2", "6"});
  CHECK(splits_of("speaker-folds", corpus, 6)[0].name == "fold 0 of 6 by speaker");
}

TEST_CASE("Each speaker or session out in turn", "[train]") {
  const Corpus corpus = corpus_of(12);
  const auto speakers = splits_of("leave-one-speaker-out", corpus);
  REQUIRE(speakers.size() == 12);
  check_partition(corpus, speakers);
  CHECK(speakers_of(corpus, speakers[1].test) == Names{"2"});  // not "10": they are numbers
  CHECK(speakers_of(corpus, speakers[11].choose) == Names{"1"});
  CHECK(speakers[1].name == "speaker 2 out, chosen by 3");
  const auto sessions = splits_of("session-out", corpus);
  REQUIRE(sessions.size() == 6);
  check_partition(corpus, sessions);
  CHECK(speakers_of(corpus, sessions[5].test) == Names{"11", "12"});
  CHECK(speakers_of(corpus, sessions[5].choose) == Names{"1", "2"});

  Corpus one = corpus;
  for (Clip& clip : one.clips) clip.columns["session"] = "1";
  CHECK_THAT(refusal("session-out", one), ContainsSubstring("have the same session, \"1\""));
  CHECK_THAT(refusal("session-out", corpus_of(4)),
             ContainsSubstring("at least 3 values of session (to train, choose and test), got 2"));
  one.clips[7].columns.clear();
  CHECK_THAT(refusal("session-out", one), ContainsSubstring("1 of 48 clips have no value of"));
  // A speaker who came twice.
  Corpus twice = corpus;
  twice.clips[0].columns["session"] = "6";
  CHECK_THAT(refusal("session-out", twice), ContainsSubstring("speaker 1 is used to"));
}

TEST_CASE("The columns fold and split say who is in which part", "[train]") {
  Corpus corpus = corpus_of(4);
  CHECK_THAT(refusal("column-fold", corpus), ContainsSubstring("has no column \"fold\""));
  CHECK_THAT(refusal("column-split", corpus), ContainsSubstring("has no column \"split\""));
  CHECK(usual_protocol(corpus).name == "speaker-folds");
  const char* parts[] = {"train", "train", "choose", "test"};
  for (Clip& clip : corpus.clips) {
    clip.columns["fold"] = std::to_string(std::min(clip.speaker, 3));
    clip.columns["split"] = parts[clip.speaker - 1];
  }
  CHECK(usual_protocol(corpus).name == "column-split");
  const auto folds = splits_of("column-fold", corpus);
  REQUIRE(folds.size() == 3);
  check_partition(corpus, folds);
  CHECK(speakers_of(corpus, folds[2].test) == Names{"3", "4"});
  const auto split = splits_of("column-split", corpus);
  REQUIRE(split.size() == 1);
  CHECK(speakers_of(corpus, split[0].choose) == Names{"3"});
  CHECK(speakers_of(corpus, split[0].train) == Names{"1", "2"});
}

TEST_CASE("Utterances at random: seeded, and marked as leaking", "[train]") {
  const Corpus corpus = corpus_of(8);
  const auto splits = splits_of("random", corpus, 4);
  REQUIRE(splits.size() == 4);
  check_partition(corpus, splits);
  CHECK_THAT(find_protocol("random").leaks, ContainsSubstring("learnt from"));
  CHECK(splits[0].test == splits_of("random", corpus, 4)[0].test);
  CHECK(splits[0].test != splits_of("random", corpus, 4, 2)[0].test);
  CHECK(splits_of("random", corpus).size() == 5);
  CHECK_THROWS_AS(splits_of("random", corpus, 33), UsageError);
  TrainConfig config;
  config.set("folds", 4);
  const auto by = [&] {
    return make_splits(find_protocol("random"), corpus, config.protocol_settings());
  };
  CHECK(by()[0].test == splits[0].test);  // as ever, if nobody says
  config.set("fold_seed", 2);
  CHECK(by()[0].test == splits_of("random", corpus, 4, 2)[0].test);
  CHECK_THROWS_WITH(splits_of("speaker-folds", corpus, 4, 2),
                    ContainsSubstring("speaker-folds deals nothing at random; expected no seed"));
}

TEST_CASE("The published protocol, and the two bounds on it", "[train]") {
  const Corpus corpus = corpus_of(10);
  const auto folds = splits_of("speaker-folds", corpus);
  const auto published = splits_of("krasnoproshin2026", corpus);
  const auto chosen = splits_of("krasnoproshin2026-test-chooses", corpus);
  const auto alone = splits_of("krasnoproshin2026-test-chooses-rest-trains", corpus);
  const ProtocolRules rules = find_protocol("krasnoproshin2026").rules;
  CHECK(rules.statistics == ProtocolRules::Statistics::all);
  CHECK(rules.padding == Padding::paper);
  REQUIRE(alone.size() == 5);
  for (std::size_t k = 0; k < 5; ++k) {
    CHECK(published[k].train == folds[k].train);
    CHECK(published[k].choose == folds[k].choose);
    CHECK(chosen[k].train == folds[k].train);
    CHECK(chosen[k].chosen_by_test());
    CHECK(chosen[k].test == folds[k].test);
    CHECK(alone[k].train.size() == folds[k].train.size() + folds[k].choose.size());
    CHECK(alone[k].chosen_by_test());
  }
  // Speakers are apart for these, too.
  Corpus leak = corpus;
  for (Clip& clip : leak.clips) clip.columns["split"] = clip.speaker < 8 ? "train" : "test";
  leak.clips[0].columns["split"] = "choose";
  CHECK_THAT(refusal("krasnoproshin2026", leak), ContainsSubstring("speaker 1 is used to"));
}

TEST_CASE("Light-SERNet's protocol: ten draws of a fifth, which choose", "[train]") {
  const Corpus corpus = corpus_of(8);
  const auto draws = splits_of("aftab2022", corpus);
  REQUIRE(draws.size() == 10);
  std::set<std::vector<int>> different;
  for (const Split& draw : draws) {
    CHECK(draw.chosen_by_test());
    CHECK(draw.train.size() + draw.test.size() == corpus.clips.size());
    CHECK(std::abs(5 * std::ssize(draw.test) - std::ssize(corpus.clips)) <= 10);
    std::set<int> all(draw.train.begin(), draw.train.end());
    all.insert(draw.test.begin(), draw.test.end());
    CHECK(all.size() == corpus.clips.size());
    different.insert(draw.test);
  }
  CHECK(different.size() > 5);  // of 45 pairs
  CHECK(draws[3].test == splits_of("aftab2022", corpus)[3].test);
  CHECK(draws[3].test != splits_of("aftab2022", corpus, 0, 2)[3].test);
  CHECK_THAT(find_protocol("aftab2022").leaks, ContainsSubstring("a bound, no estimate"));
  Corpus few = corpus;
  few.clips.resize(9);
  CHECK_THROWS_AS(splits_of("aftab2022", few), UsageError);
}

TEST_CASE("The A-LSTM's protocol: a session out, a tenth of the rest chooses", "[train]") {
  Corpus corpus = corpus_of(8);
  const auto splits = splits_of("tao2018", corpus);
  REQUIRE(splits.size() == 4);
  for (std::size_t k = 0; k < 4; ++k) {
    const Split& split = splits[k];
    const int first = 2 * static_cast<int>(k) + 1;
    CHECK(speakers_of(corpus, split.test) ==
          Names{std::to_string(first), std::to_string(first + 1)});
    const auto rest = split.train.size() + split.choose.size();
    CHECK(rest + split.test.size() == corpus.clips.size());
    CHECK(split.choose.size() == (rest + 9) / 10);
    CHECK(std::ranges::is_sorted(split.train));
    for (const int i : split.choose) CHECK(std::ranges::count(split.train, i) == 0);
  }
  CHECK(splits[1].choose != splits_of("tao2018", corpus, 0, 2)[1].choose);
  CHECK(find_protocol("tao2018").leaks.empty());
  // Those who judge are apart all the same.
  corpus.clips[0].columns["session"] = "4";
  CHECK_THAT(refusal("tao2018", corpus), ContainsSubstring("speaker 1 is used to"));
}

TEST_CASE("A class that is judged but never trained on is refused", "[train]") {
  Corpus corpus = corpus_of(5);
  corpus.class_names.push_back("glad");
  CHECK(splits_of("speaker-folds", corpus).size() == 5);  // of which there is no clip at all
  corpus.clips[0].label = 2;
  CHECK_THAT(refusal("speaker-folds", corpus),
             ContainsSubstring("the class \"glad\" is there to test, but not to train"));
}

TEST_CASE("A program adds a protocol of its own", "[train]") {
  const auto odd_and_even = [](const Corpus& corpus, const ProtocolSettings&) {
    Split split{.name = "even speakers out", .train = {}, .choose = {}, .test = {}};
    for (std::size_t i = 0; i < corpus.clips.size(); ++i) {
      const int speaker = corpus.clips[i].speaker;
      (speaker == 1       ? split.choose
       : speaker % 2 == 0 ? split.test
                          : split.train)
          .push_back(static_cast<int>(i));
    }
    return std::vector{split};
  };
  Protocol own{.name = "even-out",
               .what = "speakers with even numbers are tested on",
               .leaks = "",
               .rules = {},
               .splits = odd_and_even};
  register_protocol(own);
  const Corpus corpus = corpus_of(6);
  const auto splits = splits_of("even-out", corpus);
  CHECK(speakers_of(corpus, splits.at(0).test) == Names{"2", "4", "6"});
  CHECK_THROWS_AS(register_protocol(own), UsageError);
  own.name = "oracle";  // an old name is taken, too
  CHECK_THROWS_WITH(register_protocol(own), ContainsSubstring("already a protocol named"));

  // What a row of one's own gets wrong is found.
  const auto refused = [&](Protocol wrong, const std::vector<Split>& made) {
    wrong.splits = [made](const Corpus&, const ProtocolSettings&) { return made; };
    return test::refusal([&] { make_splits(wrong, corpus); });
  };
  const auto split = [](std::vector<int> train, std::vector<int> choose, std::vector<int> test) {
    return std::vector<Split>{{.name = "s", .train = train, .choose = choose, .test = test}};
  };
  own.rules = {};
  CHECK_THAT(refused(own, std::vector<Split>{}), ContainsSubstring("makes no split"));
  CHECK_THAT(refused(own, split({0, 1}, {}, {8, 9})), ContainsSubstring("no clip to choose"));
  CHECK_THAT(refused(own, split({0, 1}, {4, 5}, {2, 3})), ContainsSubstring("speaker 1 is used"));
  CHECK_THAT(refused(own, split({0, 1}, {8, 9}, {8, 9})), ContainsSubstring("clip8.wav is used"));
  own.rules.voices = ProtocolRules::Voices::shared;
  CHECK(refused(own, split({0, 1}, {4, 5}, {2, 3})).empty());
  CHECK_THAT(refused(own, split({0, 1}, {4, 5}, {1, 2})), ContainsSubstring("clip1.wav is used"));
  own.rules.chooser = Chooser::test;
  CHECK_THAT(refused(own, split({0, 1}, {4, 5}, {8, 9})), ContainsSubstring("to be the same"));
  CHECK(refused(own, split({0, 1}, {8, 9}, {8, 9})).empty());
}
