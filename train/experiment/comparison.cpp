#include <sonant/train/experiment/comparison.h>

#include <algorithm>

#include <sonant/core/error.h>

namespace sonant {
namespace {

// [K][C]: how many of speaker k's utterances of class c are named rightly, mean over the seeds.
std::vector<double> mean_right(const Judgements& j) {
  const std::size_t classes = j.class_names.size(), speakers = j.speakers.size();
  std::vector<double> right(speakers * classes);
  for (std::size_t i = 0; i < j.counts.size(); ++i) {
    for (std::size_t c = 0; c < classes; ++c) {
      const int k = static_cast<int>(c);
      right[i % speakers * classes + c] +=
          static_cast<double>(j.counts[i](k, k)) / static_cast<double>(j.seeds.size());
    }
  }
  return right;
}

std::vector<double> figure_by_seed(const Judgements& j) {
  std::vector<double> all;
  Judgements one = j;
  const auto of_seed = [&](const auto& list, std::size_t s) {
    const auto begin = list.begin() + static_cast<std::ptrdiff_t>(s * j.speakers.size());
    return std::vector(begin, begin + std::ssize(j.speakers));
  };
  for (std::size_t s = 0; s < j.seeds.size(); ++s) {
    one.seeds = {j.seeds[s]};
    if (j.of_classes())
      one.counts = of_seed(j.counts, s);
    else
      one.pairs = of_seed(j.pairs, s);
    all.push_back(PooledMeasure(one, figure_of(one))());
  }
  return all;
}

// docs/statistics.md (6'): a CCC is no sum over speakers, so each is left out in turn.
std::vector<double> pseudo_values(const Judgements& a, const Judgements& b) {
  const PooledMeasure ours(a, Measure::ccc), theirs(b, Measure::ccc);
  const std::size_t speakers = a.speakers.size();
  const double share = static_cast<double>(speakers - 1) / static_cast<double>(speakers);
  std::vector<int> weights(speakers, 1);
  const double all = ours(weights) - theirs(weights);
  std::vector<double> values;
  for (int& weight : weights) {
    weight = 0;
    values.push_back(all - share * (ours(weights) - theirs(weights)));
    weight = 1;
  }
  return values;
}

}  // namespace

Interval interval_of(const Judgements& judgements, Measure measure,
                     const BootstrapOptions& options) {
  const PooledMeasure statistic(judgements, measure);
  return bootstrap(
      static_cast<int>(judgements.speakers.size()),
      [&](std::span<const int> weights) { return statistic(weights); }, options);
}

std::vector<double> speaker_contributions(const Judgements& a, const Judgements& b) {
  const std::string why = why_not_comparable(b, a);
  check(why.empty(), "compare", "expects two experiments on the same utterances: ", why);
  if (!a.of_classes()) return pseudo_values(a, b);
  const std::size_t classes = a.class_names.size();
  std::vector<double> spoken(classes);
  for (std::size_t k = 0; k < a.speakers.size(); ++k)
    for (std::size_t c = 0; c < classes; ++c)
      spoken[c] += static_cast<double>(a.counts[k].labelled(static_cast<int>(c)));
  const auto occurring = static_cast<double>(
      std::count_if(spoken.begin(), spoken.end(), [](double n) { return n > 0; }));
  const std::vector<double> ours = mean_right(a), theirs = mean_right(b);
  std::vector<double> contributions(a.speakers.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const std::size_t k = i / classes, c = i % classes;
    if (spoken[c] > 0) contributions[k] += (ours[i] - theirs[i]) / (spoken[c] * occurring);
  }
  return contributions;
}

Comparison compare(const Judgements& judgements, const Judgements& baseline,
                   const BootstrapOptions& options) {
  Comparison result;
  const std::vector<double> contributions = speaker_contributions(judgements, baseline);
  const PooledMeasure ours(judgements, figure_of(judgements)),
      theirs(baseline, figure_of(baseline));
  result.difference = bootstrap(
      static_cast<int>(judgements.speakers.size()),
      [&](std::span<const int> weights) { return ours(weights) - theirs(weights); }, options);
  result.test = sign_flip_test(contributions);
  result.p_holm = result.test.p;
  constexpr double nothing = 1e-12;  // an utterance is more
  for (double d : contributions) {
    result.speakers_ahead += d > nothing;
    result.speakers_behind += d < -nothing;
  }
  result.seeds = static_cast<int>(judgements.seeds.size());
  result.baseline_seeds = static_cast<int>(baseline.seeds.size());
  result.same_seeds = judgements.seeds == baseline.seeds;
  if (!result.same_seeds) return result;
  const std::vector<double> a = figure_by_seed(judgements), b = figure_by_seed(baseline);
  for (std::size_t s = 0; s < a.size(); ++s) result.seeds_ahead += a[s] > b[s] + nothing;
  return result;
}

}  // namespace sonant
