// All settings of a recipe as one table: the fields of TrainConfig, then those that the rows it
// names (model family, loss, optimizer, schedule) have of their own. Command line, files, searches
// and reports go by this.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sonant/train/config.h>

namespace sonant {

// A field that names a row of a registry, of which each may have settings of its own.
struct NamingField {
  std::string_view name;  // "model"
  std::string TrainConfig::*row;
  AnySettings TrainConfig::*own;
  AnySettings (*defaults)(const std::string& row);
  // All that there are, with their defaults.
  std::vector<std::pair<std::string, const AnySettings*>> (*rows)();
};
std::span<const NamingField> naming_fields();

// Of the model's own settings those that its name says.
std::vector<std::string> settings_in_name(const TrainConfig& config);

class ConfigSettings {
 public:
  // Fills in the rows' settings where `config`, which must outlive this, has none. UsageError for a
  // row that there is not, for settings of another one, for a model's name that says something
  // else than they do, and for a name that two tables have.
  explicit ConfigSettings(TrainConfig& config);

  std::vector<const Setting*> rows() const;          // but for those that are retired
  const Setting* find(std::string_view name) const;  // nullptr if there is none
  Json get(const Setting& row) const { return part_of(row).get(row); }
  // A setting that names a row brings this row's own settings, so it is set before these. Those
  // that stand in a model's name change the name. JsonError for a value of another kind, UsageError
  // for one that is to stand in a name and is out of its range.
  void set(const Setting& row, const Json& value);
  void check_ranges(const char* op) const;  // every value is in its range

  static bool names_row(std::string_view setting);  // is a NamingField
  // "the model mine has width, depth": for messages about a name that nobody has.
  std::string own_names() const;

 private:
  void fill();
  Settings part_of(const Setting& row) const;

  TrainConfig& config_;
  std::vector<Settings> parts_;
};

// UsageError if a file or a command line that names a model "reslstm-sa-h32" sets `hidden` to
// something else as well.
void check_model_named(const TrainConfig& config, const std::string& name);

}  // namespace sonant
