// Completion scripts for shells. They hold the whole table, so that completing starts no program.
#include <fmt/format.h>
#include <sonant/core/text.h>

#include "command_line.h"

namespace sonant::apps {
namespace {

std::vector<std::string> flags_of(const Program& program, const Command& command) {
  std::vector<std::string> all;
  for (const Command* of : {&command, &program.everywhere})
    for (const Option& option : of->options)
      if (!option.positional())
        for (const std::string& name : option.names()) all.push_back(name);
  return all;
}

std::vector<std::string> command_names(const Program& program) {
  std::vector<std::string> all;
  for (const Command& command : program.commands) all.push_back(command.name);
  return all;
}

// `text` as one word for any of the three shells: in single quotes.
std::string quoted(const std::string& text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

// Calls visit(command, option) for each option whose value is one of a few words.
template <class Visit>
void for_each_choice(const Program& program, const Command& command, Visit&& visit) {
  for (const Command* of : {&command, &program.everywhere})
    for (const Option& option : of->options)
      if (!option.words.empty()) visit(option);
}

std::string bash_script(const Program& program) {
  std::string text = fmt::format(
      "# bash completion of {0}: source it, or put it into bash-completion/completions/{0}\n"
      "_{0}() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} command=\n"
      "  local i all=\n"
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    case ${{COMP_WORDS[i]}} in\n      {1}) command=${{COMP_WORDS[i]}}; break ;;\n"
      "    esac\n  done\n"
      "  case $command$before in\n",
      program.name, joined(command_names(program), "|"));
  for (const Command& command : program.commands)
    for_each_choice(program, command, [&](const Option& option) {
      std::vector<std::string> cases;
      for (const std::string& name : option.names())
        cases.push_back(command.name + (option.positional() ? command.name : name));
      text +=
          fmt::format("    {}) all={} ;;\n", joined(cases, "|"), quoted(joined(option.words, " ")));
    });
  text += "  esac\n  if [[ -z $all || $word == -* ]]; then\n    case $command in\n";
  for (const Command& command : program.commands)
    text += fmt::format("      {}) [[ $word != -* ]] || all={} ;;\n", command.name,
                        quoted(joined(flags_of(program, command), " ")));
  text += fmt::format("      '') all={} ;;\n    esac\n  fi\n",
                      quoted(fmt::format("{} {}", joined(command_names(program), " "),
                                         joined(flags_of(program, program.everywhere), " "))));
  text +=
      "  local IFS=$'\\n'\n"
      "  if [[ -n $all ]]; then COMPREPLY=($(compgen -W \"${all// /$'\\n'}\" -- \"$word\"))\n"
      "  else COMPREPLY=($(compgen -f -- \"$word\")); fi\n}\n";
  return text + fmt::format("complete -o filenames -F _{0} {0}\n", program.name);
}

// In _arguments, brackets and colons end a description.
std::string zsh_text(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string zsh_value(const Option& option) {
  if (!option.words.empty())
    return fmt::format(":{}:({})", zsh_text(option.value), joined(option.words, " "));
  if (option.role) return ":" + zsh_text(option.value) + ":_files";
  return option.takes_value() ? ":" + zsh_text(option.value) + ":" : "";
}

std::string zsh_script(const Program& program) {
  std::string text = fmt::format(
      "#compdef {0}\n# zsh completion of {0}: put it as _{0} into a folder of $fpath\n"
      "_{0}() {{\n  local context state line\n  typeset -A opt_args\n"
      "  _arguments -C '1: :->command' '*:: :->rest'\n  case $state in\n"
      "    command) local -a all=(\n",
      program.name);
  for (const Command& command : program.commands)
    text += "      " + quoted(command.name + ":" + command.summary) + "\n";
  text += "    ); _describe command all ;;\n    rest) case $line[1] in\n";
  for (const Command& command : program.commands) {
    text += "      " + command.name + ") _arguments \\\n";
    for (const Command* of : {&command, &program.everywhere})
      for (const Option& option : of->options) {
        if (option.positional()) {
          text += "        " + quoted((option.many ? "*" : "") + zsh_value(option)) + " \\\n";
          continue;
        }
        for (const std::string& name : option.names())
          text += "        " +
                  quoted((option.many ? "*" : "") + name + "[" + zsh_text(option.help) + "]" +
                         zsh_value(option)) +
                  " \\\n";
      }
    text += "        && return ;;\n";
  }
  return text + fmt::format("    esac ;;\n  esac\n}}\n_{0} \"$@\"\n", program.name);
}

std::string fish_script(const Program& program) {
  std::string text = fmt::format(
      "# fish completion of {0}: put it into fish/vendor_completions.d/{0}.fish\n", program.name);
  const std::string begin = "complete -c " + program.name;
  for (const Command& command : program.commands)
    text += fmt::format("{} -f -n __fish_use_subcommand -a {} -d {}\n", begin, command.name,
                        quoted(command.summary));
  const auto add = [&](const Option& option, const std::string& condition) {
    text += begin + condition;
    if (!option.positional())
      for (const std::string& name : option.names())
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!option.words.empty())
      text += fmt::format(" -x -a {}", quoted(joined(option.words, " ")));
    else if (option.takes_value())
      text += option.role ? " -r -F" : " -x";
    text += " -d " + quoted(option.help) + "\n";
  };
  for (const Command& command : program.commands)
    for (const Option& option : command.options)
      add(option, fmt::format(" -n '__fish_seen_subcommand_from {}'", command.name));
  for (const Option& option : program.everywhere.options) add(option, "");
  return text;
}

}  // namespace

std::string completion_script(const Program& program, Shell shell) {
  if (shell == Shell::bash) return bash_script(program);
  return shell == Shell::zsh ? zsh_script(program) : fish_script(program);
}

}  // namespace sonant::apps
