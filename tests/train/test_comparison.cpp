#include <sonant/train/experiment/comparison.h>

#include <cmath>

#include "support/catch.h"
#include "train/made_judgements.h"

using namespace sonant;
using namespace sonant::test;

namespace {

CvResult result_of(const Judgements& j) {
  CvResult r;
  r.data.corpus = j.corpus;
  r.data.class_names = j.class_names;
  for (std::size_t s = 0; s < j.seeds.size(); ++s) {
    CvSeed seed{j.seeds[s]};
    for (std::size_t k = 0; k < j.speakers.size(); ++k)
      seed.speakers.push_back({j.speakers[k], j.counts[s * j.speakers.size() + k]});
    r.seeds.push_back(seed);
  }
  return r;
}

}  // namespace

TEST_CASE("Speakers are pairs, and seeds where both have the same", "[train][statistics]") {
  const World world{.speakers = 10, .seeds = 3};
  const Judgements a = made_judgements(world, 1, 2);
  Judgements b = made_judgements(world, 1, 3);
  const Comparison self = compare(a, a);
  CHECK(self.difference.estimate == 0);
  CHECK(self.difference.low == 0);
  CHECK(self.difference.high == 0);
  CHECK(self.test.p == 1);
  CHECK(self.speakers_ahead + self.speakers_behind + self.seeds_ahead == 0);
  const Comparison ab = compare(a, b), ba = compare(b, a);
  CHECK(ab.difference.estimate == -ba.difference.estimate);
  CHECK(ab.difference.low == -ba.difference.high);
  CHECK(ab.test.p == ba.test.p);
  CHECK(ab.speakers_ahead == ba.speakers_behind);
  CHECK(ab.speakers_ahead + ab.speakers_behind <= 10);
  CHECK(ab.same_seeds);
  CHECK(ab.seeds_ahead + ba.seeds_ahead == 3);
  // Pairing counts: the same voices differ less than two of them do.
  const Interval of_a = interval_of(a, Measure::uar);
  CHECK(ab.difference.high - ab.difference.low < 1.42 * (of_a.high - of_a.low));
  b.seeds.pop_back();
  b.counts.resize(20);
  const Comparison fewer = compare(a, b);
  CHECK_FALSE(fewer.same_seeds);
  CHECK(fewer.seeds == 3);
  CHECK(fewer.baseline_seeds == 2);
}

TEST_CASE("One speaker gives a difference, but neither interval nor small p",
          "[train][statistics]") {
  const World world{.speakers = 1};
  const Comparison c = compare(made_judgements(world, 1, 2), made_judgements(world, 1, 7));
  CHECK(c.difference.estimate != 0);
  CHECK(std::isnan(c.difference.low));
  CHECK(c.test.p == 1);
}

TEST_CASE("What is not about the same utterances is not compared", "[train][statistics]") {
  const World world{.speakers = 4};
  const Judgements a = made_judgements(world, 1, 2);
  const auto refused = [&](const std::string& part, auto change) {
    Judgements b = a;
    change(b);
    CHECK_THAT(why_not_comparable(a, b), ContainsSubstring(part));
    CHECK_THROWS_WITH(compare(b, a), ContainsSubstring(part));
  };
  CHECK(why_not_comparable(a, a).empty());
  refused("corpus made there, other here", [](Judgements& b) { b.corpus = "other"; });
  refused("protocol strict there, paper here", [](Judgements& b) { b.protocol = "paper"; });
  refused("split 5 folds by speaker there", [](Judgements& b) { b.split = "1 split"; });
  refused("classes", [](Judgements& b) { b.class_names[0] = "x"; });
  refused("speakers are others", [](Judgements& b) { b.speakers[0] = "x"; });
  refused("speaker 2 has other utterances", [](Judgements& b) { b.counts[1].add(0, 0); });
}

TEST_CASE("What has no counts by speaker says so", "[train][statistics]") {
  const Judgements j = made_judgements({.speakers = 3, .seeds = 2}, 1, 2);
  CvResult r = result_of(j);
  CHECK(why_no_judgements(r).empty());
  CHECK(judgements_of(r).counts == j.counts);
  CHECK(judgements_of(r).speakers == j.speakers);
  CvResult other = r;
  other.seeds[1].speakers[0].speaker = "x";
  CHECK_THAT(why_no_judgements(other), ContainsSubstring("different speakers"));
  other = r;
  other.seeds[1].speakers[0].counts.add(0, 0);
  CHECK_THAT(why_no_judgements(other), ContainsSubstring("different utterances"));
  other.seeds[1].speakers.clear();
  CHECK_THAT(why_no_judgements(other), ContainsSubstring("without training"));
  other.seeds.clear();
  CHECK_THAT(why_no_judgements(other), ContainsSubstring("no seed is finished"));
  CHECK_THROWS_WITH(judgements_of(other), ContainsSubstring("no seed is finished"));
}
