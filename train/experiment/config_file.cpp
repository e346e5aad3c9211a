#include <sonant/train/experiment/config_file.h>

#include <algorithm>
#include <sstream>

#include <toml++/toml.h>

#include <sonant/core/file.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>
#include <sonant/train/config_settings.h>
#include <sonant/train/protocol.h>

namespace sonant {
namespace {

constexpr const char* kAt = "config";
constexpr const char* kFeatures = "features";

std::string place(const std::filesystem::path& path, const toml::source_region& source) {
  return path.native() + ":" + std::to_string(source.begin.line) + ":" +
         std::to_string(source.begin.column);
}

toml::table parse(const std::filesystem::path& path) {
  const std::string text = read_text(path, kAt, 1 << 20);
  try {
    return toml::parse(text, path.native());
  } catch (const toml::parse_error& error) {
    fail_usage(kAt, place(path, error.source()), ": ", error.description(), "; expected TOML");
  }
}

// Null for what no setting can hold: a list, a table, a date.
Json value_of(const toml::node& node) {
  if (const auto value = node.value_exact<bool>()) return *value;
  if (const auto value = node.value_exact<std::int64_t>()) return *value;
  if (const auto value = node.value_exact<double>()) return *value;
  if (const auto value = node.value_exact<std::string>()) return *value;
  return nullptr;
}

// toml++ writes 17 digits of a number.
std::string toml_value(const Json& value) {
  if (!value.is_number() || value.is_integer()) return value.dump();
  const std::string text = shortest_decimal(value.get<double>());
  return text.find_first_of(".en") == text.npos ? text + ".0" : text;
}

bool is_protocol(const std::string& key) {
  return key == "protocol" || std::ranges::count(former_rules, key) > 0;
}

// Whichever of the keys of today and of version 0.1 the file has.
bool read_protocol(const std::filesystem::path& path, const toml::table& table, TrainConfig& config,
                   const std::set<std::string_view>& keep) {
  Json keys = Json::object();
  std::string where;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (!is_protocol(name)) continue;
    where = place(path, node.source());
    keys[name] = value_of(node);
    check_usage(keys.at(name).is_string(), kAt, where, ": ", name, " expects a word, got ",
                keys.at(name).dump());
  }
  if (keys.empty()) return false;
  const std::string name = with_protocol(keys).at("protocol");
  check_usage(search_protocol(name) != nullptr, kAt, where, ": protocol expects one of ",
              joined(known_protocols()), ", got \"", name, "\"");
  if (!keep.contains("protocol")) config.protocol = protocol_name_now(name);
  return true;
}

}  // namespace

std::vector<std::string> read_config_file(const std::filesystem::path& path, TrainConfig& config,
                                          const std::set<std::string_view>& keep) {
  const toml::table table = parse(path);
  std::vector<std::string> fields;
  if (read_protocol(path, table, config, keep)) fields.push_back("protocol");
  ConfigSettings settings(config);
  std::string model;
  for (const bool naming : {true, false})
    for (const auto& [key, node] : table) {
      const std::string name(key.str()), where = place(path, key.source());
      if (is_protocol(name) || ConfigSettings::names_row(name) != naming) continue;
      if (name == kFeatures && node.is_table()) continue;
      const Setting* row = settings.find(name);
      check_usage(row != nullptr, kAt, where, ": unknown key ", name,
                  "; expected a hyperparameter, as lr or batch_size; ", settings.own_names());
      const Json value = value_of(node);
      fields.push_back(name);
      if (keep.contains(name)) continue;
      try {
        settings.set(*row, value);
      } catch (const JsonError&) {
        fail_usage(kAt, place(path, node.source()), ": ", name, " expects ", row->expected(),
                   ", got ", value.is_null() ? "something else" : value.dump());
      } catch (const UsageError& error) {
        fail_usage(kAt, place(path, node.source()), ": ", error.what());
      }
      if (name == "model") model = value.get<std::string>();
    }
  if (!model.empty()) check_model_named(config, model);
  return fields;
}

std::optional<FeatureSettings> read_config_features(const std::filesystem::path& path) {
  const toml::table file = parse(path);
  const toml::table* table = file[kFeatures].as_table();
  if (table == nullptr) return std::nullopt;
  Json json = Json::object();
  const auto read = [&](const Json& keys, const toml::source_region& source) {
    try {
      return features_from(keys);
    } catch (const JsonError& error) {
      fail_usage(kAt, place(path, source), ": [features]: ", error.what());
    }
  };
  const toml::node* front_end = table->get("front_end");
  if (front_end != nullptr) json["front_end"] = value_of(*front_end);
  read(json, front_end != nullptr ? front_end->source() : table->source());
  for (const auto& [key, node] : *table) {  // one by one, so that the one that is wrong is named
    json[std::string(key.str())] = value_of(node);
    read(json, key.source());
  }
  return read(json, table->source());
}

std::string config_to_toml(const TrainConfig& config, const std::string& comment,
                           const FeatureSettings& features) {
  std::ostringstream text;
  std::istringstream lines(comment);
  for (std::string line; std::getline(lines, line);) text << "# " << printable(line) << "\n";
  TrainConfig filled = config;
  const ConfigSettings settings(filled);
  for (const Setting* row : settings.rows()) {
    if (row->role != Role::recipe) continue;
    text << row->name << " = " << toml_value(settings.get(*row)) << "\n";
  }
  if (features == FeatureSettings()) return text.str();
  text << "\n[" << kFeatures << "]\n";
  const Json table = to_json(features);
  for (const auto& [name, value] : table.items())
    text << name << " = " << toml_value(value) << "\n";
  return text.str();
}

}  // namespace sonant
