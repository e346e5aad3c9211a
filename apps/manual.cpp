// Manual pages, in the macros of man(7).
#include <fmt/format.h>
#include <sonant/core/text.h>

#include <sstream>

#include "command_line.h"

namespace sonant::apps {
namespace {

// Text as roff takes it: a dash is a dash, and no line begins with a request.
std::string roff(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '-') escaped += '\\';
    if (c == '\\') {
      escaped += "\\e";
      continue;
    }
    escaped += c;
  }
  return escaped.starts_with('.') || escaped.starts_with('\'') ? "\\&" + escaped : escaped;
}

std::string option_page(const Option& option) {
  std::string text = fmt::format(".TP\n\\fB{}\\fR", roff(joined(option.names())));
  if (option.takes_value() && !option.positional()) text += " \\fI" + roff(option.value) + "\\fR";
  if (option.many) text += "...";
  text += "\n" + roff(option.help);
  if (!option.words.empty()) text += fmt::format("; one of {}", roff(joined(option.words)));
  if (!option.shown.empty()) text += " [" + roff(option.shown) + "]";
  return text + ".\n";
}

std::string example_page(const Command& command) {
  if (command.example.empty()) return "";
  std::string text = ".SH EXAMPLES\n.nf\n";
  std::istringstream lines(command.example);
  for (std::string line; std::getline(lines, line);) text += roff(line) + "\n";
  return text + ".fi\n";
}

constexpr const char* kStatus =
    ".SH EXIT STATUS\n0 done; 1 failed; 2 wrong usage or a value that cannot be; 128 and the "
    "signal's number\nwhen stopped by one after a clean save.\n";

}  // namespace

std::string manual_page(const Program& program, const Command* command,
                        const std::string& version) {
  const Command& of = command ? *command : program.everywhere;
  const std::string name = command ? program.name + "-" + command->name : program.name;
  std::string text = fmt::format(".TH {} 1 \"\" \"{}\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n", name,
                                 version, roff(name), roff(command ? of.summary : program.summary));
  text += fmt::format(".B {}\n", roff(program.name + (command ? " " + command->name : "")));
  if (!command) text += ".I COMMAND\n";
  for (const Option& option : of.options)
    if (option.required)
      text += option.positional()
                  ? fmt::format(".I {}\n", roff(option.long_name()))
                  : fmt::format("\\fB{}\\fR \\fI{}\\fR\n", roff(option.long_name()), option.value);
  text += "[options]\n";
  if (!of.details.empty()) text += ".SH DESCRIPTION\n" + roff(of.details) + "\n";
  if (!command) {
    text += ".SH COMMANDS\n";
    for (const Command& one : program.commands)
      text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(one.name), roff(one.summary));
  }
  text += ".SH OPTIONS\n";
  for (const Option& option : of.options) text += option_page(option);
  if (command)
    for (const Option& option : program.everywhere.options) text += option_page(option);
  return text + example_page(of) + kStatus;
}

}  // namespace sonant::apps
