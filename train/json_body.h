// Structs whose fields can be visited, to and from JSON. For .cpp files only.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <sonant/audio/features.h>
#include <sonant/core/error.h>
#include <sonant/core/json.h>
#include <sonant/train/config.h>
#include <sonant/train/result.h>

namespace sonant {

template <class Visitor>
void visit_struct(const TrainConfig& config, Visitor&& visit) {
  visit_config(config, visit);
}
template <class Visitor>
void visit_struct(TrainConfig& config, Visitor&& visit) {
  visit_config(config, visit);
}
template <class Visitor>
void visit_struct(const FeatureSettings& settings, Visitor&& visit) {
  visit_fields(settings, visit);
}
template <class Visitor>
void visit_struct(FeatureSettings& settings, Visitor&& visit) {
  visit_fields(settings, visit);
}

template <class Struct>
Json struct_to_json(const Struct& value) {
  Json json = Json::object();
  visit_struct(value, [&](const char* name, const auto& field) { json[name] = field; });
  return json;
}

// Every field must be there, with the right type, and no other. JSON errors are left to the caller.
template <class Struct>
Struct struct_from_json(const Json& json) {
  Struct value;
  std::size_t fields = 0;
  visit_struct(value, [&](const char* name, auto& field) {
    json.at(name).get_to(field);
    ++fields;
  });
  check(json.size() == fields, "json", "expects ", fields, " fields, got ", json.size());
  return value;
}

// First field whose values differ, as "lr: 0.001 there, 0.002 here"; empty if none does.
template <class Struct>
std::string first_difference(const Struct& there, const Struct& here,
                             const std::vector<std::string>& ignored = {}) {
  const Json a = struct_to_json(there), b = struct_to_json(here);
  for (const auto& [name, value] : a.items()) {
    const bool skip = std::find(ignored.begin(), ignored.end(), name) != ignored.end();
    if (!skip && value != b[name])
      return name + ": " + value.dump() + " there, " + b[name].dump() + " here";
  }
  return "";
}

// Parts of a result that a checkpoint and a model file hold, too. result.cpp.
Json epoch_json(const EpochRecord& epoch);
EpochRecord epoch_from(const Json& json);
Json data_json(const DataFacts& data);
DataFacts data_from(const Json& json);
Json environment_json(const Environment& environment);
Environment environment_from(const Json& json);
Json confusion_json(const ConfusionMatrix& confusion);
ConfusionMatrix confusion_from(const Json& rows);
// As files hold it, and on one line, as metadata does. Both are UTF-8 whatever the names of files
// are: core/text.h, as_utf8().
std::string json_text(const Json& json);
double number_from(const Json& json);  // null, as what is not finite is written, is NaN

}  // namespace sonant
