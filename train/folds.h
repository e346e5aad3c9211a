// Who trains, who chooses the best epoch and who judges it. No speaker is ever in two of the three:
// a classifier that has heard a voice recognises the voice. docs/training.md.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <sonant/audio/corpus.h>

namespace sonant {

// Indices into Corpus::clips, ascending.
struct Split {
  std::string name;  // "fold 0 (test actors 2 5 ...)", "fold 2 of 5 by speaker", "split column"
  std::vector<int> train, validation, test;
};

// How many folds the corpus offers:
//   a manifest with a column `split`: 1, what the column says;
//   RAVDESS (and the synthetic corpus): 5, those of the paper (Krasnoproshin & Vashkevich 2026):
//   test actors {2,5,14,15,16}
//     {3,6,7,13,18} {10,11,12,19,20} {8,17,21,23,24} {1,4,9,22}, validation {3,6} {10,11} {8,17}
//     {1,14} {2,5}, all others train;
//   anything else: the speakers, sorted by gender and number, are dealt in turn into 5 groups (one
//     each if they are fewer, at least 3); fold k is tested on group k, validated on group k+1.
int fold_count(const Corpus& corpus);

// Error if there is no such fold, if one of the three parts is empty (some speakers are missing),
// or if the split column is incomplete, has another word than train, validation (val, dev), test,
// or puts one speaker into two parts.
Split make_split(const Corpus& corpus, int fold);

// Error if all these clips, which are to be learnt from, are of one class: whatever names it always
// would be judged perfect.
void check_several_classes(const Corpus& corpus, std::span<const int> clips);

// The test part chooses, too: it takes the place of the validation part, whose speakers train if
// `train_on_validation` and are left out otherwise. The split's name says so.
void choose_by_test(Split& split, bool train_on_validation);

// Names of the speakers of some clips, in the order of their numbers, each once.
std::vector<std::string> speakers_of(const Corpus& corpus, std::span<const int> clips);

}  // namespace sonant
