#include <sonant/nn/models/summary.h>

#include <algorithm>
#include <array>
#include <iomanip>

#include <sonant/core/numbers.h>

namespace sonant {
namespace {

std::string listed(std::string all, const std::string& one) {
  return all.empty() ? one : all + ", " + one;
}

}  // namespace

template <Real T>
std::vector<SummaryRow> summarise(const Model<T>& model) {
  const Graph graph = model.graph();
  // visit() is one function for readers and writers; this is a reader.
  const auto parameters = const_cast<Model<T>&>(model).named_parameters();
  std::vector<SummaryRow> rows;
  for (int k = 0; k < std::ssize(graph.nodes()); ++k) {
    const Graph::Node& node = graph[k];
    SummaryRow row{node.name, node.op, "", graph.settings(k), graph.shape(k), "", 0};
    for (int input : node.inputs) row.inputs = listed(row.inputs, graph[input].name);
    for (const auto* outputs : {&graph.heads(), &graph.taps()})
      for (const Graph::Output& output : *outputs)
        if (output.node == k) row.result = listed(row.result, output.name);
    for (const auto& [name, parameter] : parameters)
      if (node.owns(name)) row.parameters += parameter->value.size();
    rows.push_back(std::move(row));
  }
  return rows;
}

void print_summary(std::ostream& out, const std::vector<SummaryRow>& rows) {
  using Line = std::array<std::string, 7>;
  std::vector<Line> lines{{"layer", "op", "of", "settings", "output", "result", "parameters"}};
  std::int64_t total = 0;
  for (const SummaryRow& row : rows) {
    lines.push_back({row.name, row.op, row.inputs, row.settings, row.output, row.result,
                     with_thousands(row.parameters)});
    total += row.parameters;
  }
  lines.push_back({"total", "", "", "", "", "", with_thousands(total)});
  std::array<std::size_t, std::tuple_size_v<Line>> widths{};
  for (const Line& line : lines)
    for (std::size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], line[c].size());
  for (const Line& line : lines) {
    for (std::size_t c = 0; c < line.size(); ++c)
      out << (c > 0 ? "  " : "") << (c + 1 == line.size() ? std::right : std::left)
          << std::setw(static_cast<int>(widths[c])) << line[c];
    out << '\n';
  }
  out << "N: rows of a packed batch, the sum of its lengths; B: its sequences\n";
}

template std::vector<SummaryRow> summarise(const Model<float>&);
template std::vector<SummaryRow> summarise(const Model<double>&);

}  // namespace sonant
