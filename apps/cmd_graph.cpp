// sonant graph: a model's graph for other programs.
#include <fmt/format.h>
#include <sonant/core/file.h>
#include <sonant/nn/models/exporter.h>

#include <memory>

#include "commands.h"
#include "model_argument.h"
#include "options.h"
#include "terminal.h"

namespace sonant::apps {

void add_graph(Program& program) {
  struct Options {
    ModelArgument model;
    std::string format = "dot", out = "-";
    MachineOptions machine;
  };
  auto options = std::make_shared<Options>();
  std::vector<std::string> names;
  std::string ideas;
  for (const Exporter* row : exporters()) {
    names.push_back(row->name);
    ideas += fmt::format("{}{}: {}", ideas.empty() ? "" : "; ", row->name, row->idea);
  }
  Command& command = program.command("graph", "Write a model's graph for other programs.",
                                     "Names of ops and shapes of what they compute.");
  command.example = "sonant graph --model reslstm-sa-h64 | dot -Tsvg > graph.svg";
  options->model.add_to(command);
  command.option("--format", options->format, ideas).called("WORD").one_of(names);
  command.option("-o,--out", options->out, "The file to write, - for stdout")
      .called("FILE")
      .writes()
      .or_dash();
  options->machine.add_to(command);
  options->model.add_own_to(command);
  command.run = [options] {
    options->machine.apply();
    const std::string text = export_model(*options->model.make(), options->format);
    if (options->out == "-")
      print("{}", text);
    else
      write_file(options->out, text, "graph");
  };
}

}  // namespace sonant::apps
