// A recipe in a TOML file: one key for each setting of the training (config_settings.h), under its
// own name, and those of the features in a table:
//
//   lr = 0.001
//   [features]
//   front_end = "log-mel"
//   n_mels = 40
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sonant/audio/features.h>
#include <sonant/train/config.h>

namespace sonant {

// Sets what the file names but for the names in `keep`, and translates what version 0.1
// said of the protocol (with_protocol). Returns the names in the file. UsageError
// "PATH:LINE:COLUMN: ..." for what is no TOML, an unknown key or a value of the wrong type (ranges
// are left to TrainConfig::validate()); Error if the file cannot be read.
std::vector<std::string> read_config_file(const std::filesystem::path& path, TrainConfig& config,
                                          const std::set<std::string_view>& keep = {});

// What its table [features] says, with defaults for what it does not; nothing if there is none.
// UsageError with the place for a front end or a key that is not known.
std::optional<FeatureSettings> read_config_features(const std::filesystem::path& path);

// The settings that a search or a person chooses, as such a file: all but fold, seed, kernel and
// check_finite, and the features if they are not the usual ones. `comment` goes in front, line by
// line.
std::string config_to_toml(const TrainConfig& config, const std::string& comment,
                           const FeatureSettings& features = {});

}  // namespace sonant
