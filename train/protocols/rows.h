// The rows of protocols(): one function a protocol, one file a way to split.
#pragma once

#include <set>

#include <sonant/core/random.h>
#include <sonant/train/protocol.h>

namespace sonant {

Protocol usual();                  // usual_protocol() of each corpus
Protocol speaker_folds();          // K groups of speakers
Protocol rest_trains();            // the same, and nobody chooses: all others train
Protocol screening();              // judged by those who choose in published folds
Protocol leave_one_speaker_out();  // each speaker in turn
Protocol session_out();            // each value of the column `session`
Protocol column_fold();            // each value of the column `fold`
Protocol column_split();           // what the column `split` says
Protocol random_folds();           // utterances at random: leaks

// Krasnoproshin & Vashkevich 2026, and the two bounds on it.
Protocol krasnoproshin2026();
Protocol krasnoproshin2026_test_chooses();
Protocol krasnoproshin2026_test_chooses_rest_trains();

Protocol aftab2022();  // Light-SERNet's: random draws, chosen by the test part
Protocol tao2018();    // the A-LSTM's: a session out, a tenth of the rest chooses

// The splits of usual_protocol().
std::vector<Split> usual_splits(const Corpus& corpus, const ProtocolSettings& settings);

// Each clip's group, 0 to groups - 1, in groups of equal size but for one clip.
std::vector<int> deal_at_random(const Corpus& corpus, int groups, const Random& random);

// Clips whose value is in `test` judge, those in `choose` choose, all others train.
Split split_by_value(const std::vector<int>& value_of_clip, const std::set<int>& test,
                     const std::set<int>& choose);

// Each value of a column is tested on in turn, and the next one chooses. Numbers are in their own
// order, else it is that of the words. Error for fewer than three.
std::vector<Split> leave_one_out(const Corpus& corpus, const std::string& column);

}  // namespace sonant
