// The front ends' reference numbers, of any folder in the form of golden/systems/README.md.
#pragma once

#include <filesystem>
#include <vector>

#include "golden_systems/comparison.h"

namespace sonant {

// All arrays of frontend_*.npz and features36_*.npz. Error for what is not in that form.
std::vector<SystemLine> check_front_ends(const std::filesystem::path& folder,
                                         const std::filesystem::path& file);

}  // namespace sonant
