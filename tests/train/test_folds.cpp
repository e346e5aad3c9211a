#include <sonant/audio/corpora/ravdess.h>
#include <sonant/core/error.h>
#include <sonant/train/protocol.h>

#include <set>

#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sonant;

namespace {

// As the reader has them.
std::vector<SpeakerFold> published_folds() {
  const TempFolder empty;
  return read_ravdess(empty.path).folds;
}

Corpus corpus_of(const std::string& name, const std::vector<std::pair<int, char>>& speakers,
                 int clips_each) {
  Corpus corpus;
  corpus.name = name;
  if (name == "RAVDESS") corpus.folds = published_folds();
  corpus.class_names = {"calm", "angry"};
  for (const auto& [speaker, gender] : speakers) {
    for (int i = 0; i < clips_each; ++i) {
      Clip clip;
      clip.path = std::to_string(speaker) + "-" + std::to_string(i) + ".wav";
      clip.label = i % 2;
      clip.speaker = speaker;
      clip.speaker_name = std::to_string(speaker);
      if (gender != '?') clip.columns["gender"] = std::string(1, gender);
      corpus.clips.push_back(clip);
    }
  }
  return corpus;
}

Corpus ravdess() {
  std::vector<std::pair<int, char>> actors;
  for (int a = 1; a <= 24; ++a) actors.emplace_back(a, a % 2 ? 'm' : 'f');
  return corpus_of("RAVDESS", actors, 60);
}

Split split_of(const Corpus& corpus, int fold) {
  return make_split(usual_protocol(corpus), corpus, {}, fold);
}

int count_of(const Corpus& corpus) { return split_count(usual_protocol(corpus), corpus); }

std::set<int> speakers(const Corpus& corpus, const std::vector<int>& clips) {
  std::set<int> found;
  for (int i : clips) found.insert(corpus.clips[static_cast<std::size_t>(i)].speaker);
  return found;
}

}  // namespace

TEST_CASE("RAVDESS has the paper's five folds", "[train]") {
  const Corpus corpus = ravdess();
  REQUIRE(count_of(corpus) == 5);
  std::set<int> tested;
  for (int fold = 0; fold < 5; ++fold) {
    const Split split = split_of(corpus, fold);
    CHECK(split.train.size() == (fold == 4 ? 1080u : 1020u));
    CHECK(split.choose.size() == 120);
    CHECK(split.test.size() == (fold == 4 ? 240u : 300u));
    tested.merge(speakers(corpus, split.test));
  }
  CHECK(tested.size() == 24);  // every actor is tested exactly once
  CHECK(speakers(corpus, split_of(corpus, 0).test) == std::set<int>{2, 5, 14, 15, 16});
  CHECK(speakers(corpus, split_of(corpus, 3).test) == std::set<int>{8, 17, 21, 23, 24});
  CHECK(speakers(corpus, split_of(corpus, 3).choose) == std::set<int>{1, 14});
  CHECK(speakers_of(corpus, split_of(corpus, 4).test) ==
        std::vector<std::string>{"1", "4", "9", "22"});
  CHECK_THROWS_AS(split_of(corpus, 5), Error);
  CHECK_THROWS_AS(split_of(corpus, -1), Error);
}

TEST_CASE("A RAVDESS without some fold's actors is dealt anew, and that is said", "[train]") {
  const Corpus some = corpus_of("RAVDESS", {{1, 'm'}, {3, 'm'}, {6, 'f'}}, 4);
  REQUIRE(count_of(some) == 3);
  CHECK(speakers(some, split_of(some, 0).test) == std::set<int>{6});  // women come first
  CHECK(speakers(some, split_of(some, 0).choose) == std::set<int>{1});
  CHECK_THAT(split_of(some, 0).note, ContainsSubstring("speakers that are not there"));
  const Corpus seven = corpus_of(
      "RAVDESS", {{1, 'm'}, {2, 'f'}, {3, 'm'}, {4, 'f'}, {5, 'm'}, {6, 'f'}, {7, 'm'}}, 4);
  CHECK(count_of(seven) == 5);
  CHECK(split_of(ravdess(), 0).note.empty());
}

TEST_CASE("Other corpora: speakers dealt into groups, each tested once", "[train]") {
  const Corpus corpus = corpus_of("EMO-DB",
                                  {{3, 'm'},
                                   {8, 'f'},
                                   {9, 'f'},
                                   {10, 'm'},
                                   {11, 'm'},
                                   {12, 'm'},
                                   {13, 'f'},
                                   {14, 'f'},
                                   {15, 'm'},
                                   {16, 'f'}},
                                  6);
  REQUIRE(count_of(corpus) == 5);
  std::set<int> tested;
  for (int fold = 0; fold < 5; ++fold) {
    const Split split = split_of(corpus, fold);
    const auto test = speakers(corpus, split.test), dev = speakers(corpus, split.choose);
    CHECK(test.size() == 2);  // one woman, one man
    std::set<std::string> genders;
    for (int i : split.test)
      genders.insert(corpus.clips[static_cast<std::size_t>(i)].column("gender"));
    CHECK(genders == std::set<std::string>{"f", "m"});
    CHECK(dev == speakers(corpus, split_of(corpus, (fold + 1) % 5).test));
    CHECK(split.train.size() + split.choose.size() + split.test.size() == 60);
    tested.insert(test.begin(), test.end());
  }
  CHECK(tested.size() == 10);
  CHECK(count_of(corpus_of("few.csv", {{1, '?'}, {2, '?'}, {3, '?'}}, 1)) == 3);
  CHECK_THROWS_AS(count_of(corpus_of("two.csv", {{1, '?'}, {2, '?'}}, 1)), Error);
}

TEST_CASE("A manifest's split column is honoured, and its leaks are refused", "[train]") {
  Corpus corpus = corpus_of("speech.csv", {{1, '?'}, {2, '?'}, {3, '?'}, {4, '?'}}, 2);
  const char* words[] = {"train", "train", "dev", "test"};
  for (std::size_t i = 0; i < corpus.clips.size(); ++i)
    corpus.clips[i].columns["split"] = words[i / 2];
  CHECK(count_of(corpus) == 1);
  const Split split = split_of(corpus, 0);
  CHECK(split.train == std::vector<int>{0, 1, 2, 3});
  CHECK(split.choose == std::vector<int>{4, 5});
  CHECK(split.test == std::vector<int>{6, 7});
  CHECK_THROWS_AS(split_of(corpus, 1), Error);

  Corpus leak = corpus;
  leak.clips[1].columns["split"] = "test";
  CHECK_THROWS_WITH(split_of(leak, 0), ContainsSubstring("speaker 1 is used to train and to test"));
  Corpus gap = corpus;
  gap.clips[5].columns.erase("split");
  CHECK_THROWS_WITH(split_of(gap, 0), ContainsSubstring("3-1.wav"));
  Corpus untested = corpus;
  for (std::size_t i : {6, 7}) untested.clips[i].columns["split"] = "train";
  CHECK_THROWS_WITH(split_of(untested, 0), ContainsSubstring("no clip to test"));
}
