#include <sonant/train/config_settings.h>

#include <algorithm>
#include <array>

#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "config";

template <auto find>
AnySettings defaults_of(const std::string& name) {
  return find(name).settings;
}

template <auto names, auto find>
std::vector<std::pair<std::string, const AnySettings*>> rows_of() {
  std::vector<std::pair<std::string, const AnySettings*>> rows;
  for (const std::string& name : names()) rows.emplace_back(name, &find(name).settings);
  return rows;
}

std::vector<std::string> family_names() {
  std::vector<std::string> names;
  for (const Family& family : families()) names.push_back(family.name);
  return names;
}

constexpr std::array kFields{
    NamingField{"model", &TrainConfig::model, &TrainConfig::model_own,
                [](const std::string& name) { return model_spec(name).settings; },
                rows_of<family_names, find_family>},
    NamingField{"loss", &TrainConfig::loss, &TrainConfig::loss_own, defaults_of<find_loss>,
                rows_of<known_losses, find_loss>},
    NamingField{"optimizer", &TrainConfig::optimizer, &TrainConfig::optimizer_own,
                defaults_of<find_optimizer>, rows_of<known_optimizers, find_optimizer>},
    NamingField{"schedule", &TrainConfig::schedule, &TrainConfig::schedule_own,
                defaults_of<find_schedule>, rows_of<known_schedules, find_schedule>}};

std::string title_of(const TrainConfig& config) {
  ModelSpec spec = model_spec(config.model);
  spec.settings = config.model_own;
  return spec.title();
}

}  // namespace

std::span<const NamingField> naming_fields() { return kFields; }

ConfigSettings::ConfigSettings(TrainConfig& config) : config_(config) { fill(); }

void ConfigSettings::fill() {
  parts_ = {Settings(config_)};
  for (const NamingField& field : kFields) {
    AnySettings& its = config_.*field.own;
    const std::string& name = config_.*field.row;
    const AnySettings defaults = field.defaults(name);
    if (its.table().empty()) its = defaults;
    check_usage(its.table().data() == defaults.table().data(), kAt, field.name, " ", name,
                ": expects its own settings, got another one's");
    for (const Setting& row : its.table())
      check_usage(row.retired() || find(row.name) == nullptr || find(row.name)->retired(), kAt,
                  field.name, " ", name, " has a setting ", row.name,
                  ", which another part of a training has, too; expected another name");
    parts_.push_back(its.view());
  }
  const std::string given = config_.model;
  config_.model = title_of(config_);
  check_model_named(config_, given);
}

std::vector<const Setting*> ConfigSettings::rows() const {
  std::vector<const Setting*> rows;
  for (const Settings& part : parts_)
    for (const Setting& row : part.table())
      if (!row.retired()) rows.push_back(&row);
  return rows;
}

const Setting* ConfigSettings::find(std::string_view name) const {
  const Setting* retired = nullptr;
  for (const Settings& part : parts_)
    if (const Setting* row = part.find(name)) {
      if (!row->retired()) return row;
      retired = row;
    }
  return retired;
}

Settings ConfigSettings::part_of(const Setting& row) const {
  const auto part = std::ranges::find_if(parts_, [&](const Settings& its) {
    return std::ranges::any_of(its.table(), [&](const Setting& one) { return &one == &row; });
  });
  check(part != parts_.end(), kAt, "expects a row of its own, got another ", row.name);
  return *part;
}

std::vector<std::string> settings_in_name(const TrainConfig& config) {
  std::vector<std::string> names;
  for (const NamePart& part : find_family(model_spec(config.model).family).parts)
    names.push_back(part.setting);
  return names;
}

void ConfigSettings::set(const Setting& row, const Json& value) {
  const auto field = std::ranges::find(kFields, row.name, &NamingField::name);
  if (field != kFields.end()) {
    part_of(row).set(row, value);
    config_.*field->own = {};
  } else {
    for (const std::string& name : settings_in_name(config_))
      check_usage(name != row.name || row.allows(value), kAt, "expects ", row.name, " to be ",
                  row.expected(), ", got ", row.shown(value));
    part_of(row).set(row, value);
    config_.model = title_of(config_);
  }
  fill();
}

void ConfigSettings::check_ranges(const char* op) const {
  for (const Settings& part : parts_) check_settings(part, op);
}

bool ConfigSettings::names_row(std::string_view setting) {
  return std::ranges::count(kFields, setting, &NamingField::name) > 0;
}

std::string ConfigSettings::own_names() const {
  std::string text;
  for (const NamingField& field : kFields) {
    std::string names;
    for (const Setting& row : (config_.*field.own).table())
      if (!row.retired()) names += (names.empty() ? "" : ", ") + std::string(row.name);
    if (names.empty() && field.name != "model") continue;
    text += (text.empty() ? "" : "; ") + ("the " + std::string(field.name)) + " " +
            config_.*field.row + " has " + (names.empty() ? "none of its own" : names);
  }
  return text;
}

void check_model_named(const TrainConfig& config, const std::string& name) {
  const ModelSpec named = model_spec(name);
  check_usage(config.model == named.title() || named.family == name, kAt, "model ", name,
              " is named, and settings of ", config.model, " are given; expected one of them");
}

Json to_json(const TrainConfig& config) {
  TrainConfig filled = config;
  const ConfigSettings settings(filled);
  Json json = Json::object();
  for (const Setting* row : settings.rows()) json[row->name] = settings.get(*row);
  return json;
}

void from_json(TrainConfig& config, const Json& given) {
  try {
    const Json json = with_protocol(given);
    ConfigSettings settings(config);
    for (const bool naming : {true, false})
      for (const auto& [name, value] : json.items()) {
        if (ConfigSettings::names_row(name) != naming) continue;
        const Setting* row = settings.find(name);
        if (row == nullptr)
          throw JsonError("\"" + name + "\" is no setting that this version knows; " +
                          settings.own_names());
        if (row->retired()) continue;
        try {
          settings.set(*row, value);
        } catch (const JsonError&) {
          throw JsonError(name + " expects " + row->expected() + ", got " + value.dump());
        }
      }
    if (json.contains("model")) check_model_named(config, json.at("model"));
  } catch (const UsageError& error) {  // what a file is to blame for, not who reads it
    throw JsonError(error.what());
  }
}

bool TrainConfig::operator==(const TrainConfig& other) const {
  return to_json(*this) == to_json(other);
}

std::string first_difference(const TrainConfig& there, const TrainConfig& here,
                             const std::vector<std::string_view>& ignored) {
  const Json a = to_json(there), b = to_json(here);
  for (const auto& [name, value] : a.items())
    if (std::ranges::count(ignored, name) == 0 && (!b.contains(name) || b.at(name) != value))
      return name + ": " + value.dump() + " there, " +
             (b.contains(name) ? b.at(name).dump() : "nothing") + " here";
  return "";
}

}  // namespace sonant
