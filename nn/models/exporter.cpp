#include <sonant/nn/models/exporter.h>

#include <algorithm>
#include <map>
#include <sstream>

#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/ops/regression_losses.h>
#include <sonant/core/random.h>
#include <sonant/core/rows.h>
#include <sonant/nn/models/family.h>

namespace sonant {
namespace {

constexpr const char* kAt = "export";

// A batch of two sequences of random frames, of one length, which some families ask for: what is
// recorded does not depend on what they are.
std::string tape_of_a_step(const Model<float>& model) {
  const auto copy = model.clone();  // with a state of its own
  const Layout layout = make_layout(std::vector<int>{3, 3});
  Tensor<float> frames(Shape{layout->rows(), model.spec().input});
  Random(0).fill_normal(frames.span(), 0.0f, 1.0f);
  Tape<float> tape;
  const auto output = (*copy)(Packed<float>{tape.constant(std::move(frames)), layout});
  Var<float> loss;
  for (const Head& head : model.spec().heads) {
    const Var<float> answer = output.head(head.name);
    const Var<float> part = head.outputs > 1
                                ? cross_entropy(answer, std::vector<int>{0, 1})
                                : mean_squared_error(answer, std::vector<double>{0, 1});
    loss = loss.empty() ? part : add(loss, part);
  }
  std::map<const Parameter<float>*, std::string> names;
  for (const auto& [name, parameter] : copy->named_parameters()) names[parameter] = name;
  std::ostringstream dot;
  tape.write_dot(dot, names);
  return dot.str();
}

Json outputs_json(const std::vector<Graph::Output>& outputs) {
  Json list = Json::array();
  for (const Graph::Output& output : outputs)
    list.push_back({{"name", output.name}, {"node", output.node}});
  return list;
}

std::string description(const Model<float>& model, const Graph& graph) {
  Json nodes = Json::array();
  for (int k = 0; k < std::ssize(graph.nodes()); ++k) {
    const Graph::Node& node = graph[k];
    nodes.push_back({{"op", node.op},
                     {"name", node.name},
                     {"inputs", node.inputs},
                     {"shape", graph.shape(k)},
                     {"attributes", node.attributes}});
  }
  const Json json = {{"model", to_json(model.spec())},
                     {"nodes", nodes},
                     {"heads", outputs_json(graph.heads())},
                     {"taps", outputs_json(graph.taps())}};
  return json.dump(1) + "\n";
}

Rows<Exporter>& rows() {
  static Rows<Exporter> rows(
      "a format",
      {{"dot",
        "what the tape records of a training step, for Graphviz",
        {},
        [](const Model<float>& model, const Graph&) { return tape_of_a_step(model); }},
       {"json", "the model's description: nodes, attributes, heads, taps", {}, description}});
  return rows;
}

}  // namespace

void register_exporter(Exporter exporter) {
  check_usage(exporter.write != nullptr, kAt, exporter.name, ": expects a function that writes");
  rows().add(std::move(exporter));
}
std::vector<const Exporter*> exporters() { return rows().all(); }
const Exporter& find_exporter(std::string_view name) { return rows().find(name, kAt); }

std::string export_model(const Model<float>& model, std::string_view format) {
  const Exporter& exporter = find_exporter(format);
  const Graph graph = model.graph();
  for (const Graph::Node& node : graph.nodes())
    check(exporter.ops.empty() || std::ranges::count(exporter.ops, node.op) > 0, kAt, "the format ",
          exporter.name, " has nothing for the op ", node.op, " (\"", node.name, "\") of a ",
          model.spec().family, " model");
  return exporter.write(model, graph);
}

}  // namespace sonant
