// One row of a table of settings: settings.h.
#pragma once

#include <limits>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/json.h>

namespace sonant {

// A recipe decides what is learnt; a job is one of the runs of a recipe; the machine changes
// nothing but time and last bits, and stands in no file but as a fact.
enum class Role { recipe, job, machine };
enum class SettingKind { flag, whole, number, word };

struct Setting {
  std::string_view name;        // "batch_size": the key in files; the option is --batch-size
  std::string_view help;        // a phrase, without a point
  std::string_view group = "";  // heading in help; "" are those that are used most
  SettingKind kind = SettingKind::flag;
  Role role = Role::recipe;
  bool searched = true;                                   // a search may vary it
  bool open_low = false;                                  // `low` itself is too little
  bool open_high = false;                                 // `high` itself is too much
  std::string_view former = "";                           // its name in files of earlier versions
  double low = -std::numeric_limits<double>::infinity();  // of numbers, included
  double high = std::numeric_limits<double>::infinity();
  std::vector<std::string> (*words)() = nullptr;  // of a word: all that there are; null: any text
  std::source_location where = {};                // of the row: where what it refuses comes from
  Json (*get)(const void* settings) = nullptr;
  void (*set)(void* settings, const Json& value) = nullptr;  // JsonError for another kind of value

  constexpr Setting in(std::string_view heading) const { return with(&Setting::group, heading); }
  constexpr Setting of(Role its) const { return with(&Setting::role, its); }
  constexpr Setting not_searched() const { return with(&Setting::searched, false); }
  constexpr Setting called_formerly(std::string_view it) const {
    return with(&Setting::former, it);
  }
  constexpr Setting at_least(double least) const { return with(&Setting::low, least); }
  constexpr Setting above(double limit) const {
    return at_least(limit).with(&Setting::open_low, true);
  }
  constexpr Setting at_most(double most) const { return with(&Setting::high, most); }
  constexpr Setting below(double limit) const {
    return at_most(limit).with(&Setting::open_high, true);
  }
  constexpr Setting between(double least, double most) const {
    return at_least(least).at_most(most);
  }
  constexpr Setting one_of(std::vector<std::string> (*all)()) const {
    return with(&Setting::words, all);
  }

  // A key of earlier versions' files that is read and means nothing any more.
  bool retired() const { return get == nullptr; }
  std::string flag() const;  // "--batch-size"
  // What may stand in it: "a whole number from 1", "adam, adamw or sgd".
  std::string expected() const;
  // The same with the limits of the type, for a number beyond them.
  std::string expected_at_all() const;
  // The value that a person wrote, whatever its range; null for what is of another kind.
  Json parse(std::string_view text) const;
  std::string shown(const Json& value) const;  // as a person writes it
  bool allows(const Json& value) const;

 private:
  template <class T>
  constexpr Setting with(T Setting::*member, std::type_identity_t<T> value) const {
    Setting changed = *this;
    changed.*member = value;
    return changed;
  }
};
using SettingTable = std::span<const Setting>;

constexpr Setting retired_setting(std::string_view name) { return {.name = name, .help = ""}; }

}  // namespace sonant
