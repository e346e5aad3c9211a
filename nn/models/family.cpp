#include <sonant/nn/models/family.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

#include <sonant/core/numbers.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/settings.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>
#include <sonant/nn/models/light_sernet.h>
#include <sonant/nn/models/lstm_sa.h>
#include <sonant/nn/models/res_lstm_sa.h>
#include <sonant/nn/models/weighted_pooling.h>

namespace sonant {
namespace {

constexpr int kMostNumbers = 4096;  // of a frame, of a head
constexpr std::string_view kDigits = "0123456789";

std::deque<Family>& rows() {
  static std::deque<Family> all{
      res_lstm_sa_family(), lstm_sa_family(),      a_lstm_family(), mean_lstm_family(),
      lstm_wp_family(),     light_sernet_family(), p_cnn_family(),  p_cnn_gender_family(),
  };
  return all;
}

bool made_of(std::string_view name, std::string_view letters) {
  return !name.empty() && name.find_first_not_of(letters) == std::string_view::npos;
}

char letter_of(const NamePart& part) {
  return static_cast<char>(std::toupper(static_cast<unsigned char>(part.before.back())));
}

std::string_view without_mark(const Family& family, std::string_view name) {
  if (name.ends_with(family.mark)) name.remove_suffix(family.mark.size());
  return name;
}

// What the name says, if it is one of this family.
std::optional<AnySettings> settings_in(const Family& family, std::string_view name) {
  name = without_mark(family, name);
  if (!name.starts_with(family.name)) return std::nullopt;
  AnySettings settings = family.settings;
  std::string_view rest = name.substr(family.name.size());
  if (rest.empty()) return settings;
  for (const NamePart& part : family.parts) {
    if (!rest.starts_with(part.before)) return std::nullopt;
    rest.remove_prefix(part.before.size());
    const std::string_view digits = rest.substr(0, rest.find_first_not_of(kDigits));
    const Setting& row = *family.settings.view().find(part.setting);
    const Json value = row.parse(digits);
    if (value.is_null() || !row.allows(value)) return std::nullopt;
    settings.view().set(row, value);
    rest.remove_prefix(digits.size());
  }
  const std::string title = family.title(settings);
  if (without_mark(family, title) != name) return std::nullopt;  // "-h064"
  return settings;
}

// "reslstm-sa-h64" as "reslstm-sa-hH".
std::string pattern_of(std::string_view name) {
  std::string pattern;
  for (char c : name)
    if (kDigits.find(c) == std::string_view::npos)
      pattern += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!pattern.empty() && std::islower(static_cast<unsigned char>(pattern.back())) != 0)
      pattern += static_cast<char>(std::toupper(static_cast<unsigned char>(pattern.back())));
  return pattern;
}

[[noreturn]] void fail_unknown(std::string_view name) {
  std::string legend;
  std::set<std::string> letters;
  for (const Family& family : families()) {
    for (const NamePart& part : family.parts) {
      const std::string letter = std::string(1, letter_of(part)) + ": " +
                                 family.settings.view().find(part.setting)->expected();
      if (letters.insert(letter).second) legend += (legend.empty() ? "" : ", ") + letter;
    }
  }
  const std::string pattern = pattern_of(name), meant = nearest(pattern, known_models());
  fail_usage("model", "unknown model '", name, "', expected one of ", joined(known_models()),
             legend.empty() ? "" : " (" + legend + ")",
             meant.empty() || meant == pattern ? "" : "; did you mean " + meant + "?");
}

void check_heads(const ModelSpec& spec) {
  check_usage(!spec.heads.empty(), "model", spec.family, ": expects at least one head");
  std::set<std::string> names;
  for (const Head& head : spec.heads) {
    check_usage(
        made_of(head.name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"),
        "model", spec.family, ": a head's name is letters, digits and _, got '", head.name, "'");
    check_usage(names.insert(head.name).second, "model", spec.family, ": two heads are named '",
                head.name, "'");
    check_usage(spec.input >= 1 && spec.input <= kMostNumbers && head.outputs >= 1 &&
                    head.outputs <= kMostNumbers,
                "model", spec.family, ": expects 1 to ", kMostNumbers,
                " features and outputs of a head, got ", spec.input, " and ", head.outputs);
  }
}

}  // namespace

std::string Family::pattern() const {
  std::string text = name;
  for (const NamePart& part : parts) text += part.before + letter_of(part);
  return text + mark;
}

std::string Family::heads() const {
  std::string text = "emotion";
  for (const Auxiliary& one : auxiliary)
    text += ", " + one.head + " " + shortest_decimal(one.weight);
  return text;
}

std::string Family::title(const AnySettings& its) const {
  std::string text = name;
  for (const NamePart& part : parts)
    text += part.before + its.view().get(*its.view().find(part.setting)).dump();
  return text + mark;
}

const std::deque<Family>& families() { return rows(); }

void register_family(Family family) {
  check_usage(made_of(family.name, "abcdefghijklmnopqrstuvwxyz-0123456789"), "register_family",
              "a family's name is small letters, digits and -, got '", family.name, "'");
  for (const Family& other : families())
    check_usage(other.name != family.name && !settings_in(other, family.name), "register_family",
                "there is already a model '", family.name, "': ", other.idea);
  for (const NamePart& part : family.parts) {
    const Setting* row = family.settings.view().find(part.setting);
    check_usage(!part.before.empty() && row && row->kind == SettingKind::whole, "register_family",
                family.name,
                ": expects parts of names to be whole numbers among the settings, got ",
                part.setting);
  }
  check_own_names(family.name, family.settings);
  rows().push_back(std::move(family));
}

const Family& find_family(std::string_view name) {
  for (const Family& family : families())
    if (family.name == name) return family;
  fail_unknown(name);
}

std::vector<std::string> known_models() {
  std::vector<std::string> out;
  for (const Family& family : families()) out.push_back(family.pattern());
  return out;
}

bool is_model_name(std::string_view name) {
  return std::ranges::any_of(families(), [&](const Family& family) {
    std::string_view rest = without_mark(family, name);
    if (!rest.starts_with(family.name)) return false;
    rest.remove_prefix(family.name.size());
    if (rest.empty()) return true;
    for (const NamePart& part : family.parts) {
      if (!rest.starts_with(part.before)) return false;
      rest.remove_prefix(part.before.size());
      rest.remove_prefix(std::min(rest.find_first_not_of(kDigits), rest.size()));
    }
    return rest.empty();
  });
}

ModelSpec model_spec(std::string_view name, int input, int classes) {
  for (const Family& family : families())
    if (const auto settings = settings_in(family, name)) {
      ModelSpec spec = {.family = family.name,
                        .settings = *settings,
                        .input = input,
                        .heads = {{"emotion", classes}}};
      for (const Auxiliary& one : family.auxiliary) spec.heads.push_back({one.head, one.outputs});
      return spec;
    }
  fail_unknown(name);
}

ModelSpec& ModelSpec::set(std::string_view name, const Json& value) {
  const Family& its = find_family(family);
  if (settings.table().empty()) settings = its.settings;
  const Setting* row = settings.view().find(name);
  check_usage(row != nullptr, "model", family, " has no setting \"", name, "\"");
  settings.view().set(*row, value);
  return *this;
}

std::string ModelSpec::title() const {
  for (const Family& its : families())
    if (its.name == family) return its.title(settings.table().empty() ? its.settings : settings);
  return family;  // of a model that a program makes without a row
}

template <Real T>
std::unique_ptr<Model<T>> make_model(const ModelSpec& wanted, std::uint64_t seed) {
  const Family& family = find_family(wanted.family);
  ModelSpec spec = wanted;
  if (spec.settings.table().empty()) spec.settings = family.settings;
  check_usage(spec.settings.table().data() == family.settings.table().data(), "model", spec.family,
              ": expects settings of its own, got those of another family");
  check_settings(spec.settings.view(), "model");
  check_heads(spec);
  spec.kernel = lstm_kernel(wanted.kernel);
  const Random random(seed, 0x6d6f64656c);  // "model": apart from the streams of training
  if constexpr (std::same_as<T, float>) return family.make_float(spec, random);
  if constexpr (std::same_as<T, double>) return family.make_double(spec, random);
}

Json to_json(const ModelSpec& spec) {
  Json heads = Json::array();
  for (const Head& head : spec.heads)
    heads.push_back({{"name", head.name}, {"outputs", head.outputs}});
  return {{"family", spec.family},
          {"settings", to_json(spec.settings.view())},
          {"input", spec.input},
          {"heads", heads},
          {"padding", word_of(spec.padding)}};
}

ModelSpec model_spec_from(const Json& json) {
  ModelSpec spec;
  if (json.contains("name")) {
    spec = model_spec(json.at("name").get<std::string>(), json.at("input"), json.at("classes"));
    spec.set("dropout", json.at("dropout"));
  } else {
    spec.family = json.at("family").get<std::string>();
    spec.settings = find_family(spec.family).settings;
    if (json.contains("settings")) from_json(spec.settings.view(), json.at("settings"));
    spec.input = json.at("input");
    spec.heads.clear();
    for (const Json& head : json.at("heads"))
      spec.heads.push_back({head.at("name"), head.at("outputs")});
  }
  spec.padding = value_of_word<Padding>(json.at("padding"));
  return spec;
}

template std::unique_ptr<Model<float>> make_model(const ModelSpec&, std::uint64_t);
template std::unique_ptr<Model<double>> make_model(const ModelSpec&, std::uint64_t);

}  // namespace sonant
