// This test program once more, in a process of its own.
#pragma once

#include <string>

namespace sonant::test {

// What the program prints, stderr included, when it is started with `environment` ("NAME=value ..."
// for env) and runs the one test case `test`, which may be hidden.
std::string run_again(const std::string& environment, const std::string& test);

}  // namespace sonant::test
