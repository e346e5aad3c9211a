// Hyperparameters in a TOML file: one key for each setting (config_settings.h), under its own name.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <sonant/train/config.h>

namespace sonant {

// Sets what the file names but for the names in `keep`, and translates what version 0.1
// said of the protocol (with_protocol). Returns the names in the file. UsageError
// "PATH:LINE:COLUMN: ..." for what is no TOML, an unknown key or a value of the wrong type (ranges
// are left to TrainConfig::validate()); Error if the file cannot be read.
std::vector<std::string> read_config_file(const std::filesystem::path& path, TrainConfig& config,
                                          const std::set<std::string_view>& keep = {});

// The settings that a search or a person chooses, as such a file: all but fold, seed, kernel and
// check_finite. `comment` goes in front, line by line.
std::string config_to_toml(const TrainConfig& config, const std::string& comment);

}  // namespace sonant
