// What could make the last bits of a training differ between two machines.
#pragma once

#include <string>

namespace sonant {

struct Environment {
  std::string version, build, kernel, isa, blas;
  int threads = 0;
};
Environment this_environment();

// What could make the last bits differ, as "instruction set avx2 there, avx512 here"; "" if
// nothing.
std::string first_difference(const Environment& there, const Environment& here);

}  // namespace sonant
