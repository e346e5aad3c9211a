#include <sonant/nn/graph.h>

#include <algorithm>
#include <utility>

#include <sonant/core/error.h>
#include <sonant/core/settings.h>

namespace sonant {
namespace {

constexpr const char* kAt = "Graph";

std::vector<Named<Shape>> conv_block_tensors(const Graph& graph, const Graph::Node& node) {
  const Graph::Node& x = graph[node.inputs.at(0)];
  const std::int64_t channels = x.rows == Graph::Rows::frames ? 1 : x.size;
  const Json& a = node.attributes;
  const Shape outputs = {node.size};
  std::vector<Named<Shape>> all = {
      {node.name + ".conv.weight",
       {node.size, channels, int(a.at("window_height")), int(a.at("window_width"))}}};
  if (a.at("bias")) all.push_back({node.name + ".conv.bias", outputs});
  for (const char* name : {"weight", "bias", "running_mean", "running_var"})
    all.push_back({node.name + ".bn." + name, outputs});
  return all;
}

// Of both directions or one; what scores the states may be there or not.
std::vector<Named<Shape>> a_lstm_tensors(const Graph::Node& node, std::int64_t input) {
  const bool both = node.attributes.at("direction") == "bidirectional";
  const std::int64_t H = both ? node.size / 2 : node.size;
  std::vector<Named<Shape>> all;
  for (const std::string side : {"_l0", "_l0_reverse"}) {
    if (side != "_l0" && !both) continue;
    all.push_back({node.name + ".weight_ih" + side, {4 * H, input}});
    all.push_back({node.name + ".weight_hh" + side, {4 * H, H}});
    all.push_back({node.name + ".bias" + side, {4 * H}});
  }
  return all;
}

// The tensors that a known op must have in the module, and their shapes.
std::vector<Named<Shape>> expected_tensors(const Graph& graph, const Graph::Node& node) {
  if (!node.has_tensors) return {};
  const std::int64_t input = graph[node.inputs.at(0)].size, size = node.size;
  const std::string in = node.name + ".";
  if (node.op == "linear") return {{in + "weight", {size, input}}, {in + "bias", {size}}};
  if (node.op == "soft_attention") return {{node.name, {input, 1}}};
  if (node.op == "conv_block") return conv_block_tensors(graph, node);
  if (node.op == "a_lstm") return a_lstm_tensors(node, input);
  std::vector<Named<Shape>> all;
  if (node.op == "batch_norm")
    for (const char* name : {"weight", "bias", "running_mean", "running_var"})
      all.push_back({in + name, {size}});
  if (node.op != "lstm") return all;
  const bool both = node.attributes.at("direction") == "bidirectional";
  const std::int64_t H = both ? size / 2 : size;
  const int layers = node.attributes.at("layers");
  for (int layer = 0; layer < layers; ++layer)
    for (const std::string side : {"", "_reverse"}) {
      if (!side.empty() && !both) continue;
      const std::string of = "_l" + std::to_string(layer) + side;
      all.push_back({in + "weight_ih" + of, {4 * H, layer == 0 ? input : size}});
      all.push_back({in + "weight_hh" + of, {4 * H, H}});
      all.push_back({in + "bias_ih" + of, {4 * H}});
      all.push_back({in + "bias_hh" + of, {4 * H}});
    }
  return all;
}

}  // namespace

bool Graph::Node::owns(const std::string& parameter) const {
  return parameter == name || parameter.starts_with(name + ".");
}

const Graph::Node& Graph::checked(const char* op, Value value) const {
  check(value.node >= 0 && value.node < std::ssize(nodes_), kAt, op,
        ": expects a value of this graph, got node ", value.node, " of ", nodes_.size());
  return (*this)[value.node];
}

Graph::Value Graph::add_node(Node node) {
  const auto taken = [&](const std::string& name) {
    return std::ranges::any_of(nodes_, [&](const Node& other) { return other.name == name; });
  };
  if (node.name.empty()) {
    node.name = node.op;
    for (int k = 2; taken(node.name); ++k) node.name = node.op + "_" + std::to_string(k);
  }
  check(!taken(node.name), kAt, "two nodes are named \"", node.name, "\"");
  check(node.size >= 1, kAt, node.name, ": expects at least 1 number a row, got ", node.size);
  nodes_.push_back(std::move(node));
  return {static_cast<int>(nodes_.size()) - 1};
}

Graph::Value Graph::op(std::string_view kind, std::string_view name,
                       const std::vector<Value>& inputs, int size, Rows rows, Json attributes) {
  Node node{.op = std::string(kind),
            .name = std::string(name),
            .inputs = {},
            .rows = rows,
            .size = size,
            .has_tensors = !name.empty(),
            .attributes = std::move(attributes)};
  for (Value value : inputs) {
    checked(node.op.c_str(), value);
    node.inputs.push_back(value.node);
  }
  return add_node(std::move(node));
}

Graph::Value Graph::op(std::string_view kind, std::string_view name,
                       const std::vector<Value>& inputs, int size, Json attributes) {
  check(!inputs.empty(), kAt, kind, ": expects the value that it takes");
  return op(kind, name, inputs, size, checked("op", inputs[0]).rows, std::move(attributes));
}

Graph::Value Graph::input(int features) { return op("input", "", {}, features, Rows::frames); }

Graph::Value Graph::lstm(std::string_view name, Value x, int hidden, int layers,
                         bool bidirectional) {
  check(checked("lstm", x).rows == Rows::frames, kAt, name, ": expects frames");
  return op("lstm", name, {x}, bidirectional ? 2 * hidden : hidden,
            {{"layers", layers},
             {"direction", bidirectional ? "bidirectional" : "forward"},
             {"initial_state", "zeros"}});
}

Graph::Value Graph::last_state(Value h) {
  const Node& sequence = checked("last_state", h);
  check(sequence.op == "lstm", kAt, "last_state: expects an lstm, got ", sequence.op);
  return op("last_state", "", {h}, sequence.size, Rows::sequences);
}

Graph::Value Graph::add(Value a, Value b) {
  const Node &left = checked("add", a), &right = checked("add", b);
  check(left.size == right.size && left.rows == right.rows, kAt,
        "add: expects values of one shape, got ", left.name, " of ", left.size, " and ", right.name,
        " of ", right.size, " numbers a row");
  return op("add", "", {a, b}, left.size);
}

Graph::Value Graph::batch_norm(std::string_view name, Value x, double eps, Padding padding) {
  return op("batch_norm", name, {x}, checked("batch_norm", x).size,
            {{"eps", eps}, {"padding", word_of(padding)}});
}

Graph::Value Graph::soft_attention(std::string_view name, Value h, Padding padding) {
  check(checked("soft_attention", h).rows == Rows::frames, kAt, name, ": expects frames");
  return op("soft_attention", name, {h}, 1, {{"padding", word_of(padding)}});
}

Graph::Value Graph::weighted_sum(Value h, Value alpha) {
  const Node &rows = checked("weighted_sum", h), &weights = checked("weighted_sum", alpha);
  check(rows.rows == Rows::frames && weights.rows == Rows::frames && weights.size == 1, kAt,
        "weighted_sum: expects frames and a weight for each, got ", rows.name, " and ",
        weights.name);
  return op("weighted_sum", "", {h, alpha}, rows.size, Rows::sequences);
}

Graph::Value Graph::conv_block(std::string_view name, Value x, int outputs,
                               std::array<int, 2> window, std::array<int, 2> pooling, bool bias,
                               double eps) {
  check(checked("conv_block", x).rows != Rows::sequences, kAt, name, ": expects frames or maps");
  return op("conv_block", name, {x}, outputs, pooling[0] == 0 ? Rows::sequences : Rows::maps,
            {{"window_height", window[0]},
             {"window_width", window[1]},
             {"pooling_height", pooling[0]},
             {"pooling_width", pooling[1]},
             {"bias", bias},
             {"eps", eps}});
}

Graph::Value Graph::dropout(Value x, double p) {
  return op("dropout", "", {x}, checked("dropout", x).size, {{"p", p}});
}

Graph::Value Graph::linear(std::string_view name, Value x, int outputs) {
  return op("linear", name, {x}, outputs);
}

void Graph::head(std::string_view name, Value value) {
  check(checked("head", value).rows == Rows::sequences, kAt, "head ", name,
        ": expects a value for each sequence");
  heads_.push_back({std::string(name), value.node});
}

void Graph::tap(std::string_view name, Value value) {
  checked("tap", value);
  taps_.push_back({std::string(name), value.node});
}

std::string Graph::shape(int node) const {
  const Node& of = (*this)[node];
  const char* rows = of.rows == Rows::frames ? "(N," : of.rows == Rows::maps ? "(B,Y,X," : "(B,";
  return rows + std::to_string(of.size) + ")";
}

std::string Graph::settings(int node) const {
  const Json usual = {{"layers", 1},
                      {"direction", "forward"},
                      {"initial_state", "zeros"},
                      {"eps", 1e-5},
                      {"padding", "masked"}};
  const Json& attributes = (*this)[node].attributes;
  std::string text;
  const auto add = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  // "window_height", "window_width": one setting for people.
  std::vector<std::string> pairs;
  for (const std::string what : {"window", "pooling"}) {
    const std::string height = what + "_height", width = what + "_width";
    if (!attributes.contains(height) || !attributes.contains(width)) continue;
    pairs.insert(pairs.end(), {height, width});
    add(what + " " +
        (attributes.at(height) == 0
             ? "all"
             : attributes.at(height).dump() + "x" + attributes.at(width).dump()));
  }
  for (const auto& [key, value] : attributes.items())
    if (std::ranges::count(pairs, key) == 0 && (!usual.contains(key) || usual.at(key) != value))
      add(key + " " + (value.is_string() ? value.get<std::string>() : value.dump()));
  return text;
}

template <Real T>
Tensors<T>::Tensors(const Module<T>& module) {
  // visit() is one function for readers and writers; this is a reader.
  for (auto& [name, member] : const_cast<Module<T>&>(module).members()) {
    if (auto* parameter = std::get_if<Parameter<T>*>(&member))
      all_.push_back({name, &(*parameter)->value});
    if (auto* buffer = std::get_if<Tensor<T>*>(&member)) all_.push_back({name, *buffer});
  }
}

template <Real T>
const Tensor<T>* Tensors<T>::find(const std::string& name) const {
  const auto found = std::ranges::find(all_, name, &Named<const Tensor<T>*>::name);
  return found == all_.end() ? nullptr : found->value;
}

template <Real T>
const Tensor<T>& Tensors<T>::operator[](const std::string& name) const {
  const Tensor<T>* tensor = find(name);
  check(tensor != nullptr, "Tensors", "the module has no \"", name, "\"");
  return *tensor;
}

template <Real T>
void check_graph(const Graph& graph, const Module<T>& module, const std::string& model) {
  check(!graph.nodes().empty(), kAt, model, ": expects at least an input");
  const Tensors<T> tensors(module);
  for (const Graph::Node& node : graph.nodes()) {
    const bool found = std::ranges::any_of(
        tensors.all(), [&](const auto& tensor) { return node.owns(tensor.name); });
    check(found == node.has_tensors, kAt, model, ": the description's \"", node.name, "\" (",
          node.op, ") expects ", node.has_tensors ? "parameters" : "no parameters",
          " of that name in the model");
    for (const auto& [name, shape] : expected_tensors(graph, node)) {
      const Tensor<T>* tensor = tensors.find(name);
      check(tensor != nullptr, kAt, model, ": the description's ", node.op, " \"", node.name,
            "\" expects a parameter ", name, " in the model");
      check(tensor->shape() == shape, kAt, model, ": the description expects ", name, " to be ",
            shape, ", the model's is ", tensor->shape());
    }
  }
  for (const auto& [name, tensor] : tensors.all())
    check(std::ranges::any_of(graph.nodes(), [&](const auto& node) { return node.owns(name); }),
          kAt, model, ": the description lacks the layer of the parameter ", name);
}

template class Tensors<float>;
template class Tensors<double>;
template void check_graph(const Graph&, const Module<float>&, const std::string&);
template void check_graph(const Graph&, const Module<double>&, const std::string&);

}  // namespace sonant
