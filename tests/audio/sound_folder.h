// A folder with files that look like sounds from outside, for the tests of corpora.
#pragma once

#include <sonant/core/error.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/temp_folder.h"

namespace sonant::test {

class SoundFolder {
 public:
  std::filesystem::path put(const std::string& name,
                            const std::string& content = "RIFF....WAVE") const {
    const std::filesystem::path file = folder_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }
  const std::filesystem::path& path() const { return folder_.path; }

 private:
  TempFolder folder_;
};

}  // namespace sonant::test
