#include <sonant/nn/models/summary.h>

#include <algorithm>
#include <array>
#include <iomanip>
#include <sstream>

#include <sonant/core/numbers.h>

namespace sonant {
namespace {

std::string symbolic_shape(const Shape& shape, const PackedLayout& layout) {
  std::ostringstream text;
  text << '(';
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (axis > 0) text << ',';
    const std::int64_t extent = shape.dim(axis);
    if (axis == 0 && extent == layout.rows())
      text << 'N';
    else if (axis == 0 && extent == layout.batch())
      text << 'B';
    else
      text << extent;
  }
  text << ')';
  return text.str();
}

// A layer without a name of its own goes by its first parameter's.
template <Real T>
std::string display_name(const Named<Member<T>>& layer, Module<T>& module) {
  if (!layer.name.empty() && layer.name.back() != '.') return layer.name;
  const auto parameters = module.named_parameters();
  return layer.name + (parameters.empty() ? module.kind() : parameters.front().name);
}

}  // namespace

template <Real T>
std::vector<SummaryRow> summarise(Module<T>& module, const Tape<T>& tape,
                                  const PackedLayout& layout) {
  std::vector<SummaryRow> rows;
  for (const Named<Member<T>>& member : module.members()) {
    const auto* layer = std::get_if<Module<T>*>(&member.value);
    if (!layer) continue;
    Module<T>& part = **layer;
    const auto below = part.members();
    const bool is_leaf = std::none_of(below.begin(), below.end(), [](const auto& m) {
      return std::holds_alternative<Module<T>*>(m.value);
    });
    if (!is_leaf) continue;
    const Var<T> output = tape.marked(&part);
    rows.push_back({display_name(member, part), part.kind(), part.settings(),
                    output.empty() ? "" : symbolic_shape(output.shape(), layout),
                    part.parameter_count()});
  }
  return rows;
}

template <Real T>
std::vector<SummaryRow> summarise(const Classifier<T>& model) {
  const auto copy = model.clone();
  copy->eval();
  const Layout layout = make_layout(std::array{3, 2});
  Tape<T> tape(TapeMode::inference);
  (*copy)({tape.constant(Tensor<T>({layout->rows(), model.config().input})), layout});
  return summarise<T>(*copy, tape, *layout);
}

void print_summary(std::ostream& out, const std::vector<SummaryRow>& rows) {
  std::vector<std::array<std::string, 5>> cells{
      {"layer", "kind", "settings", "output", "parameters"}};
  std::int64_t total = 0;
  for (const SummaryRow& row : rows) {
    cells.push_back({row.name, row.kind, row.settings, row.output, with_thousands(row.parameters)});
    total += row.parameters;
  }
  cells.push_back({"total", "", "", "", with_thousands(total)});
  std::array<std::size_t, 5> widths{};
  for (const auto& line : cells)
    for (std::size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], line[c].size());
  for (const auto& line : cells) {
    for (std::size_t c = 0; c < line.size(); ++c)
      out << (c > 0 ? "  " : "") << (c == 4 ? std::right : std::left)
          << std::setw(static_cast<int>(widths[c])) << line[c];
    out << '\n';
  }
  out << "N: rows of a packed batch, the sum of its lengths; B: its sequences\n";
}

template std::vector<SummaryRow> summarise(Module<float>&, const Tape<float>&, const PackedLayout&);
template std::vector<SummaryRow> summarise(Module<double>&, const Tape<double>&,
                                           const PackedLayout&);
template std::vector<SummaryRow> summarise(const Classifier<float>&);
template std::vector<SummaryRow> summarise(const Classifier<double>&);

}  // namespace sonant
