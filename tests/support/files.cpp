#include "support/files.h"

#include <cstdlib>

#include "support/catch.h"

namespace sonant::test {
namespace fs = std::filesystem;

fs::path test_dir() { return SONANT_TEST_DIR; }
fs::path shared_dir() { return SONANT_SHARED_DIR; }

fs::path golden(const std::string& name) { return test_dir() / "golden" / name; }

fs::path shared_golden(const std::string& name) {
  const fs::path path = shared_dir() / "golden" / name;
  if (fs::exists(path)) return path;
  WARN("skipped: there is no " << path.native());
  return {};
}

std::string quoted(const fs::path& path) {
  std::string text = "'";
  for (const char c : path.native()) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string python_with(const std::string& module) {
  // The distribution's Python first: another one on the PATH may lack the distribution's modules.
  for (const std::string python : {"/usr/bin/python3", "python3"})
    if (std::system((python + " -c 'import " + module + "' 2>/dev/null").c_str()) == 0)
      return python;
  WARN("skipped: no Python has the module " << module);
  SUCCEED("a test that is skipped is no test without assertions");
  return {};
}

}  // namespace sonant::test
