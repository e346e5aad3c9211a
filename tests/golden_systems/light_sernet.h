// Light-SERNet's and P-CNN's reference numbers, of any folder in the form of
// golden/systems/README.md.
#pragma once

#include <filesystem>
#include <vector>

#include "golden_systems/comparison.h"

namespace sonant {

// All arrays of lightsernet_*.npz and pcnn_*.npz, and of e2e.npz those of Light-SERNet, in double
// and in float with each row of the convolution's registry. Sizes and classes are those of the
// arrays. Nothing for a file that only holds what others begin with. Error for what is not in that
// form.
std::vector<SystemLine> check_light_sernet(const std::filesystem::path& folder,
                                           const std::filesystem::path& file);

}  // namespace sonant
