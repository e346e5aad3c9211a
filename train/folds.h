// Who trains, who chooses the best epoch and who judges it: docs/protocols.md. Unless the protocol
// says that it leaks, no speaker is ever in two of the three: a classifier that has heard a voice
// recognises the voice.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <sonant/audio/corpus.h>

namespace sonant {

// Indices into Corpus::clips, ascending.
struct Split {
  std::string name;  // "fold 0 (test actors 2 5 ...)", "fold 2 of 5 by speaker", "split column"
  std::vector<int> train, choose, test;
  std::string note = {};  // what has to be said with every figure: that `choose` is `test`, a leak

  bool chosen_by_test() const { return choose == test; }
};

// How many folds the corpus offers under its usual protocol (train/protocol.h).
int fold_count(const Corpus& corpus);

// The fold of that protocol. Error if there is no such fold, or for what checked_split() refuses.
Split make_split(const Corpus& corpus, int fold);

// Error if all these clips, which are to be learnt from, are of one class: whatever names it always
// would be judged perfect.
void check_several_classes(const Corpus& corpus, std::span<const int> clips);

// The test part chooses, too, and the note says so. Those who chose before train if
// `train_on_choose`, and are left out otherwise.
void choose_by_test(Split& split, bool train_on_choose);

// Names of the speakers of some clips, in the order of their numbers, each once.
std::vector<std::string> speakers_of(const Corpus& corpus, std::span<const int> clips);

}  // namespace sonant
