// sonant graph: what the tape records of one training step, as Graphviz DOT.
#include <fmt/format.h>
#include <sonant/core/file.h>
#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/random.h>

#include <map>
#include <memory>
#include <sstream>

#include "commands.h"
#include "model_argument.h"
#include "options.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

// A batch of two sequences of random frames: the graph does not depend on what they are.
std::string graph_of(Model<float>& model) {
  const Layout layout = make_layout(std::vector<int>{3, 2});
  Tensor<float> frames(Shape{layout->rows(), model.spec().input});
  Random(0).fill_normal(frames.span(), 0.0f, 1.0f);
  Tape<float> tape;
  const auto output = model(Packed<float>{tape.constant(std::move(frames)), layout});
  cross_entropy(output.head(), std::vector<int>{0, 1});
  std::map<const Parameter<float>*, std::string> names;
  for (const auto& [name, parameter] : model.named_parameters()) names[parameter] = name;
  std::ostringstream dot;
  tape.write_dot(dot, names);
  return dot.str();
}

}  // namespace

void add_graph(Program& program) {
  auto model = std::make_shared<ModelArgument>();
  auto out = std::make_shared<std::string>("-");
  auto machine = std::make_shared<MachineOptions>();
  Command& command =
      program.command("graph", "Write what the tape records of a training step, as Graphviz DOT.",
                      "Names of ops and shapes of what they compute.");
  command.example = "sonant graph --model reslstm-sa-h64 | dot -Tsvg > graph.svg";
  model->add_to(command);
  command.option("-o,--out", *out, "The .dot file to write, - for stdout")
      .called("FILE")
      .writes()
      .or_dash();
  machine->add_to(command);
  command.run = [model, out, machine] {
    machine->apply();
    const std::string dot = graph_of(*model->make());
    if (*out == "-")
      print("{}", dot);
    else
      write_file(*out, dot, "graph");
  };
}

}  // namespace sonant::apps
