#include "support/run_again.h"

#include <cstdio>
#include <filesystem>

#include "support/catch.h"

namespace sonant::test {

std::string run_again(const std::string& environment, const std::string& test) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = "env -u OMP_NUM_THREADS -u SONANT_NUM_THREADS " + environment + " '" +
                              self + "' '" + test + "' 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  for (int c; (c = std::fgetc(pipe)) != EOF;) output += static_cast<char>(c);
  pclose(pipe);
  return output;
}

}  // namespace sonant::test
