#include <sonant/core/tensor.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <sstream>
#include <string>

namespace sonant {
namespace {

// What << writes of a tensor, after NumPy.
template <Real T>
class Printer {
 public:
  Printer(std::ostream& out, const Tensor<T>& x) : out_(out), x_(x), shorten_(x.size() > 1000) {
    if (!x.empty())
      visit(0, 0, [this](std::int64_t i) { width_ = std::max(width_, number(i).size()); });
  }
  void print() {
    if (x_.empty())
      out_ << "[]";
    else
      print_axis(0, 0);
    if (shorten_ || x_.empty()) out_ << " shape " << x_.shape();
  }

 private:
  static constexpr std::int64_t edge = 3;  // of a shortened axis, on either side
  static constexpr std::size_t line = 75;

  std::string number(std::int64_t i) const {
    std::ostringstream text;
    text.copyfmt(out_);
    text << x_[i];
    return text.str();
  }
  // body(k) for the indices along an axis that are shown, and gap() where some are left out.
  template <class Body, class Gap>
  void along(int axis, const Body& body, const Gap& gap) const {
    const std::int64_t n = x_.dim(axis);
    for (std::int64_t k = 0; k < n; ++k) {
      if (shorten_ && k == edge && n > 2 * edge) {
        gap();
        k = n - edge;
      }
      body(k);
    }
  }
  template <class Body>
  void visit(int axis, std::int64_t first, const Body& body) const {
    if (axis == x_.rank()) return body(first);
    const std::int64_t stride = x_.shape().stride(axis);
    along(
        axis, [&](std::int64_t k) { visit(axis + 1, first + k * stride, body); }, [] {});
  }

  void print_axis(int axis, std::int64_t first) {
    if (axis == x_.rank()) {
      out_ << number(first);
    } else if (axis == x_.rank() - 1) {
      print_row(first);
    } else {
      // One line feed after a row, one more after a matrix, and so on.
      const std::string between =
          std::string(static_cast<std::size_t>(x_.rank() - 1 - axis), '\n') +
          std::string(static_cast<std::size_t>(axis) + 1, ' ');
      const std::int64_t stride = x_.shape().stride(axis);
      std::string before;
      const auto gap = [&] { out_ << between << "..."; };
      out_ << '[';
      along(
          axis,
          [&](std::int64_t k) {
            out_ << before;
            print_axis(axis + 1, first + k * stride);
            before = between;
          },
          gap);
      out_ << ']';
    }
  }
  void print_row(std::int64_t first) {
    const auto indent = static_cast<std::size_t>(x_.rank());
    std::size_t column = indent;
    const auto word = [&](const std::string& text) {
      if (column > indent && column + 1 + text.size() > line) {
        out_ << '\n' << std::string(indent, ' ');
        column = indent;
      } else if (column > indent) {
        out_ << ' ';
        ++column;
      }
      out_ << text;
      column += text.size();
    };
    const auto element = [&](std::int64_t k) {
      const std::string text = number(first + k);
      word(std::string(width_ - text.size(), ' ') + text);
    };
    out_ << '[';
    along(x_.rank() - 1, element, [&] { word("..."); });
    out_ << ']';
  }

  std::ostream& out_;
  const Tensor<T>& x_;
  bool shorten_;
  std::size_t width_ = 0;
};

}  // namespace

std::int64_t checked_offset(const Shape& shape, std::initializer_list<std::int64_t> index,
                            const char* op) {
  bool inside = static_cast<int>(index.size()) == shape.rank();
  std::int64_t flat = 0;
  std::size_t axis = 0;
  for (auto i = index.begin(); inside && i != index.end(); ++i, ++axis) {
    const std::int64_t extent = shape.dims()[axis];
    inside = *i >= 0 && *i < extent;
    flat = flat * extent + *i;
  }
  if (inside) return flat;
  std::string text;
  for (std::int64_t i : index) {
    if (!text.empty()) text += ',';
    text += std::to_string(i);
  }
  fail(op, "index (", text, ") is not within shape ", shape);
}

Shape inferred_shape(std::initializer_list<std::int64_t> dims, std::int64_t size, const char* op) {
  check(dims.size() <= Shape::max_rank, op, "at most ", Shape::max_rank, " axes, got ",
        dims.size());
  std::array<std::int64_t, Shape::max_rank> extents{};
  std::copy(dims.begin(), dims.end(), extents.begin());
  std::int64_t known = 1;
  std::int64_t* unknown = nullptr;
  for (std::int64_t& extent : std::span(extents).first(dims.size())) {
    if (extent != -1) {
      known *= extent;
    } else {
      check(unknown == nullptr, op, "only one extent can be -1");
      unknown = &extent;
    }
  }
  if (unknown != nullptr) {
    check(known > 0 && size % known == 0, op, size, " elements do not divide by ", known);
    *unknown = size / known;
  }
  const Shape shape{std::span<const std::int64_t>(extents).first(dims.size())};
  check(shape.size() == size, op, size, " elements do not fit in ", shape);
  return shape;
}

template <Real T>
std::ostream& operator<<(std::ostream& out, const Tensor<T>& x) {
  out.width(0);
  Printer<T>(out, x).print();
  return out;
}

template std::ostream& operator<<(std::ostream&, const Tensor<float>&);
template std::ostream& operator<<(std::ostream&, const Tensor<double>&);

}  // namespace sonant
