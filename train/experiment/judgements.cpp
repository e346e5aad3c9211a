#include <sonant/train/experiment/judgements.h>

#include <algorithm>
#include <cmath>

#include <sonant/core/error.h>
#include <sonant/core/text.h>

namespace sonant {
namespace {

std::vector<std::string> names_of(const std::vector<SpeakerCounts>& speakers) {
  std::vector<std::string> names;
  for (const SpeakerCounts& s : speakers) names.push_back(s.speaker);
  return names;
}

std::string differs(const char* what, const std::string& there, const std::string& here) {
  if (there == here) return "";
  return std::string(what) + " " + printable(there) + " there, " + printable(here) + " here";
}

bool same_utterances(const ConfusionMatrix& a, const ConfusionMatrix& b) {
  if (a.classes() != b.classes()) return false;
  for (int label = 0; label < a.classes(); ++label)
    if (a.labelled(label) != b.labelled(label)) return false;
  return true;
}

// Truths that were added in another order have other last bits.
bool about(double a, double b) { return std::abs(a - b) <= 1e-9 * (1 + std::abs(a)); }

bool same_utterances(const NumberPairs& a, const NumberPairs& b) {
  return a.count == b.count && about(a.mean_y, b.mean_y) && about(a.yy, b.yy);
}

bool same_utterances(const SpeakerCounts& a, const SpeakerCounts& b) {
  return same_utterances(a.counts, b.counts) && same_utterances(a.pairs, b.pairs);
}

bool finite(const NumberPairs& p) { return std::isfinite(p.mean_x) && std::isfinite(p.xx); }

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

}  // namespace

std::string why_no_judgements(const CvResult& result) {
  if (result.seeds.empty()) return "no seed is finished";
  const auto& first = result.seeds.front();
  for (const CvSeed& seed : result.seeds) {
    if (seed.speakers.empty())
      return "its cv.json has no counts by speaker; its `sonant cv` command, given again, adds "
             "them without training";
    if (names_of(seed.speakers) != names_of(first.speakers))
      return "its seeds judge different speakers";
    for (std::size_t k = 0; k < first.speakers.size(); ++k) {
      if (!same_utterances(first.speakers[k], seed.speakers[k]))
        return "its seeds judge different utterances";
      if (!finite(seed.speakers[k].pairs)) return "its answers are no finite numbers";
    }
  }
  return "";
}

Judgements judgements_of(const CvResult& result) {
  const std::string why_not = why_no_judgements(result);
  check(why_not.empty(), "judgements_of", result.data.corpus, ": expected counts by speaker, but ",
        why_not);
  Judgements j{result.data.corpus,
               result.data.protocol,
               result.data.split,
               result.heads.empty() ? result.data.class_names : result.heads.front().class_names,
               names_of(result.seeds.front().speakers),
               {},
               {}};
  const bool classes = watches_classes(result.config);
  if (!classes) j.column = result.config.task().watched_one().column;
  for (const CvSeed& seed : result.seeds) {
    j.seeds.push_back(seed.seed);
    for (const SpeakerCounts& s : seed.speakers) {
      if (classes)
        j.counts.push_back(s.counts);
      else
        j.pairs.push_back(s.pairs);
    }
  }
  return j;
}

std::string why_not_comparable(const Judgements& there, const Judgements& here) {
  std::string why = differs("corpus", there.corpus, here.corpus);
  if (why.empty()) why = differs("protocol", there.protocol, here.protocol);
  if (why.empty()) why = differs("split", there.split, here.split);
  if (!why.empty()) return why;
  if (there.of_classes() != here.of_classes())
    return "one figure is of classes, the other of numbers";
  if (there.class_names != here.class_names) return "the classes are others";
  why = differs("column", there.column, here.column);
  if (!why.empty()) return why;
  if (there.speakers != here.speakers) return "the speakers are others";
  for (std::size_t k = 0; k < there.speakers.size(); ++k)
    if (there.of_classes() ? !same_utterances(there.counts[k], here.counts[k])
                           : !same_utterances(there.pairs[k], here.pairs[k]))
      return "speaker " + printable(there.speakers[k]) + " has other utterances";
  return "";
}

Measure figure_of(const Judgements& j) { return j.of_classes() ? Measure::uar : Measure::ccc; }

PooledMeasure::PooledMeasure(const Judgements& j, Measure measure)
    : measure_(measure),
      classes_(j.class_names.size()),
      speakers_(j.speakers.size()),
      seeds_(j.seeds.size()),
      pairs_(j.pairs) {
  const std::size_t given = j.of_classes() ? j.counts.size() : j.pairs.size();
  check(seeds_ > 0 && speakers_ > 0 && given == seeds_ * speakers_, "PooledMeasure",
        "expects counts of every seed and speaker, got ", given, " of ", seeds_, " seeds and ",
        speakers_, " speakers");
  check(j.of_classes() == (measure != Measure::ccc), "PooledMeasure", "expects ",
        j.of_classes() ? "a measure of classes, got CCC" : "CCC of numbers, got one of classes");
  for (const ConfusionMatrix& m : j.counts) {
    check(m.classes() == static_cast<int>(classes_), "PooledMeasure", "expects counts of ",
          classes_, " classes, got ", m.classes());
    for (int c = 0; c < m.classes(); ++c) counts_.push_back(static_cast<double>(m(c, c)));
    for (int c = 0; c < m.classes(); ++c) counts_.push_back(static_cast<double>(m.labelled(c)));
    for (int c = 0; c < m.classes(); ++c) counts_.push_back(static_cast<double>(m.predicted(c)));
  }
}

// Counts are whole numbers, so their sums are exact whatever the order.
double PooledMeasure::of_seed(std::size_t seed, std::span<const int> weights,
                              std::span<double> sums) const {
  const std::size_t width = 3 * classes_;
  std::fill(sums.begin(), sums.end(), 0.0);
  for (std::size_t k = 0; k < speakers_; ++k) {
    const double weight = weights[k];
    const double* counts = counts_.data() + (seed * speakers_ + k) * width;
    if (weight > 0)
      for (std::size_t i = 0; i < width; ++i) sums[i] += weight * counts[i];
  }
  const std::span<const double> right = sums.first(classes_), spoken = sums.subspan(classes_),
                                named = sums.subspan(2 * classes_);
  double sum = 0, count = 0;
  for (std::size_t c = 0; c < classes_; ++c) {
    switch (measure_) {
      case Measure::ccc:  // of numbers alone
        break;
      case Measure::uar:
        sum += ratio(right[c], spoken[c]), count += spoken[c] > 0;
        break;
      case Measure::accuracy:
        sum += right[c], count += spoken[c];
        break;
      case Measure::macro_f1:
        sum += ratio(2 * right[c], spoken[c] + named[c]);
        count += spoken[c] + named[c] > 0;
        break;
    }
  }
  return ratio(sum, count);
}

double PooledMeasure::ccc_of_seed(std::size_t seed, std::span<const int> weights) const {
  NumberPairs pooled;
  for (std::size_t k = 0; k < speakers_; ++k) pooled.add(pairs_[seed * speakers_ + k], weights[k]);
  return compute_metrics(pooled).ccc;
}

double PooledMeasure::operator()(std::span<const int> weights) const {
  check(weights.size() == speakers_, "PooledMeasure", "expects a weight for each of ", speakers_,
        " speakers, got ", weights.size());
  std::vector<double> sums(3 * classes_);
  double mean = 0;
  for (std::size_t s = 0; s < seeds_; ++s)
    mean += (pairs_.empty() ? of_seed(s, weights, sums) : ccc_of_seed(s, weights)) /
            static_cast<double>(seeds_);
  return mean;
}

double PooledMeasure::operator()() const { return (*this)(std::vector<int>(speakers_, 1)); }

}  // namespace sonant
