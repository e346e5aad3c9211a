#include "feature_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "options.h"

namespace sonant::apps {
namespace {

using Typed = std::map<std::string, std::string>;  // what was said, by setting

// Front ends share names such as hop: one option, that of whichever is chosen.
struct Shared {
  const Setting* row = nullptr;
  std::vector<std::string> of;        // front ends that have it
  std::vector<std::string> defaults;  // theirs
};

std::map<std::string_view, Shared> own_settings() {
  std::map<std::string_view, Shared> all;
  for (const FrontEndRow* front_end : front_ends())
    for (const Setting& row : front_end->settings.table()) {
      Shared& shared = all[row.name];
      if (shared.row == nullptr) shared.row = &row;
      shared.of.push_back(front_end->name);
      shared.defaults.push_back(row.shown(front_end->settings.view().get(row)));
    }
  return all;
}

std::string default_text(const Shared& shared) {
  const auto& all = shared.defaults;
  if (std::ranges::count(all, all.front()) == std::ssize(all)) return all.front();
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", shared.of[i], all[i]);
  return text;
}

void set_typed(const Typed& typed, FeatureSettings& settings) {
  settings.own = find_front_end(settings.front_end).settings;
  const Settings own = settings.own.view();
  for (const auto& [name, text] : typed) {
    const Setting* row = own.find(name);
    if (row == nullptr) {
      std::vector<std::string> flags;
      for (const Setting& its : own.table()) flags.push_back(its.flag());
      wrong_usage(fmt::format("{} is no option of the front end {}, which has {}",
                              own_settings().at(name).row->flag(), settings.front_end,
                              fmt::join(flags, ", ")));
    }
    const Json value = row->parse(text);
    if (!row->allows(value))
      wrong_usage(fmt::format("{} expects {}, got '{}'", row->flag(), row->expected(), text));
    own.set(*row, value);
  }
}

}  // namespace

void add_feature_options(Command& command, FeatureSettings& settings) {
  auto typed = std::make_shared<Typed>();
  command.option("--front-end", settings.front_end, "How a sound becomes features")
      .called("WORD")
      .one_of(front_end_names())
      .in("Features");
  add_settings(command, settings.around);
  for (const auto& [name, shared] : own_settings()) {
    const char* values[] = {"true|false", "N", "X", "TEXT"};
    const bool all = shared.of.size() == front_ends().size();
    command
        .option(
            shared.row->flag(),
            [typed, key = std::string(name)](const std::string& text) { (*typed)[key] = text; },
            all ? std::string(shared.row->help)
                : fmt::format("{}: {}", fmt::join(shared.of, ", "), shared.row->help))
        .called(values[static_cast<int>(shared.row->kind)])
        .default_text(default_text(shared))
        .in("Features");
  }
  command.checks.push_back([typed, &settings] { set_typed(*typed, settings); });
}

}  // namespace sonant::apps
