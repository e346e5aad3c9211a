// What people see of a tape: a table of its values, and its graph.
#include <algorithm>
#include <array>
#include <iomanip>
#include <sstream>

#include <sonant/core/autograd.h>

namespace sonant {
namespace {

// On one line, four digits each: [[0.5] [-0.1]]; of many numbers the first three and the last.
template <Real T>
std::string one_line(const Tensor<T>& x) {
  std::ostringstream out;
  out << std::setprecision(4);
  if (x.empty()) return "[]";
  if (x.size() > 6) {
    for (int i = 0; i < 3; ++i) out << x[i] << ' ';
    out << "... " << x[x.size() - 1];
    return out.str();
  }
  const auto opened = [&x](std::int64_t i, bool at_end) {  // axes that begin or end at element i
    int count = 0;
    for (int axis = x.rank() - 1; axis >= 0; --axis, ++count) {
      const std::int64_t run = x.shape().stride(axis) * x.dim(axis);
      if ((at_end ? i + 1 : i) % run != 0) break;
    }
    return static_cast<std::size_t>(count);
  };
  for (std::int64_t i = 0; i < x.size(); ++i)
    out << (i > 0 ? " " : "") << std::string(opened(i, false), '[') << x[i]
        << std::string(opened(i, true), ']');
  return out.str();
}

// A name inside a DOT string: quotes and backslashes are escaped.
std::string dot_escaped(std::string_view name) {
  std::string text;
  for (char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

template <Real T>
void Tape<T>::print(std::ostream& out) const {
  std::vector<std::string> names(values_.size());  // "n3", "n4.1" for the second result of n4
  std::vector<std::array<std::string, 4>> rows = {{"node", "operation", "value", "gradient"}};
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const Node& node = nodes_[n];
    std::string operation = node.op;
    if (!node.name.empty()) operation += " " + std::string(node.name);
    for (std::uint32_t i = 0; i < node.inputs; ++i)
      operation += " " + names[edges_[node.first_input + i]];
    for (std::uint32_t k = 0; k < node.values; ++k) {
      const std::size_t id = node.first_value + k;
      const Value& value = values_[id];
      const Tensor<T>& gradient = value.parameter ? value.parameter->grad : value.gradient;
      names[id] = "n" + std::to_string(n) + (k > 0 ? "." + std::to_string(k) : "");
      std::ostringstream shape;
      shape << value.get().shape() << ' ';
      rows.push_back({names[id], k > 0 ? "  result " + std::to_string(k + 1) : operation,
                      shape.str() + one_line(value.get()),
                      !value.needs_grad                         ? "none"
                      : !released_                              ? "not yet"
                      : !kept(node, value)                      ? "not kept"
                      : gradient.shape() != value.get().shape() ? "0"
                                                                : one_line(gradient)});
    }
  }
  std::array<std::size_t, 4> widths{};
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  for (const auto& row : rows) {
    for (std::size_t c = 0; c + 1 < row.size(); ++c)
      out << row[c] << std::string(widths[c] - row[c].size() + 2, ' ');
    out << row.back() << '\n';
  }
}

template <Real T>
void Tape<T>::write_dot(std::ostream& out,
                        const std::map<const Parameter<T>*, std::string>& names) const {
  out << "digraph sonant {\n  rankdir=TB;\n  node [fontname=\"Helvetica\", fontsize=10];\n";
  std::vector<std::size_t> producer(values_.size());
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const Node& node = nodes_[n];
    out << "  n" << n << " [label=\"" << node.op;
    const bool is_leaf = node.inputs == 0 && node.values == 1;
    const auto known = names.find(is_leaf ? values_[node.first_value].parameter : nullptr);
    const std::string_view name =
        known != names.end() ? std::string_view(known->second) : node.name;
    if (!name.empty()) out << "\\n" << dot_escaped(name);
    for (std::uint32_t k = 0; k < node.values; ++k) {
      producer[node.first_value + k] = n;
      out << "\\n" << values_[node.first_value + k].get().shape();
    }
    out << "\", shape=" << (node.inputs == 0 ? "box" : "ellipse") << "];\n";
    for (std::uint32_t i = 0; i < node.inputs; ++i)
      out << "  n" << producer[edges_[node.first_input + i]] << " -> n" << n << ";\n";
  }
  out << "}\n";
}

template void Tape<float>::print(std::ostream&) const;
template void Tape<double>::print(std::ostream&) const;
template void Tape<float>::write_dot(std::ostream&,
                                     const std::map<const Parameter<float>*, std::string>&) const;
template void Tape<double>::write_dot(std::ostream&,
                                      const std::map<const Parameter<double>*, std::string>&) const;

}  // namespace sonant
