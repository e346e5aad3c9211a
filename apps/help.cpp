// What --help prints.
#include <fmt/format.h>
#include <sonant/core/text.h>

#include <algorithm>
#include <sstream>

#include "command_line.h"

namespace sonant::apps {
namespace {

constexpr std::size_t kWidth = 80, kColumn = 26;

// The words of `text` in lines of kWidth, those after the first indented to `indent`.
std::string wrapped(const std::string& text, std::size_t indent) {
  std::string all;
  std::size_t at = indent;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (at > indent && at + 1 + word.size() > kWidth) {
      all += '\n' + std::string(indent, ' ');
      at = indent;
    } else if (at > indent) {
      all += ' ';
      ++at;
    }
    all += word;
    at += word.size();
  }
  return all;
}

std::string left_side(const Option& option) {
  std::string text = joined(option.names());
  if (option.positional()) return option.many ? text + "..." : text;
  return option.takes_value() ? text + " " + option.value + (option.many ? "..." : "") : text;
}

std::string right_side(const Option& option) {
  std::string text = option.help;
  if (!option.words.empty()) text += fmt::format("; one of {}", joined(option.words));
  if (!option.shown.empty()) text += " [" + option.shown + "]";
  if (option.required && !option.positional()) text += " (required)";
  return text;
}

std::string rows(const std::deque<Option>& options, const std::string& group) {
  std::string text;
  for (const Option& option : options) {
    if (option.group != group) continue;
    const std::string left = "  " + left_side(option);
    text += left;
    if (left.size() + 2 > kColumn)
      text += '\n' + std::string(kColumn, ' ');
    else
      text += std::string(kColumn - left.size(), ' ');
    text += wrapped(right_side(option), kColumn) + '\n';
  }
  return text;
}

std::string usage(const Program& program, const Command& command) {
  std::string text = "Usage: " + program.name + " " + command.name;
  for (const Option& option : command.options)
    if (option.required && !option.positional())
      text += " " + option.long_name() + " " + option.value;
  text += " [options]";
  for (const Option& option : command.options) {
    if (!option.positional()) continue;
    const std::string word = option.names().front() + (option.many ? "..." : "");
    text += option.required ? " " + word : " [" + word + "]";
  }
  return text + "\n";
}

std::string examples(const Command& command) {
  std::string text;
  std::istringstream lines(command.example);
  for (std::string line; std::getline(lines, line);) text += "  " + line + "\n";
  return text.empty() ? text : "\nExample:\n" + text;
}

}  // namespace

std::string help_text(const Program& program, const Command& command) {
  std::string text = wrapped(command.summary, 0) + "\n";
  if (!command.details.empty()) text += wrapped(command.details, 0) + "\n";
  text += "\n" + usage(program, command) + examples(command);
  std::vector<std::string> groups{""};
  for (const Option& option : command.options)
    if (std::ranges::count(groups, option.group) == 0) groups.push_back(option.group);
  for (const std::string& group : groups) {
    const std::string listed = rows(command.options, group);
    if (!listed.empty()) text += "\n" + (group.empty() ? "Options" : group) + ":\n" + listed;
  }
  return text + "\nEverywhere:\n" + rows(program.everywhere.options, "");
}

std::string help_text(const Program& program) {
  std::string text = wrapped(program.summary, 0) + "\n\nUsage: " + program.name +
                     " COMMAND [options]\n" + examples(program.everywhere) + "\nCommands:\n";
  for (const Command& command : program.commands)
    text += fmt::format("  {:<12} {}\n", command.name, wrapped(command.summary, 15));
  text += "\nEverywhere:\n" + rows(program.everywhere.options, "");
  return text + "\n" + program.name + " help COMMAND tells more of one.\n";
}

}  // namespace sonant::apps
