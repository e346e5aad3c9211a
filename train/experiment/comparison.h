// Two experiments on the same utterances: is one better, by how much, and for whom?
#pragma once

#include <sonant/train/experiment/judgements.h>
#include <sonant/train/statistics/bootstrap.h>
#include <sonant/train/statistics/sign_flip.h>

namespace sonant {

// The interval of a measure, by speaker: the seeds stay as they are. docs/statistics.md (4).
Interval interval_of(const Judgements& judgements, Measure measure,
                     const BootstrapOptions& options = {});

struct Comparison {
  Interval difference;  // mean figure less the baseline's; a draw of speakers is the same for both
  SignFlipTest test;    // of the speakers' contributions to it
  double p_holm = 1;    // test.p, corrected for all that were compared with the baseline
  int speakers_ahead = 0, speakers_behind = 0;
  int seeds = 0, baseline_seeds = 0;
  bool same_seeds = false;  // then seeds are pairs, too:
  int seeds_ahead = 0;      // whose figure is above the baseline's with that seed
};

// docs/statistics.md (6), (6'): what each speaker adds to the difference of the mean UARs or CCCs.
std::vector<double> speaker_contributions(const Judgements& judgements, const Judgements& baseline);

// Error with why_not_comparable(), if they are not.
Comparison compare(const Judgements& judgements, const Judgements& baseline,
                   const BootstrapOptions& options = {});

}  // namespace sonant
