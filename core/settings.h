// A struct of settings is described once, by a table with a row per field: its name, what may stand
// in it, what it is for. Command line, TOML and JSON files, checks, the first difference of two
// runs, search spaces, the rows of a report and the table in the documentation iterate over it.
//
//   struct Fit { double lr = 1e-3; int epochs = 10; };
//   inline SettingTable settings_of(const Fit&) {
//     static constexpr std::array table{
//         setting<&Fit::lr>("lr", "Learning rate").at_least(0),
//         setting<&Fit::epochs>("epochs", "Passes over the data").between(1, 1e6)};
//     return table;
//   }
#pragma once

#include <array>
#include <concepts>
#include <type_traits>

#include <sonant/core/setting.h>

namespace sonant {

// An enum's words, in its order: `constexpr std::array<std::string_view, 2> words_of(Padding)`.
template <class E>
concept Worded = std::is_enum_v<E> && requires(E e) {
  words_of(e)[0];
};

template <Worded E>
constexpr std::string_view word_of(E value) {
  return words_of(value)[static_cast<std::size_t>(value)];
}

template <class S>
concept HasSettings = requires(const S& s) {
  { settings_of(s) } -> std::convertible_to<SettingTable>;
};

// A struct with its table; a reference to it.
class ConstSettings {
 public:
  template <HasSettings S>
  ConstSettings(const S& settings) : object_(&settings), table_(settings_of(settings)) {}
  ConstSettings(const void* object, SettingTable table) : object_(object), table_(table) {}

  SettingTable table() const { return table_; }
  Json get(const Setting& setting) const { return setting.get(object_); }
  // nullptr if there is none of that name, today's or a former one.
  const Setting* find(std::string_view name) const;

 protected:
  const void* object_;
  SettingTable table_;
};

class Settings : public ConstSettings {
 public:
  template <HasSettings S>
  Settings(S& settings) : ConstSettings(settings), changed_(&settings) {}
  Settings(void* object, SettingTable table) : ConstSettings(object, table), changed_(object) {}

  // JsonError for a value of another kind. What is retired stays so.
  void set(const Setting& setting, const Json& value) const {
    if (!setting.retired()) setting.set(changed_, value);
  }

 private:
  void* changed_;
};

// Every value is in its range. UsageError "[op] expects lr >= 0, got -1".
void check_settings(const ConstSettings& settings, const char* op);

Json to_json(const ConstSettings& settings);
// A key that is missing leaves what stands there, the default. JsonError that names the key for one
// that is not known, and for a value of another kind.
void from_json(const Settings& settings, const Json& json);
template <HasSettings S>
S settings_from(const Json& json) {
  S settings;
  from_json(settings, json);
  return settings;
}

// "lr: 0.001 there, 0.002 here"; "" if none differs but those in `ignored`.
std::string first_difference(const ConstSettings& there, const ConstSettings& here,
                             const std::vector<std::string_view>& ignored = {});

// The words of an enum, for Setting::words.
template <Worded E>
std::vector<std::string> words_in() {
  const auto words = words_of(E{});
  return {words.begin(), words.end()};
}
// The enum's value of that word. JsonError that lists the words for another one.
int index_of_word(const std::vector<std::string>& words, const std::string& word);
template <Worded E>
E value_of_word(const std::string& word) {
  return static_cast<E>(index_of_word(words_in<E>(), word));
}

namespace detail {
template <class S, class T>
S owner_of(T S::*);
template <auto First, auto... Rest>
auto& member_of(auto& object) {
  if constexpr (sizeof...(Rest) == 0)
    return object.*First;
  else
    return member_of<Rest...>(object.*First);
}
}  // namespace detail

// A row for a member, or, as setting<&Fit::adam, &Adam::beta1>, for a member of a member.
template <auto First, auto... Rest>
constexpr Setting setting(std::string_view name, std::string_view help,
                          std::source_location where = std::source_location::current()) {
  using S = decltype(detail::owner_of(First));
  using T = std::remove_cvref_t<decltype(detail::member_of<First, Rest...>(std::declval<S&>()))>;
  Setting row{.name = name, .help = help, .where = where};
  row.get = [](const void* settings) {
    const T& member = detail::member_of<First, Rest...>(*static_cast<const S*>(settings));
    if constexpr (Worded<T>)
      return Json(word_of(member));
    else
      return Json(member);
  };
  row.set = [](void* settings, const Json& value) {
    T& member = detail::member_of<First, Rest...>(*static_cast<S*>(settings));
    if constexpr (Worded<T>)
      member = value_of_word<T>(value.get<std::string>());
    else
      member = value.get<T>();
  };
  if constexpr (Worded<T>) {
    row.kind = SettingKind::word;
    row.words = words_in<T>;
  } else if constexpr (std::same_as<T, std::string>) {
    row.kind = SettingKind::word;
  } else if constexpr (std::floating_point<T>) {
    row.kind = SettingKind::number;
  } else if constexpr (!std::same_as<T, bool>) {
    row.kind = SettingKind::whole;
    row.low = static_cast<double>(std::numeric_limits<T>::min());
    row.high = static_cast<double>(std::numeric_limits<T>::max());
  }
  return row;
}

}  // namespace sonant
