// A study with the keys of its rows, for whoever writes to it. For .cpp files only.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <sonant/train/search/sqlite_body.h>
#include <sonant/train/search/study.h>

namespace sonant {

struct StoredStudy {
  Study study;
  std::int64_t id = 0;
  std::vector<std::int64_t> ids;  // of the trials, by number
};

// The study of that name, if there is one. Error if the file is no study.
std::optional<StoredStudy> read_stored(Database& db, const std::string& name);

}  // namespace sonant
