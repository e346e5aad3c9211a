#include <sonant/core/npy.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <functional>
#include <string_view>

#include <sonant/core/bytes.h>
#include <sonant/core/numbers.h>

namespace sonant {
namespace {

constexpr const char* op = "npz";

// The header is a Python dict literal; this reads the part of the language that NumPy writes.
class HeaderScanner {
 public:
  HeaderScanner(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  bool accept(std::string_view token) {
    skip_spaces();
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }
  void expect(std::string_view token) {
    check(accept(token), op, where_, ": damaged header, expected ", token, ", got '",
          excerpt(text_.substr(0, 20)), "'");
  }
  std::string quoted() {
    skip_spaces();
    const char quote = text_.empty() ? '\0' : text_[0];
    const auto end = text_.find(quote, 1);
    check((quote == '\'' || quote == '"') && end != std::string_view::npos, op, where_,
          ": damaged header, expected a string, got '", excerpt(text_.substr(0, 20)), "'");
    std::string out(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return out;
  }
  bool boolean() {
    if (accept("True")) return true;
    expect("False");
    return false;
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> out;
    expect("(");
    while (!accept(")")) {
      std::int64_t value = 0;
      skip_spaces();
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
      check(error == std::errc() && value >= 0, op, where_,
            ": damaged header, expected a shape, got '", excerpt(text_.substr(0, 20)), "'");
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      out.push_back(value);
      check(out.size() <= Shape::max_rank, op, where_, ": expected at most ", Shape::max_rank,
            " axes");
      if (accept(",")) continue;
      expect(")");
      break;
    }
    return out;
  }

 private:
  void skip_spaces() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \n"), text_.size()));
  }
  std::string_view text_;
  const std::string& where_;
};

// Bytes of one element; 0 for a dtype that this code does not know.
std::size_t item_size(std::string_view dtype) {
  for (std::string_view known :
       {"|b1", "|i1", "|u1", "<i2", "<u2", "<f2", "<i4", "<u4", "<f4", "<i8", "<u8", "<f8"})
    if (dtype == known) return static_cast<std::size_t>(dtype[2] - '0');
  if (!dtype.starts_with("<U")) return 0;
  const auto characters = parse_number<std::uint32_t>(dtype.substr(2)).value_or(0);
  return characters <= 1u << 20 ? 4u * characters : 0;
}

std::uint64_t known_count(const NpyArray& array) {
  return static_cast<std::uint64_t>(array.shape.size());
}

// Calls visit(n, k): element n in C order is element k of the data.
void for_each_element(const NpyArray& array,
                      const std::function<void(std::size_t, std::size_t)>& visit) {
  const auto dims = array.shape.dims();
  std::array<std::int64_t, Shape::max_rank> index{};
  for (std::size_t n = 0; n < known_count(array); ++n) {
    std::int64_t k = static_cast<std::int64_t>(n);
    if (array.fortran_order) {
      k = 0;
      for (std::size_t a = dims.size(); a-- > 0;) k = k * dims[a] + index[a];
      for (std::size_t a = dims.size(); a-- > 0;) {
        if (++index[a] < dims[a]) break;
        index[a] = 0;
      }
    }
    visit(n, static_cast<std::size_t>(k));
  }
}

double element_as_double(std::string_view dtype, const std::byte* p) {
  if (dtype == "<f4") return static_cast<double>(load_bytes<float>(p));
  if (dtype == "<f8") return load_bytes<double>(p);
  if (dtype == "<f2") return static_cast<double>(half_to_float(load_bytes<std::uint16_t>(p)));
  if (dtype == "<u8") return static_cast<double>(load_bytes<std::uint64_t>(p));
  if (dtype == "<i8") return static_cast<double>(load_bytes<std::int64_t>(p));
  if (dtype == "<u4") return load_bytes<std::uint32_t>(p);
  if (dtype == "<i4") return load_bytes<std::int32_t>(p);
  if (dtype == "<u2") return load_bytes<std::uint16_t>(p);
  if (dtype == "<i2") return load_bytes<std::int16_t>(p);
  if (dtype == "|i1") return load_bytes<std::int8_t>(p);
  return load_bytes<std::uint8_t>(p);  // |u1, |b1
}

std::int64_t element_as_integer(std::string_view dtype, const std::byte* p,
                                const std::string& where) {
  if (dtype == "<i8") return load_bytes<std::int64_t>(p);
  if (dtype == "<u8") {
    const auto value = load_bytes<std::uint64_t>(p);
    check(value <= std::uint64_t{std::numeric_limits<std::int64_t>::max()}, op, where, ": ", value,
          " is beyond 64-bit signed integers");
    return static_cast<std::int64_t>(value);
  }
  return static_cast<std::int64_t>(element_as_double(dtype, p));  // exact: at most 32 bits
}

std::string utf8(const std::byte* p, std::size_t characters, const std::string& where) {
  std::string out;
  for (std::size_t i = 0; i < characters; ++i) {
    const auto c = load_bytes<std::uint32_t>(p + 4 * i);
    if (c == 0) break;  // NumPy pads with zeros
    check(c < 0x110000, op, where, ": ", c, " is not a Unicode character");
    const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xc0 | c >> 6), put(0x80 | (c & 63));
    } else if (c < 0x10000) {
      put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
    } else {
      put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63));
      put(0x80 | (c & 63));
    }
  }
  return out;
}

}  // namespace

NpyArray decode_npy(std::span<const std::byte> bytes, const std::string& where) {
  check(bytes.size() >= 12 && std::memcmp(bytes.data(), "\x93NUMPY", 6) == 0, op, where,
        ": is not in the .npy format");
  const int version = static_cast<int>(bytes[6]);
  check(version >= 1 && version <= 3, op, where, ": expected .npy version 1 to 3, got ", version);
  const std::size_t start = version == 1 ? 10 : 12;
  const std::size_t length = version == 1 ? load_bytes<std::uint16_t>(bytes.data() + 8)
                                          : load_bytes<std::uint32_t>(bytes.data() + 8);
  check(length <= bytes.size() - start, op, where, ": header of ", length, " bytes in a file of ",
        bytes.size());

  NpyArray array;
  std::vector<std::int64_t> dims;
  const char* text = reinterpret_cast<const char*>(bytes.data()) + start;
  HeaderScanner header({text, length}, where);
  header.expect("{");
  int seen = 0;  // one bit per key: each must come exactly once
  while (!header.accept("}")) {
    const std::string key = header.quoted();
    header.expect(":");
    const int bit = key == "descr" ? 1 : key == "fortran_order" ? 2 : key == "shape" ? 4 : 0;
    check(bit != 0 && (seen & bit) == 0, op, where, ": damaged header, key '", excerpt(key), "'");
    seen |= bit;
    if (bit == 1) array.dtype = header.accept("[") ? "structured" : header.quoted();
    check(array.dtype != "structured", op, where, ": structured dtypes are not supported");
    if (bit == 2) array.fortran_order = header.boolean();
    if (bit == 4) dims = header.tuple();
    if (!header.accept(",")) {
      header.expect("}");
      break;
    }
  }
  check(seen == 7, op, where, ": damaged header, descr, fortran_order or shape is missing");

  const auto data = bytes.subspan(start + length);
  const auto count = element_count(dims, std::uint64_t{1} << 40);
  check(count.has_value(), op, where, ": more elements than fit in memory");
  const std::size_t size = item_size(array.dtype);
  check(size == 0 || *count * size == data.size(), op, where, ": ", *count, " elements of ",
        excerpt(array.dtype), " need ", *count * size, " bytes, got ", data.size());
  array.shape = Shape(dims);
  array.data.assign(data.begin(), data.end());
  return array;
}

std::vector<std::byte> npy_header(const std::string& dtype, const Shape& shape,
                                  bool fortran_order) {
  std::string header = "{'descr': '" + dtype +
                       "', 'fortran_order': " + (fortran_order ? "True" : "False") + ", 'shape': (";
  for (std::int64_t d : shape.dims()) header += std::to_string(d) + ", ";
  if (shape.rank() > 1) header.pop_back(), header.pop_back();
  if (shape.rank() == 1) header.pop_back();
  header += "), }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';  // data starts at a multiple of 64
  header += '\n';

  std::vector<std::byte> out(10 + header.size());
  std::memcpy(out.data(), "\x93NUMPY\x01\x00", 8);
  const auto length = static_cast<std::uint16_t>(header.size());
  std::memcpy(out.data() + 8, &length, 2);
  std::memcpy(out.data() + 10, header.data(), header.size());
  return out;
}

std::vector<std::byte> encode_npy(const NpyArray& array) {
  std::vector<std::byte> out = npy_header(array.dtype, array.shape, array.fortran_order);
  out.insert(out.end(), array.data.begin(), array.data.end());
  return out;
}

Tensor<double> npy_real(const NpyArray& array, const std::string& where) {
  const std::size_t size = item_size(array.dtype);
  check(size != 0 && array.dtype[1] != 'U', op, where, ": expected numbers, got dtype ",
        excerpt(array.dtype));
  auto out = Tensor<double>::uninitialized(array.shape);
  for_each_element(array, [&](std::size_t n, std::size_t k) {
    out.data()[n] = element_as_double(array.dtype, array.data.data() + k * size);
  });
  return out;
}

std::vector<std::int64_t> npy_integers(const NpyArray& array, const std::string& where) {
  const std::size_t size = item_size(array.dtype);
  check(size != 0 && array.dtype[1] != 'U' && array.dtype[1] != 'f', op, where,
        ": expected integers, got dtype ", excerpt(array.dtype));
  std::vector<std::int64_t> out(known_count(array));
  for_each_element(array, [&](std::size_t n, std::size_t k) {
    out[n] = element_as_integer(array.dtype, array.data.data() + k * size, where);
  });
  return out;
}

std::vector<std::string> npy_strings(const NpyArray& array, const std::string& where) {
  const std::size_t size = item_size(array.dtype);
  check(size != 0 && array.dtype[1] == 'U', op, where, ": expected strings (<U), got dtype ",
        excerpt(array.dtype));
  std::vector<std::string> out(known_count(array));
  for_each_element(array, [&](std::size_t n, std::size_t k) {
    out[n] = utf8(array.data.data() + k * size, size / 4, where);
  });
  return out;
}

}  // namespace sonant
