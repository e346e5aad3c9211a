#include <sonant/nn/safetensors.h>

#include <algorithm>
#include <cstring>

#include <sonant/core/bytes.h>
#include <sonant/core/file.h>
#include <sonant/core/json.h>
#include <sonant/core/numbers.h>

namespace sonant {
namespace {

constexpr const char* op = "safetensors";
constexpr std::uint64_t max_header = 100'000'000;  // the format's own limit

struct Dtype {
  std::string_view name;
  std::uint64_t size;
};
constexpr Dtype dtypes[] = {{"F64", 8}, {"I64", 8}, {"U64", 8},  {"F32", 4}, {"I32", 4},
                            {"U32", 4}, {"F16", 2}, {"BF16", 2}, {"I16", 2}, {"U16", 2},
                            {"I8", 1},  {"U8", 1},  {"BOOL", 1}};

template <Real T>
constexpr const char* dtype_of = sizeof(T) == 4 ? "F32" : "F64";

std::uint64_t dtype_size(std::string_view name) {
  for (const Dtype& dtype : dtypes)
    if (dtype.name == name) return dtype.size;
  return 0;
}

double element_as_double(std::string_view dtype, const std::byte* p) {
  if (dtype == "F32") return static_cast<double>(load_bytes<float>(p));
  if (dtype == "F64") return load_bytes<double>(p);
  if (dtype == "F16") return static_cast<double>(half_to_float(load_bytes<std::uint16_t>(p)));
  if (dtype == "BF16") return static_cast<double>(bfloat16_to_float(load_bytes<std::uint16_t>(p)));
  if (dtype == "I64") return static_cast<double>(load_bytes<std::int64_t>(p));
  if (dtype == "U64") return static_cast<double>(load_bytes<std::uint64_t>(p));
  if (dtype == "I32") return load_bytes<std::int32_t>(p);
  if (dtype == "U32") return load_bytes<std::uint32_t>(p);
  if (dtype == "I16") return load_bytes<std::int16_t>(p);
  if (dtype == "U16") return load_bytes<std::uint16_t>(p);
  if (dtype == "I8") return load_bytes<std::int8_t>(p);
  return load_bytes<std::uint8_t>(p);
}

Json parse_header(std::string_view text, const std::string& where) {
  check(text.starts_with('{'), op, where, ": is not a safetensors file, the header is no object");
  try {
    return Json::parse(text);
  } catch (const JsonError& error) {
    fail(op, where, ": damaged header: ", error.what());
  }
}

struct Description {
  std::string name, dtype;
  std::vector<std::int64_t> dims;
  std::uint64_t begin, end;  // bytes after the header
};

std::vector<std::uint64_t> unsigned_list(const Json& json, const std::string& where) {
  std::vector<std::uint64_t> out;
  check(json.is_array(), op, where, ": damaged header, expected a list of sizes");
  for (const Json& n : json) {
    try {
      out.push_back(n.get<std::uint64_t>());
    } catch (const JsonError&) {
      out.push_back(~std::uint64_t{0});
    }
    check(out.back() <= std::uint64_t{1} << 62, op, where, ": damaged header, expected a size");
  }
  return out;
}

Description describe(const std::string& name, const Json& json, const std::string& where) {
  check(json.is_object() && json.size() == 3 && json.contains("dtype") && json.contains("shape") &&
            json.contains("data_offsets") && json["dtype"].is_string(),
        op, where, ": damaged header, expected dtype, shape and data_offsets");
  Description d{name, json["dtype"].get<std::string>(), {}, 0, 0};
  const std::uint64_t size = dtype_size(d.dtype);
  check(size != 0, op, where, ": dtype ", excerpt(d.dtype), " is not supported");
  for (std::uint64_t extent : unsigned_list(json["shape"], where))
    d.dims.push_back(static_cast<std::int64_t>(extent));
  check(d.dims.size() <= Shape::max_rank, op, where, ": expected at most ", Shape::max_rank,
        " axes, got ", d.dims.size());
  const auto offsets = unsigned_list(json["data_offsets"], where);
  check(offsets.size() == 2 && offsets[0] <= offsets[1], op, where,
        ": damaged header, data_offsets must be [begin, end]");
  d.begin = offsets[0], d.end = offsets[1];
  const auto count = element_count(d.dims, std::uint64_t{1} << 59);
  check(count.has_value() && *count * size == d.end - d.begin, op, where,
        ": damaged header, the shape does not fit ", d.end - d.begin, " bytes of ", d.dtype);
  return d;
}

}  // namespace

Safetensors Safetensors::read(const std::filesystem::path& path, std::size_t max_bytes) {
  return parse(read_file(path, op, max_bytes), path.native());
}

Safetensors Safetensors::parse(std::span<const std::byte> bytes, const std::string& where) {
  check(bytes.size() >= 8, op, where, ": is not a safetensors file, it has only ", bytes.size(),
        " bytes");
  const auto length = load_bytes<std::uint64_t>(bytes.data());
  check(length <= max_header, op, where, ": is not a safetensors file, its header would have ",
        length, " bytes");
  check(length <= bytes.size() - 8, op, where, ": is truncated, its header has ", length,
        " bytes, the file ", bytes.size());
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 8, length);
  const auto data = bytes.subspan(8 + length);

  Safetensors file;
  file.where_ = where;
  std::vector<Description> tensors;
  const Json header = parse_header(text, where);
  for (const auto& [name, json] : header.items()) {
    if (name != "__metadata__") {
      tensors.push_back(describe(name, json, where + ": tensor '" + excerpt(name) + "'"));
      continue;
    }
    check(json.is_object(), op, where, ": damaged header, __metadata__ must be an object");
    for (const auto& [key, value] : json.items()) {
      check(value.is_string(), op, where, ": damaged header, the metadata '", excerpt(key),
            "' must be a string");
      file.metadata[key] = value.get<std::string>();
    }
  }
  std::sort(tensors.begin(), tensors.end(), [](const Description& a, const Description& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  std::uint64_t end = 0;
  for (const Description& d : tensors) {
    check(d.begin == end, op, where, ": damaged header, a gap or an overlap before tensor '",
          excerpt(d.name), "'");
    end = d.end;
    check(end <= data.size(), op, where, ": is truncated, tensor '", excerpt(d.name),
          "' ends at byte ", end, " of ", data.size());
    const auto content = data.subspan(d.begin, d.end - d.begin);
    file.tensors_[d.name] = {d.dtype, Shape(d.dims), {content.begin(), content.end()}};
  }
  check(end == data.size(), op, where, ": has ",
        count_of(static_cast<std::int64_t>(data.size() - end), "byte"), " after the last tensor");
  return file;
}

std::vector<std::string> Safetensors::names() const {
  std::vector<std::string> out;
  for (const auto& [name, entry] : tensors_) out.push_back(name);
  return out;
}

const Safetensors::Entry& Safetensors::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  check(found != tensors_.end(), op, where_, ": has no tensor '", name, "'");
  return found->second;
}

void Safetensors::insert(const std::string& name, Entry entry) {
  check(name != "__metadata__" && tensors_.emplace(name, std::move(entry)).second, op, where_,
        ": the name '", name, "' is taken");
}

template <Real T>
Tensor<T> Safetensors::tensor(const std::string& name) const {
  const Entry& entry = find(name);
  auto out = Tensor<T>::uninitialized(entry.shape);
  if (entry.dtype == dtype_of<T>) {
    std::copy(entry.data.begin(), entry.data.end(), std::as_writable_bytes(out.span()).begin());
    return out;
  }
  const std::size_t size = dtype_size(entry.dtype);
  for (std::int64_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<T>(
        element_as_double(entry.dtype, entry.data.data() + static_cast<std::size_t>(i) * size));
  return out;
}
template Tensor<float> Safetensors::tensor(const std::string&) const;
template Tensor<double> Safetensors::tensor(const std::string&) const;

template <Real T>
Tensor<T> Safetensors::take(const std::string& name) {
  auto out = tensor<T>(name);
  tensors_.erase(name);
  return out;
}
template Tensor<float> Safetensors::take(const std::string&);
template Tensor<double> Safetensors::take(const std::string&);

std::vector<std::int64_t> Safetensors::integers(const std::string& name) const {
  const Entry& entry = find(name);
  const std::size_t size = dtype_size(entry.dtype);
  check(entry.dtype.find('F') == std::string::npos && entry.dtype != "U64", op, where_,
        ": tensor '", name, "': expected integers, got dtype ", entry.dtype);
  std::vector<std::int64_t> out(static_cast<std::size_t>(entry.shape.size()));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::byte* p = entry.data.data() + i * size;
    out[i] = size == 8 ? load_bytes<std::int64_t>(p)
                       : static_cast<std::int64_t>(element_as_double(entry.dtype, p));
  }
  return out;
}

template <Real T>
void Safetensors::add(const std::string& name, const Tensor<T>& values) {
  insert(name, {dtype_of<T>, values.shape(), to_bytes(values.span())});
}
template void Safetensors::add(const std::string&, const Tensor<float>&);
template void Safetensors::add(const std::string&, const Tensor<double>&);

void Safetensors::add(const std::string& name, Shape shape, std::span<const std::int64_t> values) {
  check(static_cast<std::size_t>(shape.size()) == values.size(), op, where_, ": tensor '", name,
        "': shape ", shape, " does not fit ", values.size(), " values");
  insert(name, {"I64", shape, to_bytes(values)});
}

std::vector<std::span<const std::byte>> Safetensors::parts(std::vector<std::byte>& head) const {
  // Wide dtypes first, then by name: so every tensor is aligned to its elements.
  std::vector<const std::pair<const std::string, Entry>*> order;
  for (const auto& tensor : tensors_) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return dtype_size(a->second.dtype) > dtype_size(b->second.dtype);
  });
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t end = 0;
  for (const auto* tensor : order) {
    const auto& [name, entry] = *tensor;
    const std::size_t begin = std::exchange(end, end + entry.data.size());
    const auto dims = entry.shape.dims();
    header.append(name, {{"dtype", entry.dtype},
                         {"shape", std::vector<std::int64_t>(dims.begin(), dims.end())},
                         {"data_offsets", {begin, end}}});
  }
  std::string text = header.dump();
  check(Json::parse(text) == header, op, "names and metadata must be UTF-8");
  text.resize((text.size() + 7) / 8 * 8, ' ');
  check(text.size() <= max_header, op, "the header would have ", text.size(), " bytes");

  head.resize(8 + text.size());
  const std::uint64_t length = text.size();
  std::memcpy(head.data(), &length, 8);
  std::memcpy(head.data() + 8, text.data(), text.size());
  std::vector<std::span<const std::byte>> all = {head};
  for (const auto* tensor : order) all.emplace_back(tensor->second.data);
  return all;
}

std::vector<std::byte> Safetensors::bytes() const {
  std::vector<std::byte> head, out;
  for (const auto part : parts(head)) out.insert(out.end(), part.begin(), part.end());
  return out;
}

void Safetensors::write(const std::filesystem::path& path) const {
  std::vector<std::byte> head;
  write_file(path, parts(head), op);
}

}  // namespace sonant
