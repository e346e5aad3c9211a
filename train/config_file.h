// Hyperparameters in a TOML file: one key for each field of TrainConfig, under its own name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sonant/train/config.h>

namespace sonant {

// Sets the fields that the file names, and `protocol` (apply_protocol) before them. Returns the
// names of the fields set. UsageError "PATH:LINE:COLUMN: ..." for what is no TOML, an unknown key
// or a value of the wrong type (ranges are left to TrainConfig::validate()); Error if the file
// cannot be read.
std::vector<std::string> read_config_file(const std::filesystem::path& path, TrainConfig& config);

// The fields that a search or a person chooses, as such a file: all but fold, seed, kernel and
// check_finite. `comment` goes in front, line by line.
std::string config_to_toml(const TrainConfig& config, const std::string& comment);

}  // namespace sonant
