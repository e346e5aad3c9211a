// Intervals and comparisons of experiments with numbers, beside the same worked out from the pairs
// themselves, each speaker's repeated as often as he is drawn.
#include <sonant/core/file.h>
#include <sonant/core/json.h>
#include <sonant/train/experiment/results_table.h>
#include <sonant/train/report/report.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/text.h"
#include "train/sample_result.h"

using namespace sonant;
using namespace sonant::test;

namespace {

struct Raw {
  double y, x;
};
using Speakers = std::vector<std::vector<Raw>>;  // [K][utterances]
using Seeds = std::vector<Speakers>;

// Speaker k has 4 to 7 utterances, which are read with an offset and an error of his own. `voices`
// are who is asked, `answers` how they are judged.
Seeds made_pairs(int speakers, int seeds, double error, std::uint64_t voices,
                 std::uint64_t answers) {
  const Random who(voices, 1), how(answers, 2);
  std::uint64_t told = 0, drawn = 0;
  Seeds all(static_cast<std::size_t>(seeds));
  Speakers spoken;
  for (int k = 0; k < speakers; ++k) {
    auto& of_one = spoken.emplace_back();
    const double offset = 0.5 * who.normal(told++);
    for (int u = 0; u < 4 + k % 4; ++u) {
      const double y = who.normal(told++);
      of_one.push_back({y, y + offset});
    }
  }
  for (Speakers& seed : all) {
    seed = spoken;
    for (auto& of_one : seed)
      for (Raw& r : of_one) r.x = 0.7 * r.x + error * how.normal(drawn++);
  }
  return all;
}

Judgements judgements_from(const Seeds& raw) {
  Judgements j{"made", "strict", "5 folds by speaker", {}, {}, {}, {}};
  j.column = "valence";
  for (std::size_t k = 0; k < raw.front().size(); ++k) j.speakers.push_back(std::to_string(k + 1));
  for (const Speakers& seed : raw) {
    j.seeds.push_back(j.seeds.size() + 1);
    for (const auto& speaker : seed) {
      NumberPairs pairs;
      for (const Raw& r : speaker) pairs.add(r.y, r.x);
      j.pairs.push_back(pairs);
    }
  }
  return j;
}

// Lin's definition, in two passes over a list in which speaker k is weights[k] times.
double ccc_of(const Speakers& seed, std::span<const int> weights) {
  std::vector<Raw> all;
  for (std::size_t k = 0; k < seed.size(); ++k)
    for (int w = 0; w < weights[k]; ++w) all.insert(all.end(), seed[k].begin(), seed[k].end());
  const auto n = static_cast<double>(all.size());
  double my = 0, mx = 0, yy = 0, xx = 0, xy = 0;
  for (const Raw& r : all) my += r.y / n, mx += r.x / n;
  for (const Raw& r : all) {
    yy += (r.y - my) * (r.y - my) / n;
    xx += (r.x - mx) * (r.x - mx) / n;
    xy += (r.x - mx) * (r.y - my) / n;
  }
  return 2 * xy / (xx + yy + (mx - my) * (mx - my));
}

double ccc_of(const Seeds& raw, std::span<const int> weights) {
  double sum = 0;
  for (const Speakers& seed : raw) sum += ccc_of(seed, weights);
  return sum / static_cast<double>(raw.size());
}

CvResult result_of(const Seeds& raw) {
  const Judgements j = judgements_from(raw);
  CvResult r;
  r.config.model = "lstm-sa-h8";
  r.config.heads = "valence concordance";
  r.data = sample_result().data;
  r.data.corpus = j.corpus;
  r.data.split = j.split;
  CvHead head{.head = "valence", .of_classes = false};
  for (std::size_t s = 0; s < raw.size(); ++s) {
    CvSeed seed{j.seeds[s]};
    NumberPairs pooled;
    for (std::size_t k = 0; k < j.speakers.size(); ++k) {
      const NumberPairs& pairs = j.pairs[s * j.speakers.size() + k];
      seed.speakers.push_back({.speaker = j.speakers[k], .pairs = pairs});
      pooled.add(pairs);
    }
    head.pairs.push_back(pooled);
    head.figures.push_back(compute_metrics(pooled).ccc);
    r.seeds.push_back(seed);
  }
  r.figure = spread_of(head.figures);
  r.heads = {head};
  return r;
}

std::filesystem::path written(const TempFolder& folder, const std::string& name, CvResult result) {
  std::filesystem::create_directories(folder / name);
  write_file(folder / name / "cv.json", to_json(result), "test");
  return folder / name;
}

}  // namespace

TEST_CASE("Pairs that are there several times are joined as often", "[train][statistics]") {
  const Seeds raw = made_pairs(6, 3, 0.6, 1, 2);
  const PooledMeasure ccc(judgements_from(raw), Measure::ccc);
  for (const auto& weights :
       {std::vector{1, 1, 1, 1, 1, 1}, {0, 0, 6, 0, 0, 0}, {2, 0, 1, 0, 3, 0}, {0, 1, 1, 4, 0, 0}})
    CHECK(ccc(weights) == Approx(ccc_of(raw, weights)).epsilon(1e-12));
  CHECK(ccc() == Approx(ccc_of(raw, std::vector(6, 1))).epsilon(1e-12));
  NumberPairs three, times;
  for (int i = 0; i < 3; ++i) three.add(judgements_from(raw).pairs[1]);
  times.add(judgements_from(raw).pairs[1], 3);
  times.add(judgements_from(raw).pairs[0], 0);
  CHECK(times.count == three.count);
  CHECK(times.squares == Approx(three.squares));
  CHECK(times.distances == Approx(three.distances));
  CHECK_THROWS_WITH(times.add(three, -1), ContainsSubstring("times >= 0, got -1"));
  CHECK_THROWS_WITH(PooledMeasure(judgements_from(raw), Measure::uar),
                    ContainsSubstring("expects CCC of numbers"));
}

TEST_CASE("The interval of a CCC is that of the pairs themselves", "[train][statistics]") {
  const Seeds raw = made_pairs(5, 2, 0.6, 1, 2);
  const auto by_hand = [&](std::span<const int> weights) { return ccc_of(raw, weights); };
  const Interval i = interval_of(judgements_from(raw), Measure::ccc), hand = bootstrap(5, by_hand);
  CHECK(i.estimate == Approx(hand.estimate).epsilon(1e-12));
  CHECK(i.low == Approx(hand.low).epsilon(1e-12));
  CHECK(i.high == Approx(hand.high).epsilon(1e-12));
  CHECK(i.low < i.estimate);
  CHECK(i.estimate < i.high);
}

TEST_CASE("A comparison of CCCs leaves each speaker out in turn", "[train][statistics]") {
  const Seeds raw = made_pairs(8, 2, 0.4, 1, 2), other = made_pairs(8, 2, 0.9, 1, 3);
  const Judgements a = judgements_from(raw), b = judgements_from(other);
  const Comparison c = compare(a, b), back = compare(b, a);
  std::vector<int> weights(8, 1);
  const double all = ccc_of(raw, weights) - ccc_of(other, weights);
  CHECK(c.difference.estimate == Approx(all));
  const std::vector<double> d = speaker_contributions(a, b);
  int ahead = 0, as_far = 0;
  for (std::size_t k = 0; k < 8; ++k) {
    weights[k] = 0;
    const double left = ccc_of(raw, weights) - ccc_of(other, weights);
    CHECK(d[k] == Approx(all - 7.0 / 8 * left).epsilon(1e-9));
    ahead += all - 7.0 / 8 * left > 0;
    weights[k] = 1;
  }
  const double seen = std::accumulate(d.begin(), d.end(), 0.0);
  for (int pattern = 0; pattern < 256; ++pattern) {
    double sum = 0;
    for (int k = 0; k < 8; ++k)
      sum += (pattern >> k & 1) != 0 ? d[std::size_t(k)] : -d[std::size_t(k)];
    as_far += std::abs(sum) >= std::abs(seen) - 1e-12;
  }
  CHECK(c.test.p == as_far / 256.0);
  CHECK(c.speakers_ahead == ahead);
  CHECK(back.speakers_behind == ahead);
  CHECK(back.difference.low == -c.difference.high);
  CHECK(c.seeds_ahead == 2);
  CHECK(compare(a, a).test.p == 1);
  CHECK(compare(judgements_from(made_pairs(1, 1, 0.4, 1, 2)),
                judgements_from(made_pairs(1, 1, 0.9, 1, 3)))
            .test.p == 1);
}

TEST_CASE("Of equal CCCs one test in twenty finds a difference", "[train][statistics]") {
  constexpr int worlds = 600;
  int found = 0, found_better = 0, held = 0;
  for (std::uint64_t w = 0; w < worlds; ++w) {
    const Judgements a = judgements_from(made_pairs(20, 2, 0.8, w, 2000 + w)),
                     b = judgements_from(made_pairs(20, 2, 0.8, w, 5000 + w)),
                     better = judgements_from(made_pairs(20, 2, 0.4, w, 8000 + w));
    const Comparison c = compare(b, a, {.resamples = 199});
    found += c.test.p <= 0.05;
    held += c.difference.low <= 0 && 0 <= c.difference.high;
    found_better += compare(better, a, {.resamples = 39}).test.p <= 0.05;
  }
  INFO(found << ", " << found_better << ", " << held);
  CHECK(found > 0.03 * worlds);
  CHECK(found < 0.07 * worlds);
  CHECK(held > 0.89 * worlds);
  CHECK(held < 0.97 * worlds);
  CHECK(found_better > 0.9 * worlds);
}

TEST_CASE("Numbers that are not of the same utterances are not compared", "[train][statistics]") {
  const CvResult r = result_of(made_pairs(4, 2, 0.5, 1, 2));
  REQUIRE(why_no_judgements(r).empty());
  const Judgements a = judgements_of(r);
  CHECK(a.pairs == judgements_from(made_pairs(4, 2, 0.5, 1, 2)).pairs);
  CHECK(a.column == "valence");
  const auto why = [&](auto change) {
    Judgements b = a;
    change(b);
    return why_not_comparable(a, b);
  };
  CHECK(why([](Judgements&) {}) == "");
  CHECK(why([](Judgements& b) { b.pairs[1].mean_x += 1; }) == "");
  CHECK(why([](Judgements& b) { b.pairs[1].mean_y += 1e-14; }) == "");
  CHECK(why([](Judgements& b) { b.pairs[1].mean_y += 1; }) == "speaker 2 has other utterances");
  CHECK(why([](Judgements& b) { ++b.pairs[1].count; }) == "speaker 2 has other utterances");
  CHECK(why([](Judgements& b) { b.column = "arousal"; }) == "column valence there, arousal here");
  CHECK(why([](Judgements& b) { b.pairs.clear(); }) ==
        "one figure is of classes, the other of numbers");
  CvResult other = r;
  other.seeds[1].speakers[0].pairs.mean_y += 1;
  CHECK_THAT(why_no_judgements(other), ContainsSubstring("different utterances"));
  other = r;
  other.seeds[1].speakers[0].pairs.xx = std::nan("");
  CHECK_THAT(why_no_judgements(other), ContainsSubstring("no finite numbers"));
  for (CvSeed& seed : other.seeds) seed.speakers.clear();  // a file of before
  CHECK_THAT(why_no_judgements(cv_from_json(to_json(other), "test")),
             ContainsSubstring("without training"));
}

TEST_CASE("Tables and pages have the intervals of CCCs", "[train][statistics]") {
  const TempFolder folder;
  const Seeds raw = made_pairs(12, 2, 0.4, 1, 2), worse = made_pairs(12, 2, 0.9, 1, 3);
  std::vector<std::filesystem::path> unfinished;
  const auto a = written(folder, "a", result_of(worse)), b = written(folder, "b", result_of(raw));
  std::vector<TableRow> rows = read_results({a, b}, unfinished);
  compare_rows(rows, {});
  const Interval i = interval_of(judgements_from(raw), Measure::ccc);
  REQUIRE(rows[1].interval);
  CHECK(rows[1].interval->low == i.low);
  REQUIRE(rows[1].comparison);
  const std::string text = results_table(rows, TableFormat::text, false);
  CHECK(has(text, "CCC less that of " + a.native()));
  CHECK_FALSE(has(text, "UAR less"));
  CHECK(has(table_notes(rows).front(), "CCC: of the pooled predictions"));
  const Json one = Json::parse(results_table(rows, TableFormat::json, false)).at("runs").at(1);
  CHECK(one.at("ccc").at("interval").at("low").get<double>() == i.low);
  CHECK(one.at("comparison").at("ccc_difference").get<double>() ==
        rows[1].comparison->difference.estimate);
  CHECK_FALSE(one.contains("accuracy"));
  CHECK(has(results_table(rows, TableFormat::csv, false), ",ccc\r\n"));

  const std::string page = html_report(rows[0].result, {}, {rows[1]});
  CHECK(has(page, "95\u00a0% interval"));
  CHECK(has(page, "CCC of each speaker's utterances"));
  CHECK(has(page, "Each CCC less that of this page's experiment"));
  CHECK_FALSE(has(page, "No intervals"));
}
