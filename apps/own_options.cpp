#include "own_options.h"

#include <fmt/format.h>
#include <sonant/core/text.h>

#include <algorithm>

namespace sonant::apps {
namespace {

struct Shared {
  const Setting* row = nullptr;
  std::vector<std::string> of;        // rows that have it
  std::vector<std::string> defaults;  // theirs
};

std::string default_text(const Shared& shared) {
  const auto& all = shared.defaults;
  if (std::ranges::count(all, all.front()) == std::ssize(all)) return all.front();
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", shared.of[i], all[i]);
  return text;
}

}  // namespace

OwnOptions::OwnOptions(Command& command, std::string noun, std::vector<Row> rows,
                       const std::string& group)
    : noun_(std::move(noun)), typed_(std::make_shared<std::map<std::string, Said>>()) {
  std::map<std::string, Shared> all;
  for (const Row& row : rows)
    for (const Setting& setting : row.settings->table()) {
      if (setting.retired()) continue;
      Shared& shared = all[std::string(setting.name)];
      if (shared.row == nullptr) shared.row = &setting;
      shared.of.push_back(row.name);
      shared.defaults.push_back(row.in_name.contains(setting.name)
                                    ? "as the name says"
                                    : setting.shown(row.settings->view().get(setting)));
    }
  for (const auto& [name, shared] : all) {
    std::string flag = shared.row->flag();
    if (command.find(flag) != nullptr) {
      flag = "--" + noun_ + flag.substr(1);
      std::ranges::replace(flag, ' ', '-');
    }
    const bool everyone = shared.of.size() == rows.size();
    const char* values[] = {"", "N", "X", "TEXT"};
    Option& option = command.option(
        flag,
        [typed = typed_, flag, key = name](const std::string& text) {
          (*typed)[key] = {flag, text};
        },
        everyone ? std::string(shared.row->help)
                 : fmt::format("{}: {}", joined(shared.of), shared.row->help));
    if (shared.row->kind == SettingKind::flag)
      option.or_bare();
    else
      option.called(values[static_cast<int>(shared.row->kind)]);
    option.default_text(default_text(shared)).in(group);
  }
}

void OwnOptions::apply(const std::string& chosen, AnySettings& own) const {
  const Settings settings = own.view();
  for (const auto& [name, said] : *typed_) {
    const Setting* row = settings.find(name);
    if (row == nullptr) {
      std::vector<std::string> flags;
      for (const Setting& its : settings.table()) flags.push_back(its.flag());
      wrong_usage(fmt::format("{} is no option of the {} {}, which has {}", said.flag, noun_,
                              chosen, flags.empty() ? "none" : joined(flags)));
    }
    const Json value = row->parse(said.text);
    if (!row->allows(value))
      wrong_usage(fmt::format("{} expects {}, got '{}'", said.flag, row->expected(), said.text));
    settings.set(*row, value);
  }
}

}  // namespace sonant::apps
