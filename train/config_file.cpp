#include <sonant/train/config_file.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <type_traits>

#include <toml++/toml.h>

#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>

namespace sonant {
namespace {

constexpr const char* kAt = "config";

std::string place(const std::filesystem::path& path, const toml::source_region& source) {
  return path.native() + ":" + std::to_string(source.begin.line) + ":" +
         std::to_string(source.begin.column);
}

toml::table parse(const std::filesystem::path& path) {
  const std::string text = read_text(path, kAt, 1 << 20);
  try {
    return toml::parse(text, path.native());
  } catch (const toml::parse_error& error) {
    fail(kAt, place(path, error.source()), ": ", error.description(), "; expected TOML");
  }
}

template <class Value>
void set(Value& field, const toml::node& node, const std::string& where, const char* name) {
  if constexpr (std::is_same_v<Value, bool>) {
    const auto value = node.value_exact<bool>();
    check(value.has_value(), kAt, where, ": ", name, " expects true or false");
    field = *value;
  } else if constexpr (std::is_same_v<Value, std::string>) {
    const auto value = node.value_exact<std::string>();
    check(value.has_value(), kAt, where, ": ", name, " expects a text in quotes");
    field = *value;
  } else if constexpr (std::is_integral_v<Value>) {
    const auto value = node.value_exact<std::int64_t>();
    check(value.has_value() && std::in_range<Value>(*value), kAt, where, ": ", name,
          " expects a whole number in its range");
    field = static_cast<Value>(*value);
  } else {
    const auto value = node.value<double>();  // 1 is as good as 1.0
    check(value.has_value() && node.is_number(), kAt, where, ": ", name, " expects a number");
    field = *value;
  }
}

const std::set<std::string>& left_out() {
  static const std::set<std::string> names{"fold", "seed", "kernel", "check_finite"};
  return names;
}

}  // namespace

std::vector<std::string> read_config_file(const std::filesystem::path& path, TrainConfig& config) {
  const toml::table table = parse(path);
  std::vector<std::string> fields;
  if (const toml::node* node = table.get("protocol")) {
    std::string protocol;
    const std::string where = place(path, node->source());
    set(protocol, *node, where, "protocol");
    check(std::ranges::count(kProtocols, protocol) == 1, kAt, where,
          ": protocol expects \"strict\", \"paper\", \"oracle\" or \"no-validation\", got \"",
          protocol, "\"");
    apply_protocol(config, protocol);
    fields = {"padding", "normalise", "choose_by"};
  }
  std::set<std::string> known{"protocol"};
  visit_config(config, [&](const char* name, auto& field) {
    known.insert(name);
    const toml::node* node = table.get(name);
    if (node == nullptr) return;
    set(field, *node, place(path, node->source()), name);
    fields.emplace_back(name);
  });
  for (const auto& [key, node] : table) {
    check(known.contains(std::string(key.str())), kAt, place(path, key.source()), ": unknown key ",
          key.str(), "; expected a hyperparameter, as lr or batch_size");
  }
  return fields;
}

std::string config_to_toml(const TrainConfig& config, const std::string& comment) {
  std::ostringstream text;
  std::istringstream lines(comment);
  for (std::string line; std::getline(lines, line);) text << "# " << printable(line) << "\n";
  visit_config(config, [&](const char* name, const auto& field) {
    if (left_out().contains(name)) return;
    text << name << " = ";
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, double>)
      text << shortest_decimal(field) << "\n";  // toml++ writes 17 digits
    else
      text << toml::value(field) << "\n";
  });
  return text.str();
}

}  // namespace sonant
