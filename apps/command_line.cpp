#include "command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "command_paths.h"
#include "suggest.h"

namespace sonant::apps {

Option& Command::add(std::string flags, std::string help) {
  Option& option = options.emplace_back();
  option.flags = std::move(flags);
  option.help = std::move(help);
  return option;
}

Option& Command::flag(std::string flags, bool& target, std::string help) {
  Option& option = add(std::move(flags), std::move(help));
  option.set = [&target](const std::string& text) { read_value(text, target); };
  return option;
}

Option& Command::flag(std::string flags, std::function<void()> act, std::string help) {
  Option& option = add(std::move(flags), std::move(help));
  option.set = [act = std::move(act)](const std::string&) { act(); };
  return option;
}

Option& Command::prints(std::string flags, bool& target, std::string help) {
  Option& option = flag(std::move(flags), target, std::move(help)).writes().or_dash();
  option.values = [&target] { return std::vector<Option::Path>(target ? 1 : 0, "-"); };
  return option;
}

Option& Command::option(std::string flags, std::function<void(const std::string&)> set,
                        std::string help) {
  Option& option = add(std::move(flags), std::move(help));
  option.value = "TEXT";
  option.set = std::move(set);
  return option;
}

const Option* Command::find(std::string_view flag) const {
  for (const Option& option : options)
    if (option.has_name(flag)) return &option;
  return nullptr;
}

bool Command::typed(std::string_view flag) const {
  const Option* option = find(flag);
  return option != nullptr && !option->typed.empty();
}

std::string Command::value(std::string_view flag) const {
  return typed(flag) ? find(flag)->typed.back() : "";
}

Command& Program::command(std::string command_name, std::string command_summary,
                          std::string details) {
  Command& command = commands.emplace_back();
  command.name = std::move(command_name);
  command.summary = std::move(command_summary);
  command.details = std::move(details);
  return command;
}

const Command* Program::find(std::string_view command_name) const {
  const auto found = std::ranges::find(commands, command_name, &Command::name);
  return found == commands.end() ? nullptr : &*found;
}

namespace {

CLI::Option* to_cli(CLI::App& app, const Option& option) {
  if (!option.takes_value()) return app.add_flag(option.flags, option.help);
  CLI::Option* cli = app.add_option(
      option.flags, [](const CLI::results_t&) { return true; }, option.help);
  cli->required(option.required);
  if (option.many)
    cli->expected(1, CLI::detail::expected_max_vector_size)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args();  // else of what has no flag only the first is taken
  else  // as with other tools, a script's options can be overridden behind them
    cli->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  return cli;
}

// CLI11 takes [a,b] for a list of two words, and [x] for x: a mark in front keeps it from that.
constexpr char kShield = '\1';

bool needs_shield(std::string_view value) {
  return value.starts_with('[') || value.starts_with(kShield);
}

bool may_be_bare(const Program& program, const std::string& word) {
  return std::ranges::any_of(program.commands, [&](const Command& command) {
    const Option* option = command.find(word);
    return option != nullptr && option->bare;
  });
}

// The words as CLI11 takes them: the last one first.
std::vector<std::string> shielded(const Program& program, int argc, char** argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  bool options = true;
  for (std::string& word : words) {
    if (word == "--") options = false;
    const std::string* next = &word == &words.back() ? nullptr : &word + 1;
    const bool valued = next != nullptr && (*next == "true" || *next == "false");
    if (options && !valued && may_be_bare(program, word)) word += "=true";
    std::size_t value = 0;  // where it begins: --runs=VALUE, -mVALUE, or all of the word
    if (options && word.starts_with("--") && word.find('=') != word.npos)
      value = word.find('=') + 1;
    else if (options && word.starts_with('-') && word.size() > 2)
      value = 2;
    if (needs_shield(std::string_view(word).substr(value))) word.insert(value, 1, kShield);
  }
  std::reverse(words.begin(), words.end());
  return words;
}

std::string unshielded(std::string word) {
  if (word.starts_with(kShield)) word.erase(0, 1);
  return word;
}

// Of CLI11's message, which quotes words.
std::string without_shields(std::string text) {
  for (std::size_t at = 0; (at = text.find(kShield, at)) != text.npos;)
    if (needs_shield(std::string_view(text).substr(at + 1)))
      text.erase(at++, 1);
    else
      ++at;
  return text;
}

}  // namespace

const Command& parse(Program& program, int argc, char** argv) {
  CLI::App app;
  app.name(program.name);
  app.set_help_flag();
  app.require_subcommand(1);
  app.fallthrough();  // the options of every command may stand behind its name, too
  std::vector<std::pair<Option*, CLI::Option*>> all;
  for (Option& option : program.everywhere.options) all.emplace_back(&option, to_cli(app, option));
  for (Command& command : program.commands) {
    CLI::App* sub = app.add_subcommand(command.name);
    sub->set_help_flag();
    // What nobody named has no part in it: most of the time of starting went there.
    if (std::none_of(argv, argv + argc, [&](const char* word) { return command.name == word; }))
      continue;
    for (Option& option : command.options) all.emplace_back(&option, to_cli(*sub, option));
  }
  try {
    app.parse(shielded(program, argc, argv));
  } catch (const CLI::ParseError& error) {
    const std::string unknown = unknown_word(program, argc, argv);
    wrong_usage(unknown.empty() ? without_shields(error.what()) : unknown);
  }
  for (auto& [option, cli] : all) {
    option->typed.clear();
    for (const std::string& word : cli->results()) option->typed.push_back(unshielded(word));
    if (!option->many && option->typed.size() > 1) option->typed = {option->typed.back()};
    set_values(*option);
  }
  const Command& command = *program.find(app.get_subcommands().front()->get_name());
  compare_paths(command);
  for (const auto& check_all : command.checks) check_all();
  return command;
}

}  // namespace sonant::apps
