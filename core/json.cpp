#include <sonant/core/json.h>

#include <cmath>
#include <limits>
#include <set>

#include <nlohmann/json.hpp>

#include <sonant/core/text.h>

namespace sonant {
namespace {

using Library = nlohmann::ordered_json;

constexpr std::size_t kDeepest = 100;  // deeper is an attack on the stack, not a file of ours

[[noreturn]] void wrong(const std::string& expected, const Json& got) {
  std::string text = got.dump();
  if (text.size() > 40) text = text.substr(0, 40) + "...";
  throw JsonError("expects " + expected + ", got " + text);
}

// Escaped further than the library does: JSON goes to terminals, too, and DEL, the controls behind
// it and embedded directions of reading would act there.
std::string quoted(const std::string& value) {
  std::string text = Library(as_utf8(value)).dump();
  for (std::size_t at = 0; (at = text.find('\x7f', at)) != std::string::npos;)
    text.replace(at, 1, "\\u007f");
  return printable(text);
}

// What the library's parser meets, put together. Its own tree would be destroyed recursively,
// however deep a file of somebody else's is.
class Builder : public nlohmann::json_sax<Library> {
 public:
  Json result;
  std::string error;

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override { return add(value); }
  bool number_unsigned(std::uint64_t value) override { return add(value); }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    if (!open_.back().keys.insert(name).second) return fail("the key '" + name + "' comes twice");
    open_.back().key = std::move(name);
    return true;
  }
  bool parse_error(std::size_t at, const std::string&,
                   const nlohmann::detail::exception&) override {
    return fail("not valid JSON at byte " + std::to_string(at));
  }

 private:
  struct Open {
    Json json;
    std::set<std::string> keys;
    std::string key;
  };

  bool fail(const std::string& what) {
    error = what;
    return false;
  }
  bool add(Json value) {
    if (open_.empty()) {
      result = std::move(value);
    } else if (Open& parent = open_.back(); parent.json.is_array()) {
      parent.json.push_back(std::move(value));
    } else {
      parent.json.append(std::move(parent.key), std::move(value));
    }
    return true;
  }
  bool open(Json json) {
    if (open_.size() == kDeepest)
      return fail("nested too deeply, more than " + std::to_string(kDeepest) + " levels");
    open_.push_back({std::move(json), {}, {}});
    return true;
  }
  bool close() {
    Json done = std::move(open_.back().json);
    open_.pop_back();
    return add(std::move(done));
  }

  std::vector<Open> open_;
};

}  // namespace

Json::Json(std::initializer_list<Json> parts) {
  bool table = true;
  for (const Json& part : parts)
    table = table && part.is_array() && part.size() == 2 && part.at(std::size_t{0}).is_string();
  if (!table) {
    value_ = List(parts);
    return;
  }
  Table members;
  for (const Json& part : parts) members.emplace_back(part.at(std::size_t{0}).text(), part.at(1));
  value_ = std::move(members);
}

Json Json::object() {
  Json json;
  json.value_ = Table{};
  return json;
}

Json Json::parse(std::string_view text) {
  Builder builder;
  if (!Library::sax_parse(text, &builder)) throw JsonError(builder.error);
  return std::move(builder.result);
}

Json Json::parse_or_null(std::string_view text) {
  Builder builder;
  return Library::sax_parse(text, &builder) ? std::move(builder.result) : Json();
}

std::size_t Json::size() const {
  if (const auto* list = std::get_if<List>(&value_)) return list->size();
  if (const auto* table = std::get_if<Table>(&value_)) return table->size();
  return 0;
}

const Json::List& Json::elements() const {
  if (!is_array()) wrong("a list", *this);
  return std::get<List>(value_);
}

const Json::Table& Json::items() const {
  if (!is_object()) wrong("a table", *this);
  return std::get<Table>(value_);
}

void Json::push_back(Json element) {
  if (is_null()) value_ = List{};
  if (!is_array()) wrong("a list", *this);
  std::get<List>(value_).push_back(std::move(element));
}

void Json::append(std::string key, Json value) {
  if (is_null()) value_ = Table{};
  std::get<Table>(value_).emplace_back(std::move(key), std::move(value));
}

void Json::erase(std::string_view key) {
  if (auto* table = std::get_if<Table>(&value_))
    std::erase_if(*table, [&](const Member& member) { return member.first == key; });
}

const Json* Json::find(std::string_view key) const {
  const auto* table = std::get_if<Table>(&value_);
  if (table == nullptr) return nullptr;
  for (const auto& [name, value] : *table)
    if (name == key) return &value;
  return nullptr;
}

const Json& Json::at(std::string_view key) const {
  if (!is_object()) wrong("a table with the key '" + std::string(key) + "'", *this);
  const Json* found = find(key);
  if (found == nullptr) throw JsonError("the key '" + std::string(key) + "' is missing");
  return *found;
}

const Json& Json::at(std::size_t index) const {
  if (index >= elements().size()) wrong("a list of more than " + std::to_string(index), *this);
  return elements()[index];
}

Json& Json::operator[](std::string_view key) {
  if (is_null()) value_ = Table{};
  if (!is_object()) wrong("a table", *this);
  if (const Json* found = find(key)) return const_cast<Json&>(*found);
  append(std::string(key), {});
  return std::get<Table>(value_).back().second;
}

bool Json::boolean() const {
  if (!is_boolean()) wrong("true or false", *this);
  return std::get<bool>(value_);
}

double Json::number() const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*value);
  wrong("a number", *this);
}

std::int64_t Json::integer(std::int64_t low, std::uint64_t high) const {
  const auto range = [&] {
    return "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  };
  if (const auto* value = std::get_if<std::int64_t>(&value_)) {
    if (*value < low || (*value > 0 && static_cast<std::uint64_t>(*value) > high))
      wrong(range(), *this);
    return *value;
  }
  const auto* value = std::get_if<std::uint64_t>(&value_);
  if (value == nullptr || *value > high) wrong(range(), *this);
  return static_cast<std::int64_t>(*value);
}

const std::string& Json::text() const {
  if (!is_string()) wrong("a text", *this);
  return std::get<std::string>(value_);
}

// Numbers compare by value, whichever way they are kept.
bool operator==(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) {
    if (a.holds<double>() || b.holds<double>()) return a.number() == b.number();
    const auto negative = [](const Json& json) {
      const auto* value = std::get_if<std::int64_t>(&json.value_);
      return value != nullptr && *value < 0;
    };
    const auto all = std::numeric_limits<std::uint64_t>::max();
    const auto lowest = std::numeric_limits<std::int64_t>::min();
    return negative(a) == negative(b) && a.integer(lowest, all) == b.integer(lowest, all);
  }
  return a.value_ == b.value_;
}

// The library knows how a text is escaped and which decimal reads back as the same double.
void Json::write(std::string& text, int indent, int level) const {
  const auto scalar = [&](const Library& value) { text += value.dump(); };
  const auto sequence = [&](char open, char close, const auto& parts, auto&& write_part) {
    text += open;
    const char* before = "";
    for (const auto& part : parts) {
      text += before;
      if (indent >= 0)
        text.append(1, '\n').append(static_cast<std::size_t>(indent * (level + 1)), ' ');
      write_part(part);
      before = ",";
    }
    if (indent >= 0 && !parts.empty())
      text.append(1, '\n').append(static_cast<std::size_t>(indent * level), ' ');
    text += close;
  };
  if (const auto* list = std::get_if<List>(&value_)) {
    sequence('[', ']', *list, [&](const Json& part) { part.write(text, indent, level + 1); });
  } else if (const auto* table = std::get_if<Table>(&value_)) {
    sequence('{', '}', *table, [&](const Member& part) {
      text += quoted(part.first);
      text += indent >= 0 ? ": " : ":";
      part.second.write(text, indent, level + 1);
    });
  } else {
    std::visit(
        [&](const auto& value) {
          using Value = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<Value, std::string>)
            text += quoted(value);
          else if constexpr (!std::is_same_v<Value, List> && !std::is_same_v<Value, Table>)
            scalar(value);
        },
        value_);
  }
}

std::string Json::dump(int indent) const {
  std::string text;
  write(text, indent, 0);
  return text;
}

}  // namespace sonant
