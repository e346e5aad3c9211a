#include <sonant/train/search/search_space.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <utility>

#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>
#include <sonant/train/config_settings.h>
#include <sonant/train/search/choice_json_body.h>

namespace sonant {
namespace {

constexpr const char* kAt = "search space";

using Kind = Distribution::Kind;

constexpr std::string_view kNotebook = R"(# The search of the published notebook.
[lr]
type = "log"
low = 1e-5
high = 3e-2

[batch_size]
type = "categorical"
choices = [4, 8, 16, 32, 64]

[dropout]
type = "float"
low = 0.02
high = 0.5

[weight_decay]
type = "log"
low = 2e-5
high = 4e-2

[t0]
type = "categorical"
choices = [1, 2, 3, 5, 10]
)";

constexpr std::string_view kSlides = R"(# The narrower search shown in the talk.
[lr]
type = "log"
low = 3e-5
high = 2e-4

[batch_size]
type = "categorical"
choices = [8, 16, 32, 64]

[dropout]
type = "float"
low = 0.1
high = 0.5

[weight_decay]
type = "log"
low = 2e-5
high = 2e-2

[t0]
type = "categorical"
choices = [1, 2, 3, 5, 10]
)";

constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kBuiltin{
    {{"notebook", kNotebook}, {"slides", kSlides}}};

std::string searched_names(const ConfigSettings& settings) {
  std::string names;
  for (const Setting* row : settings.rows())
    if (row->searched) names += (names.empty() ? "" : ", ") + std::string(row->name);
  return names;
}

std::string place(const std::string& where, const toml::source_position& position) {
  return where + ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
}

std::string place(const std::string& where, const toml::node& node) {
  return place(where, node.source().begin);
}

// One table of the file.
class Entry {
 public:
  Entry(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

  Distribution read() const {
    const toml::node& type_node = required("type");
    const std::string type = type_node.value_or(std::string());
    Distribution d;
    if (type == "categorical") {
      only({"type", "choices"});
      d.kind = Kind::categorical;
      d.choices = choices();
    } else if (type == "float" || type == "log") {
      if (type == "log")
        only({"type", "low", "high"});
      else
        only({"type", "low", "high", "step"});
      d.log = type == "log";
    } else {
      check_usage(type == "int", kAt, place(where_, type_node),
                  ": expects type = \"float\", \"log\", \"int\" or \"categorical\"");
      only({"type", "low", "high", "step"});
      d.kind = Kind::integer;
      d.step = 1;
    }
    if (d.kind == Kind::categorical) return d;
    d.low = number("low");
    d.high = number("high");
    if (table_.contains("step")) {
      d.step = number("step");
      check_usage(d.step > 0, kAt, place(where_, required("step")), ": expects step > 0");
    }
    return d;
  }

 private:
  void only(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, node] : table_) {
      const bool known = std::find(keys.begin(), keys.end(), key.str()) != keys.end();
      check_usage(known, kAt, place(where_, key.source().begin), ": unknown key \"",
                  std::string(key.str()), "\"; this type has: ", joined(keys));
    }
  }

  const toml::node& required(const char* key) const {
    const toml::node* node = table_.get(key);
    check_usage(node != nullptr, kAt, place(where_, table_), ": expects the key ", key);
    return *node;
  }

  double number(const char* key) const {
    const toml::node& node = required(key);
    check_usage(node.is_number(), kAt, place(where_, node), ": expects ", key, " to be a number");
    return *node.value<double>();
  }

  std::vector<Choice> choices() const {
    const toml::node& node = required("choices");
    check_usage(node.is_array(), kAt, place(where_, node), ": expects choices to be a list");
    std::vector<Choice> all;
    for (const toml::node& item : *node.as_array()) {
      if (item.is_boolean())
        all.emplace_back(*item.value_exact<bool>());
      else if (item.is_integer())
        all.emplace_back(*item.value_exact<std::int64_t>());
      else if (item.is_floating_point())
        all.emplace_back(*item.value_exact<double>());
      else if (item.is_string())
        all.emplace_back(*item.value_exact<std::string>());
      else
        fail_usage(kAt, place(where_, item), ": expects a number, a word, true or false");
    }
    return all;
  }

  const toml::table& table_;
  std::string where_;
};

// Every limit and choice is tried, so that no trial is started that cannot be trained.
void try_values(const std::string& name, const Distribution& d, const std::string& where,
                TrainConfig config) {
  config.momentum = 0.9;  // without it `nesterov` would be refused whatever else is searched
  std::vector<Choice> values = d.choices;
  if (values.empty()) values = {d.choice(d.low), d.choice(d.high)};
  for (const Choice& value : values) {
    try {
      TrainConfig tried = config;
      tried.set(name, choice_json(value));
      tried.validate();
    } catch (const Error& error) {
      fail_usage(kAt, where, ": ", name, " = ", to_text(value),
                 " cannot be trained: ", error.what());
    }
  }
}

Hyperparameter read_parameter(const std::string& name, const toml::key& key, const toml::node& node,
                              const std::string& where, TrainConfig config) {
  const std::string at = place(where, key.source().begin);
  const ConfigSettings settings(config);
  const Setting* row = settings.find(name);
  check_usage(row != nullptr && !row->retired(), kAt, at, ": unknown hyperparameter \"", name,
              "\" of ", config.model, "; expected one of: ", searched_names(settings));
  check_usage(row->searched, kAt, at, ": ", name,
              " is not searched; expected one of: ", searched_names(settings));
  check_usage(node.is_table(), kAt, at, ": expects a table, as [", name, "]");
  Hyperparameter parameter{name, Entry(*node.as_table(), where).read()};
  try {
    parameter.distribution.validate(at + ": " + name);
  } catch (const Error& error) {  // what a study's file may be blamed for is the caller's here
    throw UsageError(error.what(), error.where());
  }
  try_values(name, parameter.distribution, at, config);
  return parameter;
}

// A setting that only one of the searched rows has would be no setting of the other trials.
void check_go_together(const SearchSpace& space, const std::string& where,
                       const TrainConfig& config) {
  for (const Hyperparameter& naming : space) {
    if (!ConfigSettings::names_row(naming.name)) continue;
    for (const Choice& row : naming.distribution.choices) {
      TrainConfig named = config;
      named.set(naming.name, choice_json(row));
      const ConfigSettings settings(named);
      for (const Hyperparameter& p : space)
        check_usage(settings.find(p.name) != nullptr, kAt, where, ": searches ", p.name, " and ",
                    naming.name, ", and ", to_text(row), " has no ", p.name,
                    "; expected one of them");
    }
  }
}

SearchSpace read_space(std::string_view text, const std::string& where, TrainConfig config,
                       bool skip_others) {
  toml::table file;
  try {
    file = toml::parse(text);
  } catch (const toml::parse_error& error) {
    fail_usage(kAt, place(where, error.source().begin), ": ", std::string(error.description()));
  }
  check_usage(!file.empty(), kAt, where,
              ": expects a table for each hyperparameter, as [lr]; got none");
  SearchSpace space;
  const ConfigSettings settings(config);
  for (const auto& [key, node] : file)
    if (!skip_others || settings.find(key.str()) != nullptr)
      space.push_back(read_parameter(std::string(key.str()), key, node, where, config));
  std::sort(space.begin(), space.end(),
            [](const Hyperparameter& a, const Hyperparameter& b) { return a.name < b.name; });
  check_go_together(space, where, config);
  return space;
}

}  // namespace

std::string_view builtin_space(std::string_view name) {
  for (const auto& [known, text] : kBuiltin)
    if (known == name) return text;
  return {};
}

std::vector<std::string> builtin_space_names() {
  std::vector<std::string> names;
  for (const auto& [name, text] : kBuiltin) names.emplace_back(name);
  return names;
}

SearchSpace parse_search_space(std::string_view text, const std::string& where,
                               const TrainConfig& config) {
  return read_space(text, where, config, false);
}

SearchSpace open_search_space(const std::string& name_or_file, const TrainConfig& config) {
  if (const auto text = builtin_space(name_or_file); !text.empty())
    return read_space(text, name_or_file, config, true);
  check_usage(std::filesystem::exists(name_or_file), kAt, "expects ",
              joined(builtin_space_names(), " or "), " or a TOML file; there is no file ",
              name_or_file);
  return parse_search_space(read_text(name_or_file, kAt, std::size_t{1} << 20), name_or_file,
                            config);
}

TrainConfig with_parameters(TrainConfig config, const SearchSpace& space,
                            const ParameterValues& parameters) {
  for (const bool naming : {true, false})
    for (const Hyperparameter& p : space) {
      if (ConfigSettings::names_row(p.name) != naming) continue;
      const auto value = parameters.find(p.name);
      check(value != parameters.end(), kAt, "the trial has no value for ", p.name);
      check(p.distribution.contains(value->second), kAt, "the trial's ", p.name,
            " is out of range");
      config.set(p.name, choice_json(p.distribution.choice(value->second)));
    }
  return config;
}

}  // namespace sonant
