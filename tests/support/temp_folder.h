// A folder of the test's own, gone with it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

struct TempFolder {
  std::filesystem::path path;

  TempFolder() {
    // Not named by the process: another one with its number may have been killed and left its own.
    std::string name = std::filesystem::temp_directory_path() / "sonant_test_";
    name.append(6, 'X');  // for mkdtemp to fill in
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error(name + ": cannot be made");
    path = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { std::filesystem::remove_all(path); }

  std::filesystem::path operator/(const std::filesystem::path& name) const { return path / name; }
};
