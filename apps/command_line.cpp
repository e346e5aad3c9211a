#include "command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sonant/core/error.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "suggest.h"

namespace sonant::apps {
namespace {

template <class Number>
bool read_number(const std::string& text, Number& to) {
  const char* begin = text.c_str() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.c_str() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, to);
  return error == std::errc() && stop == end && begin != end;
}

template <class Number>
void read_whole(const std::string& text, Number& to) {
  Number value{};
  if (!read_number(text, value))
    wrong_usage(fmt::format("a whole number from {} to {}", std::numeric_limits<Number>::min(),
                            std::numeric_limits<Number>::max()));
  to = value;
}

}  // namespace

void wrong_usage(const std::string& message) { throw UsageError(message, "apps/command_line"); }

void read_value(const std::string& text, int& to) { read_whole(text, to); }
void read_value(const std::string& text, std::size_t& to) { read_whole(text, to); }
void read_value(const std::string& text, double& to) {
  double value = 0;
  if (!read_number(text, value) || !std::isfinite(value)) wrong_usage("a number");
  to = value;
}
void read_value(const std::string& text, bool& to) {
  if (text != "true" && text != "false") wrong_usage("true or false");
  to = text == "true";
}
void read_value(const std::string& text, std::string& to) { to = text; }
void read_value(const std::string& text, std::filesystem::path& to) { to = text; }
void read_value(const std::string& text, std::vector<std::string>& to) { to.push_back(text); }
void read_value(const std::string& text, std::vector<std::filesystem::path>& to) {
  to.emplace_back(text);
}

std::string shown_value(int value) { return fmt::format("{}", value); }
std::string shown_value(std::size_t value) { return fmt::format("{}", value); }
std::string shown_value(double value) { return fmt::format("{}", value); }
std::string shown_value(bool) { return ""; }
std::string shown_value(const std::string& value) { return value; }
std::string shown_value(const std::filesystem::path& value) { return value.native(); }

std::vector<std::string> Option::names() const {
  std::vector<std::string> all;
  for (std::size_t at = 0; at <= flags.size();) {
    const std::size_t comma = std::min(flags.find(',', at), flags.size());
    std::string name = flags.substr(at, comma - at);
    if (name.starts_with('!')) name.erase(0, 1);
    all.push_back(std::move(name));
    at = comma + 1;
  }
  return all;
}

std::string Option::long_name() const {
  const std::vector<std::string> all = names();
  const auto found = std::ranges::find_if(all, [](const auto& n) { return n.starts_with("--"); });
  return found == all.end() ? all.front() : *found;
}

Option& Option::in(std::string heading) { return group = std::move(heading), *this; }
Option& Option::called(std::string value_name) { return value = std::move(value_name), *this; }
Option& Option::default_text(std::string text) { return shown = std::move(text), *this; }
Option& Option::one_of(std::vector<std::string> all) { return words = std::move(all), *this; }
Option& Option::between(double least, double most) { return low = least, high = most, *this; }
Option& Option::needed() { return required = true, *this; }
Option& Option::reads() { return path = PathUse::input, *this; }
Option& Option::writes() { return path = PathUse::output, *this; }

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

Option& Command::option(std::string flags, std::function<void(const std::string&)> set,
                        std::string help) {
  Option& option = add(std::move(flags), std::move(help));
  option.value = "TEXT";
  option.set = std::move(set);
  return option;
}

const Option* Command::find(std::string_view flag) const {
  for (const Option& option : options)
    if (std::ranges::count(option.names(), flag) > 0) return &option;
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

void check_value(const Option& option, const std::string& text) {
  if (!option.words.empty() && std::ranges::count(option.words, text) == 0) {
    const std::string near = nearest(text, option.words);
    wrong_usage(fmt::format("one of {}{}", fmt::join(option.words, ", "),
                            near.empty() ? "" : " (did you mean " + near + "?)"));
  }
  double value = 0;
  if (!read_number(text, value) || (value >= option.low && value <= option.high)) return;
  if (std::isinf(option.high)) wrong_usage(fmt::format("at least {}", option.low));
  wrong_usage(fmt::format("a value from {} to {}", option.low, option.high));
}

void set_values(Option& option) {
  for (const std::string& text : option.typed) {
    try {
      // First what kind of value it is, then which: -1 of an unsigned is no whole number from 0.
      option.set(text);
      check_value(option, text);
    } catch (const UsageError& expected) {
      wrong_usage(
          fmt::format("{} expects {}, got '{}'", option.long_name(), expected.what(), text));
    }
  }
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
    for (Option& option : command.options) all.emplace_back(&option, to_cli(*sub, option));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const std::string unknown = unknown_word(program, argc, argv);
    wrong_usage(unknown.empty() ? error.what() : unknown);
  }
  for (auto& [option, cli] : all) {
    option->typed = cli->results();
    if (!option->many && option->typed.size() > 1) option->typed = {option->typed.back()};
    set_values(*option);
  }
  const Command& command = *program.find(app.get_subcommands().front()->get_name());
  for (const auto& check_all : command.checks) check_all();
  return command;
}

}  // namespace sonant::apps
