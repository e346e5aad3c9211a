// An experiment as statistics sees it: how every speaker's utterances were judged, seed by seed.
// The speakers are what was sampled from the world: the utterances of one are alike.
// docs/statistics.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <sonant/train/experiment/cross_validation.h>

namespace sonant {

struct Judgements {
  std::string corpus, protocol, split;
  std::vector<std::string> class_names;
  std::vector<std::string> speakers;    // [K]
  std::vector<std::uint64_t> seeds;     // [S], those whose folds are all done
  std::vector<ConfusionMatrix> counts;  // [S*K], by seed, then by speaker
  // Of numbers there are pairs in their place, and the column that they are to be like.
  std::vector<NumberPairs> pairs = {};
  std::string column = {};
  bool of_classes() const { return pairs.empty(); }
};

// "" or why nothing can be said of these speakers, in one line: a result of before counts were kept
// by speaker, or no seed that is finished.
std::string why_no_judgements(const CvResult& result);
// Error with that line.
Judgements judgements_of(const CvResult& result);

// "" or why the two cannot be compared, in one line: other corpora, protocols or splits, or not the
// same utterances. `there` is named first.
std::string why_not_comparable(const Judgements& there, const Judgements& here);

// Metrics of metrics.h, of the same definitions.
enum class Measure { uar, accuracy, macro_f1, ccc };
// What a watched head is judged by: UAR, or CCC of numbers.
Measure figure_of(const Judgements& judgements);

// docs/statistics.md (2), (2'): the mean over the seeds of a measure of all speakers' pooled counts
// or pairs. Error for a measure of the other kind.
class PooledMeasure {
 public:
  PooledMeasure(const Judgements& judgements, Measure measure);
  // The speaker k is there weights[k] times. Classes that are then left with no utterance do not
  // count, as in compute_metrics().
  double operator()(std::span<const int> weights) const;
  double operator()() const;  // each once

 private:
  double of_seed(std::size_t seed, std::span<const int> weights, std::span<double> sums) const;
  double ccc_of_seed(std::size_t seed, std::span<const int> weights) const;

  Measure measure_;
  std::size_t classes_, speakers_, seeds_;
  std::vector<double> counts_;      // [S][K][3][C]: right, spoken, named
  std::vector<NumberPairs> pairs_;  // [S][K], of numbers
};

}  // namespace sonant
