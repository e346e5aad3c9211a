// A model written down for other programs: formats by name, a row each. A program adds its own:
// docs/contributing.md, "Add an exporter".
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/nn/models/model.h>

namespace sonant {

struct Exporter {
  std::string name;                   // "dot"
  std::string idea = {};              // one line
  std::vector<std::string> ops = {};  // of the model's description, that it can write; none: any
  // The file's bytes. `graph` is what the model's describe() says.
  std::function<std::string(const Model<float>& model, const Graph& graph)> write = {};
};

// UsageError if the name is taken, or a part of the row is missing.
void register_exporter(Exporter exporter);
std::vector<const Exporter*> exporters();
const Exporter& find_exporter(std::string_view name);

// Error that names the op, the node and the format for an op that the format has nothing for.
std::string export_model(const Model<float>& model, std::string_view format);

}  // namespace sonant
