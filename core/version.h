// What this build is.
#pragma once

#include <string>

namespace sonant {

std::string version();     // "0.1.0"
std::string build_info();  // compiler, standard library and flags, one line

}  // namespace sonant
