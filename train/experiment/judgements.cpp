#include <sonant/train/experiment/judgements.h>

#include <algorithm>

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

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

}  // namespace

std::string why_no_judgements(const CvResult& result) {
  if (result.seeds.empty()) return "no seed is finished";
  if (!watches_classes(result.config)) return "its figure is of numbers, not of classes";
  const auto& first = result.seeds.front();
  for (const CvSeed& seed : result.seeds) {
    if (seed.speakers.empty())
      return "its cv.json has no counts by speaker; its `sonant cv` command, given again, adds "
             "them "
             "without training";
    if (names_of(seed.speakers) != names_of(first.speakers))
      return "its seeds judge different speakers";
    for (std::size_t k = 0; k < first.speakers.size(); ++k)
      if (!same_utterances(seed.speakers[k].counts, first.speakers[k].counts))
        return "its seeds judge different utterances";
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
  for (const CvSeed& seed : result.seeds) {
    j.seeds.push_back(seed.seed);
    for (const SpeakerCounts& s : seed.speakers) j.counts.push_back(s.counts);
  }
  return j;
}

std::string why_not_comparable(const Judgements& there, const Judgements& here) {
  std::string why = differs("corpus", there.corpus, here.corpus);
  if (why.empty()) why = differs("protocol", there.protocol, here.protocol);
  if (why.empty()) why = differs("split", there.split, here.split);
  if (!why.empty()) return why;
  if (there.class_names != here.class_names) return "the classes are others";
  if (there.speakers != here.speakers) return "the speakers are others";
  for (std::size_t k = 0; k < there.speakers.size(); ++k)
    if (!same_utterances(there.counts[k], here.counts[k]))
      return "speaker " + printable(there.speakers[k]) + " has other utterances";
  return "";
}

PooledMeasure::PooledMeasure(const Judgements& j, Measure measure)
    : measure_(measure),
      classes_(j.class_names.size()),
      speakers_(j.speakers.size()),
      seeds_(j.seeds.size()) {
  check(seeds_ > 0 && speakers_ > 0 && j.counts.size() == seeds_ * speakers_, "PooledMeasure",
        "expects counts of every seed and speaker, got ", j.counts.size(), " of ", seeds_,
        " seeds and ", speakers_, " speakers");
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

double PooledMeasure::operator()(std::span<const int> weights) const {
  check(weights.size() == speakers_, "PooledMeasure", "expects a weight for each of ", speakers_,
        " speakers, got ", weights.size());
  std::vector<double> sums(3 * classes_);
  double mean = 0;
  for (std::size_t s = 0; s < seeds_; ++s)
    mean += of_seed(s, weights, sums) / static_cast<double>(seeds_);
  return mean;
}

double PooledMeasure::operator()() const { return (*this)(std::vector<int>(speakers_, 1)); }

}  // namespace sonant
