// The command line as tables of commands and their options. Parsing, help, shell completion, manual
// pages and the comparison of paths iterate over them; no list of options is written twice. The
// library that splits the words (CLI11) is read by command_line.cpp alone: it costs 12 seconds a
// file.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/usage.h>

namespace sonant::apps {

// Raises a UsageError of plain words, without the name of an operation.
[[noreturn]] void wrong_usage(const std::string& message);

// What a path is to a command.
enum class PathUse { none, input, output };

struct Option {
  std::string flags;  // "-o,--out", "--x,!--no-x" (on or off), or "FILE": a word without a flag
  std::string value;  // what help calls the value, "FILE"; "" is a flag that takes none
  std::string help;   // without line breaks: whoever shows it wraps it
  std::string shown;  // the default, as help shows it
  std::string group;  // a heading in help; "" are the options that are used most
  std::vector<std::string> words;  // all that may be said; empty: anything
  PathUse path = PathUse::none;
  bool required = false, many = false;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  std::function<void(const std::string&)> set;  // UsageError says what it expects
  std::vector<std::string> typed;               // what was said, once all is parsed

  bool positional() const { return !flags.starts_with('-'); }
  bool takes_value() const { return !value.empty(); }
  // "--out", "-o" of "-o,--out"; the name alone of a word without a flag.
  std::vector<std::string> names() const;
  std::string long_name() const;

  Option& in(std::string heading);
  Option& called(std::string value_name);
  Option& default_text(std::string text);
  Option& one_of(std::vector<std::string> all);
  Option& between(double least, double most);
  Option& at_least(double least) { return between(least, high); }
  Option& needed();
  Option& reads();   // its value is a path that is read
  Option& writes();  // a path that is written
};

// How a text becomes a value. UsageError that says what is expected; many-valued ones append.
void read_value(const std::string& text, int& to);
void read_value(const std::string& text, std::size_t& to);  // the seeds, too
void read_value(const std::string& text, double& to);
void read_value(const std::string& text, bool& to);
void read_value(const std::string& text, std::string& to);
void read_value(const std::string& text, std::filesystem::path& to);
void read_value(const std::string& text, std::vector<std::string>& to);
void read_value(const std::string& text, std::vector<std::filesystem::path>& to);

std::string shown_value(int value);
std::string shown_value(std::size_t value);
std::string shown_value(double value);
std::string shown_value(bool value);
std::string shown_value(const std::string& value);
std::string shown_value(const std::filesystem::path& value);

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
    o.many = is_many(target);
    o.set = [&target](const std::string& text) { read_value(text, target); };
    return o;
  }
  Option& flag(std::string flags, bool& target, std::string help);
  Option& flag(std::string flags, std::function<void()> act, std::string help);
  // An option whose value needs more than read_value().
  Option& option(std::string flags, std::function<void(const std::string&)> set, std::string help);

  const Option* find(std::string_view flag) const;  // "--out"; nullptr if there is none
  bool typed(std::string_view flag) const;
  std::string value(std::string_view flag) const;  // as typed; "" if it was not

 private:
  Option& add(std::string flags, std::string help);
  static std::string value_name(int) { return "N"; }
  static std::string value_name(std::size_t) { return "N"; }
  static std::string value_name(double) { return "X"; }
  static std::string value_name(const std::string&) { return "TEXT"; }
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

// A script that completes commands, options and their words: bash, zsh or fish.
std::string completion_script(const Program& program, std::string_view shell);

// A manual page (roff, man(7)): of one command, or (nullptr) of all.
std::string manual_page(const Program& program, const Command* command, const std::string& version);

}  // namespace sonant::apps
