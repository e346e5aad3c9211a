// The command line as tables of commands and their options. Parsing, help, shell completion, manual
// pages and the comparison of paths iterate over them; no list of options is written twice. The
// library that splits the words (CLI11) is read by command_line.cpp alone: it costs 12 seconds a
// file.
#pragma once

#include <array>
#include <concepts>
#include <deque>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "option.h"

namespace sonant::apps {

struct Command {
  std::string name;
  std::string summary;  // one line, for the list of commands
  std::string details;  // what more there is to know, or ""
  std::string example;  // command lines, one per line
  std::deque<Option> options;
  std::vector<std::function<void()>> checks;  // when all is set, before run
  std::function<void()> run;

  // `target` keeps its value, the default, unless the option is typed. It must outlive the command.
  template <class T>
  Option& option(std::string flags, T& target, std::string help) {
    Option& o = add(std::move(flags), std::move(help));
    o.value = value_name(target);
    if constexpr (requires { shown_value(target); }) o.shown = shown_value(target);
    if constexpr (Worded<T>) o.one_of(words_in<T>());
    if constexpr (std::is_arithmetic_v<T>) o.kind = "a number";
    if constexpr (std::integral<T> && !std::same_as<T, bool>) {
      o.kind = "a whole number";
      o.between(static_cast<double>(std::numeric_limits<T>::min()),
                static_cast<double>(std::numeric_limits<T>::max()));
    }
    o.values = [&target] { return paths_in(target); };
    o.many = is_many(target);
    o.set = [&target](const std::string& text) { read_value(text, target); };
    return o;
  }
  Option& flag(std::string flags, bool& target, std::string help);
  Option& flag(std::string flags, std::function<void()> act, std::string help);
  // Of a command that prints its result where the flag is set: standard output is a file of it.
  Option& prints(std::string flags, bool& target, std::string help);
  // An option whose value needs more than read_value().
  Option& option(std::string flags, std::function<void(const std::string&)> set, std::string help);

  const Option* find(std::string_view flag) const;  // "--out"; nullptr if there is none
  bool typed(std::string_view flag) const;
  std::string value(std::string_view flag) const;  // as typed; "" if it was not

 private:
  template <class T>
  static std::vector<Option::Path> paths_in(const T& value) {
    std::vector<Option::Path> all;
    if constexpr (std::convertible_to<T, Option::Path>)
      all.push_back(value);
    else if constexpr (requires { value.begin(); })
      all.assign(value.begin(), value.end());
    return all;
  }
  Option& add(std::string flags, std::string help);
  static std::string value_name(int) { return "N"; }
  static std::string value_name(std::size_t) { return "N"; }
  static std::string value_name(double) { return "X"; }
  static std::string value_name(const std::string&) { return "TEXT"; }
  static std::string value_name(Worded auto) { return "WORD"; }
  static std::string value_name(const std::filesystem::path&) { return "FILE"; }
  template <class T>
  static std::string value_name(const std::vector<T>&) {
    return "FILE";
  }
  template <class T>
  static bool is_many(const T&) {
    return false;
  }
  template <class T>
  static bool is_many(const std::vector<T>&) {
    return true;
  }
};

struct Program {
  std::string name, summary;
  Command everywhere;            // the options that every command has
  std::deque<Command> commands;  // in the order of help

  Command& command(std::string name, std::string summary, std::string details = "");
  const Command* find(std::string_view name) const;
};

// Sets what argv says and gives the command that it names. UsageError for what cannot be.
const Command& parse(Program& program, int argc, char** argv);

// What --help prints: of one command, or of all.
std::string help_text(const Program& program, const Command& command);
std::string help_text(const Program& program);

enum class Shell { bash, zsh, fish };
constexpr std::array<std::string_view, 3> words_of(Shell) { return {"bash", "zsh", "fish"}; }
// A script that completes commands, options and their words.
std::string completion_script(const Program& program, Shell shell);

// A manual page (roff, man(7)): of one command, or (nullptr) of all.
std::string manual_page(const Program& program, const Command* command, const std::string& version);

}  // namespace sonant::apps
