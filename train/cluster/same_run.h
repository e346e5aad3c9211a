// What ranks must have in common, or else their results would drift apart without a word.
#pragma once

#include <string>

#include <sonant/train/checkpoint.h>
#include <sonant/train/cluster/communicator.h>

namespace sonant {

// Program, arithmetic, settings, data, and where the training is. Error, the same one on all ranks,
// that names the first rank that differs from rank 0, its host, and in what.
void check_same_run(Communicator& ranks, const TrainState& state);
// Likewise for weights alone. when: "after epoch 3".
void check_same_weights(Communicator& ranks, const std::string& hash, const std::string& when);

std::string host_name();

}  // namespace sonant
