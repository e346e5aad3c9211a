// The hyperparameters that a search may change, and in which ranges: a TOML file, or a space by
// name. docs/tuning.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sonant/train/config.h>
#include <sonant/train/search/distribution.h>

namespace sonant {

struct Hyperparameter {
  std::string name;  // of a setting: train/config_settings.h
  Distribution distribution;
  bool operator==(const Hyperparameter&) const = default;
};
using SearchSpace = std::vector<Hyperparameter>;  // sorted by name

// The spaces that come with Sonant: "notebook", as in the published notebook, and "slides", the
// narrower one of the talk (Krasnoproshin & Vashkevich 2026). As TOML; empty for another name.
std::string_view builtin_space(std::string_view name);
std::vector<std::string> builtin_space_names();

// One table for each hyperparameter:
//   [lr]
//   type = "log"            # float, log, int or categorical
//   low = 1e-5
//   high = 3e-2
// float and int may have a `step`; categorical has `choices`. Error, as where:line:column, for
// anything that is not that, for a name that `config`, what is not searched, and its rows do not
// have or that is no hyperparameter (fold, seed, ...), and for limits that validate() refuses.
SearchSpace parse_search_space(std::string_view toml, const std::string& where,
                               const TrainConfig& config = {});

// A built-in space by its name, without what the model does not have; else the file.
SearchSpace open_search_space(const std::string& name_or_file, const TrainConfig& config = {});

// `config` with every parameter set. Error for a number that is not of its distribution.
TrainConfig with_parameters(TrainConfig config, const SearchSpace& space,
                            const ParameterValues& parameters);

}  // namespace sonant
