// JSON as a value: what our files' facts and the results for programs are written in (RFC 8259).
// The library behind it (nlohmann-json) is read by one .cpp: it costs ten seconds per file.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sonant {

// A text that is not JSON, or JSON that is not of the form asked for. Whoever knows the file adds
// its name.
struct JsonError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Json;
template <class T>
struct JsonReader;  // T's of more than one value

class Json {
 public:
  using List = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Table = std::vector<Member>;  // keys stay in the order in which they are explained

  Json() = default;  // null
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(double value) : value_(value) {}
  Json(std::signed_integral auto value) : value_(std::int64_t{value}) {}
  Json(std::unsigned_integral auto value) : value_(std::uint64_t{value}) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  template <class T>
  Json(const std::vector<T>& values) : value_(List(values.begin(), values.end())) {}
  template <class T>
  Json(const std::map<std::string, T>& values) : value_(Table(values.begin(), values.end())) {}
  // {{"key", value}, ...}, pairs that begin with a text, is a table; anything else is a list.
  Json(std::initializer_list<Json> parts);

  static Json array() { return List{}; }
  static Json object();
  // JsonError with the place for what is not JSON, is nested deeper than 100, or names a key twice.
  static Json parse(std::string_view text);
  static Json parse_or_null(std::string_view text);

  bool is_null() const { return holds<std::nullptr_t>(); }
  bool is_boolean() const { return holds<bool>(); }
  bool is_integer() const { return holds<std::int64_t>() || holds<std::uint64_t>(); }
  bool is_number() const { return is_integer() || holds<double>(); }
  bool is_string() const { return holds<std::string>(); }
  bool is_array() const { return holds<List>(); }
  bool is_object() const { return holds<Table>(); }

  std::size_t size() const;  // of a list or a table; 0 of anything else
  bool empty() const { return size() == 0; }
  // A list's elements; of a table's members, the values. JsonError for anything else.
  const List& elements() const;
  const Table& items() const;
  List::const_iterator begin() const { return elements().begin(); }
  List::const_iterator end() const { return elements().end(); }
  void push_back(Json element);              // null becomes a list
  void append(std::string key, Json value);  // null becomes a table; the key must be a new one

  void erase(std::string_view key);  // of a table, if it is there

  bool contains(std::string_view key) const { return find(key) != nullptr; }
  const Json& at(std::string_view key) const;  // JsonError if it is not there
  const Json& at(std::size_t index) const;
  const Json& operator[](std::string_view key) const { return at(key); }
  Json& operator[](std::string_view key);  // null becomes a table, what is missing null

  // JsonError if it is something else, or a number that T cannot hold.
  template <class T>
  T get() const;
  template <class T>
  void get_to(T& to) const {
    to = get<T>();
  }
  template <class T>
  requires(std::is_arithmetic_v<T> && !std::same_as<T, char> || std::same_as<T, std::string> ||
           requires { JsonReader<T>::read; })
  operator T() const {
    return get<T>();
  }

  // On one line, or with so many spaces per level. What is not finite becomes null; bytes that are
  // not UTF-8 become as_utf8() of core/text.h.
  std::string dump(int indent = -1) const;

  friend bool operator==(const Json& a, const Json& b);

 private:
  template <class T>
  bool holds() const {
    return std::holds_alternative<T>(value_);
  }
  const Json* find(std::string_view key) const;
  void write(std::string& text, int indent, int level) const;
  bool boolean() const;
  double number() const;
  std::int64_t integer(std::int64_t low, std::uint64_t high) const;  // its bits, if in [low, high]
  const std::string& text() const;

  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, List, Table>
      value_;
};

template <class T>
struct JsonReader<std::vector<T>> {
  static std::vector<T> read(const Json& json) {
    std::vector<T> values;
    for (const Json& element : json.elements()) values.push_back(element.get<T>());
    return values;
  }
};
template <class T>
struct JsonReader<std::map<std::string, T>> {
  static std::map<std::string, T> read(const Json& json) {
    std::map<std::string, T> values;
    for (const auto& [key, value] : json.items()) values.emplace(key, value.template get<T>());
    return values;
  }
};

template <class T>
T Json::get() const {
  if constexpr (std::same_as<T, bool>)
    return boolean();
  else if constexpr (std::integral<T>)
    return static_cast<T>(integer(static_cast<std::int64_t>(std::numeric_limits<T>::min()),
                                  static_cast<std::uint64_t>(std::numeric_limits<T>::max())));
  else if constexpr (std::floating_point<T>)
    return static_cast<T>(number());
  else if constexpr (std::same_as<T, std::string>)
    return text();
  else
    return JsonReader<T>::read(*this);
}

}  // namespace sonant
