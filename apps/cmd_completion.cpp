// sonant completion: a script with which a shell completes sonant's commands and options.
#include <fmt/format.h>

#include <memory>

#include "commands.h"
#include "terminal.h"

namespace sonant::apps {

void add_completion(Program& program) {
  auto shell = std::make_shared<Shell>(Shell::bash);
  Command& command =
      program.command("completion", "Print the script with which a shell completes sonant.",
                      "An installed sonant has them where bash, zsh and fish look for them.");
  command.example = "source <(sonant completion bash)";
  command.option("SHELL", *shell, "For which shell").called("SHELL").default_text("").needed();
  command.run = [&program, shell] { print("{}", completion_script(program, *shell)); };
}

}  // namespace sonant::apps
