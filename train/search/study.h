// A search for hyperparameters and all its trials, as they stand in an SQLite file with the schema
// of Optuna 3: optuna.load_study() opens what we write, and we read and continue what it wrote.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sonant/train/search/distribution.h>

namespace sonant {

enum class TrialState { running, complete, pruned, fail, waiting };
std::string_view to_text(TrialState state);  // "RUNNING", ... as Optuna stores it

using Attributes = std::map<std::string, std::string>;  // key -> JSON

struct Trial {
  int number = 0;  // from 0
  TrialState state = TrialState::running;
  ParameterValues parameters;
  std::map<std::string, Distribution> distributions;  // of these parameters
  std::optional<double> value;                        // complete; pruned: the last intermediate one
  std::map<int, double> intermediate;                 // step -> value; may be NaN
  std::string started, completed;                     // local time, "2026-11-21 12:00:00.000000"
  Attributes user, system;

  bool finished() const { return state != TrialState::running && state != TrialState::waiting; }
};

struct Study {
  std::string name;
  bool maximize = true;
  Attributes user, system;
  std::vector<Trial> trials;  // trials[i].number == i

  const Trial* best() const;  // complete, the first of equals; null if there is none
  int count(TrialState state) const;
};

// Reads a study; the only one in the file if `name` is empty. Trusts nothing. Error, naming the
// file, if it is missing, empty, damaged or something else, if there is no such study, or if the
// study has several objectives.
Study read_study(const std::filesystem::path& file, const std::string& name = "");
std::vector<std::string> study_names(const std::filesystem::path& file);

// The same from the bytes of a database.
Study parse_study(std::span<const std::byte> bytes, const std::string& where,
                  const std::string& name = "");

// "FILE" or "FILE#NAME", as a person types it.
Study open_study(const std::string& file_and_name);

}  // namespace sonant
