// sonant help: what a subcommand does and takes, for reading or as a manual page.
#include <fmt/format.h>
#include <sonant/core/version.h>
#include <sonant/train/protocol.h>

#include <memory>

#include "commands.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

struct Options {
  std::string command;
  bool manual = false;
};

std::string protocols_text() {
  std::string text =
      "Protocols, for --protocol: who trains, who chooses the epoch, who judges.\n\n";
  for (const Protocol* row : protocols()) {
    text += fmt::format("{}\n  {}\n", row->name, row->what);
    if (!row->leaks.empty()) text += fmt::format("  leaks: {}\n", row->leaks);
    for (const std::string_view former : former_protocols)
      if (protocol_name_now(former) == row->name)
        text += fmt::format("  in version 0.1: {}\n", former);
  }
  return text;
}

void run(const Program& program, const Options& options) {
  if (options.command == "protocols") return print("{}", protocols_text());
  const Command* command = options.command.empty() ? nullptr : program.find(options.command);
  if (options.manual)
    print("{}", manual_page(program, command, "sonant " + version()));
  else
    print("{}", command ? help_text(program, *command) : help_text(program));
}

}  // namespace

void add_help(Program& program) {
  auto options = std::make_shared<Options>();
  std::vector<std::string> names;
  for (const Command& command : program.commands) names.push_back(command.name);
  for (const char* later : {"help", "completion", "protocols"}) names.emplace_back(later);
  Command& command = program.command("help", "Tell what a command does and takes.");
  command.example = "sonant help train\nsonant help protocols\nsonant help --man train | man -l -";
  command.option("COMMAND", options->command, "The command, or protocols; none: all commands")
      .called("COMMAND")
      .one_of(std::move(names));
  command.flag("--man", options->manual, "As a manual page, for man");
  command.run = [&program, options] { run(program, *options); };
}

}  // namespace sonant::apps
