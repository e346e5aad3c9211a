// A struct of settings of any type, as a value: what a row of a registry (a model family, a front
// end) is made with. Whoever passes it on need not know the type; the row's own code does.
#pragma once

#include <any>

#include <sonant/core/error.h>
#include <sonant/core/settings.h>

namespace sonant {

class AnySettings {
 public:
  AnySettings() = default;  // none: an empty table
  template <HasSettings S>
  AnySettings(S settings)
      : table_(settings_of(settings)),
        object_(std::move(settings)),
        address_([](std::any& object) -> void* { return std::any_cast<S>(&object); }) {}

  // What refers to this object, and must not outlive it.
  Settings view() { return {address(), table_}; }
  ConstSettings view() const { return {const_cast<AnySettings*>(this)->address(), table_}; }
  SettingTable table() const { return table_; }

  template <HasSettings S>
  const S& as() const {
    const S* settings = std::any_cast<S>(&object_);
    check(settings != nullptr, "settings", "expects settings of another kind");
    return *settings;
  }

  friend bool operator==(const AnySettings& a, const AnySettings& b) {
    return a.table_.data() == b.table_.data() && to_json(a.view()) == to_json(b.view());
  }

 private:
  void* address() { return address_ ? address_(object_) : nullptr; }

  SettingTable table_;
  std::any object_;
  void* (*address_)(std::any&) = nullptr;
};

// Rows that are registered from now on may not call a setting of their own as one of this table,
// beside which it would stand. whose: "every training", for the message. Returns true.
bool keep_setting_names(const char* whose, SettingTable table);
// UsageError, naming the row, for a setting of its own that is called so.
void check_own_names(const std::string& row, const AnySettings& own);

// What a row of a registry that has these defaults is made with: those that are given, or the
// defaults where none are. UsageError, naming the row, for another row's settings and for a value
// out of its range.
AnySettings own_settings(const std::string& row, const AnySettings& defaults,
                         const AnySettings& given);

}  // namespace sonant
