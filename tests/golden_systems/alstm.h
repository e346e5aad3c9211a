// The A-LSTM's reference numbers, of any folder in the form of golden/systems/README.md.
#pragma once

#include <filesystem>
#include <vector>

#include "golden_systems/comparison.h"

namespace sonant {

// All arrays of alstm_*.npz, and of e2e.npz those of the A-LSTM, in double and float with each
// row of the kernel's registry. Sizes, lengths, classes are those of the arrays; what is switched
// stands at the end of the file's name, as offsets_1_2. Nothing for a file that only holds what
// others begin with. Error for what is not in that form.
std::vector<SystemLine> check_alstm(const std::filesystem::path& folder,
                                    const std::filesystem::path& file);

}  // namespace sonant
