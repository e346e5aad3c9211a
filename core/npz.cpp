#include <sonant/core/npz.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include <zip.h>

#include <sonant/core/bytes.h>
#include <sonant/core/file.h>

namespace sonant {
namespace {

constexpr const char* op = "npz";

// Frees what libzip allocates; a zip_t that was not closed is discarded without writing.
struct Release {
  void operator()(zip_t* z) const { zip_discard(z); }
  void operator()(zip_file_t* f) const { zip_fclose(f); }
  void operator()(zip_source_t* s) const { zip_source_free(s); }
};
template <class Z>
using Owned = std::unique_ptr<Z, Release>;

struct ZipError : zip_error_t {
  ZipError() { zip_error_init(this); }
  ~ZipError() { zip_error_fini(this); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
};

std::vector<std::byte> unpack_entry(zip_t* archive, const zip_stat_t& entry,
                                    const std::string& where, std::uint64_t max_bytes) {
  constexpr auto needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
  check((entry.valid & needed) == needed, op, where, ": damaged archive");
  check(entry.comp_method == ZIP_CM_STORE || entry.comp_method == ZIP_CM_DEFLATE, op, where,
        ": expected a stored or deflated entry, got compression method ", entry.comp_method);
  // Deflate cannot do better than 1032:1, so a greater claim is a lie: refused before allocating.
  check(entry.size <= max_bytes && entry.size / 1032 <= entry.comp_size, op, where,
        ": claims to unpack to ", entry.size, " bytes");
  const Owned<zip_file_t> file(zip_fopen_index(archive, entry.index, 0));
  check(file != nullptr, op, where, ": ", zip_strerror(archive));
  std::vector<std::byte> bytes(entry.size);
  std::size_t used = 0;
  while (used < bytes.size()) {
    const zip_int64_t n = zip_fread(file.get(), bytes.data() + used, bytes.size() - used);
    check(n > 0, op, where, ": ", n < 0 ? zip_file_strerror(file.get()) : "is truncated");
    used += static_cast<std::size_t>(n);
  }
  std::byte beyond;  // reading to the end makes libzip compare the checksum
  const zip_int64_t n = zip_fread(file.get(), &beyond, 1);
  check(n == 0, op, where, ": ", n < 0 ? zip_file_strerror(file.get()) : "is longer than claimed");
  return bytes;
}

}  // namespace

Npz Npz::read(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return parse(read_file(path, op), path.native(), max_bytes);
}

Npz Npz::parse(std::span<const std::byte> bytes, const std::string& where,
               std::uint64_t max_bytes) {
  check(!bytes.empty(), op, where, ": is empty");
  ZipError error;
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  check(source != nullptr, op, where, ": ", zip_error_strerror(&error));
  Owned<zip_source_t> keep(source);
  const Owned<zip_t> archive(zip_open_from_source(source, ZIP_RDONLY, &error));
  check(archive != nullptr, op, where, ": is not an .npz archive: ", zip_error_strerror(&error));
  keep.release();  // the archive owns it now

  Npz npz;
  npz.file_ = where;
  const auto entries = static_cast<zip_uint64_t>(zip_get_num_entries(archive.get(), 0));
  for (zip_uint64_t i = 0; i < entries; ++i) {
    zip_stat_t entry;
    zip_stat_init(&entry);
    check(zip_stat_index(archive.get(), i, 0, &entry) == 0 && (entry.valid & ZIP_STAT_NAME), op,
          where, ": damaged archive: ", zip_strerror(archive.get()));
    std::string name = entry.name;
    if (!name.ends_with(".npy")) continue;  // not an array
    name.resize(name.size() - 4);
    const auto data = unpack_entry(archive.get(), entry, npz.where(name), max_bytes);
    max_bytes -= data.size();
    npz.insert(name, decode_npy(data, npz.where(name)));
  }
  return npz;
}

std::vector<std::string> Npz::names() const {
  std::vector<std::string> out;
  for (const auto& [name, array] : arrays_) out.push_back(name);
  return out;
}

bool Npz::has(const std::string& name) const {
  return std::any_of(arrays_.begin(), arrays_.end(),
                     [&](const auto& a) { return a.first == name; });
}

const NpyArray& Npz::array(const std::string& name) const {
  for (const auto& [known, array] : arrays_)
    if (known == name) return array;
  fail(op, file_, ": has no array '", name, "'");
}

std::string Npz::where(const std::string& name) const {
  return file_ + ": array '" + excerpt(name) + "'";
}

Tensor<double> Npz::real(const std::string& name) const {
  return npy_real(array(name), where(name));
}
std::vector<std::int64_t> Npz::integers(const std::string& name) const {
  return npy_integers(array(name), where(name));
}
std::vector<std::string> Npz::strings(const std::string& name) const {
  return npy_strings(array(name), where(name));
}

void Npz::insert(const std::string& name, NpyArray array) {
  check(!has(name), op, where(name), ": is there twice");
  arrays_.emplace_back(name, std::move(array));
}

template <Real T>
void Npz::add(const std::string& name, const Tensor<T>& values) {
  const char* dtype = sizeof(T) == 4 ? "<f4" : "<f8";
  insert(name, {values.shape(), dtype, false, to_bytes(values.span())});
}
template void Npz::add(const std::string&, const Tensor<float>&);
template void Npz::add(const std::string&, const Tensor<double>&);

void Npz::add(const std::string& name, Shape shape, std::span<const std::int64_t> values) {
  check(static_cast<std::size_t>(shape.size()) == values.size(), op, where(name), ": shape ", shape,
        " does not fit ", values.size(), " values");
  insert(name, {shape, "<i8", false, to_bytes(values)});
}

void Npz::add(const std::string& name, std::span<const std::string> values) {
  std::size_t width = 1;
  for (const std::string& s : values) width = std::max(width, s.size());
  std::vector<std::uint32_t> characters(width * values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t k = 0; k < values[i].size(); ++k) {
      const auto c = static_cast<unsigned char>(values[i][k]);
      check(c < 0x80, op, where(name), ": '", values[i], "' is not ASCII");
      characters[i * width + k] = c;
    }
  insert(name, {Shape{static_cast<std::int64_t>(values.size())}, "<U" + std::to_string(width),
                false, to_bytes(std::span<const std::uint32_t>(characters))});
}

std::vector<std::byte> Npz::bytes() const {
  check(!arrays_.empty(), op, "an archive needs at least one array");
  ZipError error;
  const Owned<zip_source_t> target(zip_source_buffer_create(nullptr, 0, 0, &error));
  check(target != nullptr, op, zip_error_strerror(&error));
  zip_source_keep(target.get());  // once for the archive, once to read the result
  Owned<zip_t> archive(zip_open_from_source(target.get(), ZIP_CREATE | ZIP_TRUNCATE, &error));
  if (archive == nullptr) zip_source_free(target.get());
  check(archive != nullptr, op, zip_error_strerror(&error));

  std::vector<std::vector<std::byte>> contents;  // libzip reads them when it closes
  contents.reserve(arrays_.size());
  for (const auto& [name, array] : arrays_) {
    const auto& data = contents.emplace_back(encode_npy(array));
    zip_source_t* source = zip_source_buffer(archive.get(), data.data(), data.size(), 0);
    check(source != nullptr, op, zip_strerror(archive.get()));
    const zip_int64_t added =
        zip_file_add(archive.get(), (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
    if (added < 0) zip_source_free(source);
    check(added >= 0, op, "array '", name, "': ", zip_strerror(archive.get()));
    const auto index = static_cast<zip_uint64_t>(added);
    constexpr zip_uint16_t midnight = 0, first_of_january_1980 = 1 << 5 | 1;
    check(zip_set_file_compression(archive.get(), index, ZIP_CM_STORE, 0) == 0 &&
              zip_file_set_dostime(archive.get(), index, midnight, first_of_january_1980, 0) == 0,
          op, zip_strerror(archive.get()));
  }
  check(zip_close(archive.get()) == 0, op, zip_strerror(archive.get()));
  archive.release();  // closed

  zip_stat_t status;
  zip_stat_init(&status);
  check(zip_source_stat(target.get(), &status) == 0 && zip_source_open(target.get()) == 0, op,
        "the archive cannot be read back");
  std::vector<std::byte> out(status.size);
  const zip_int64_t n = zip_source_read(target.get(), out.data(), out.size());
  zip_source_close(target.get());
  check(n == static_cast<zip_int64_t>(out.size()), op, "the archive cannot be read back");
  return out;
}

void Npz::write(const std::filesystem::path& path) const { write_file(path, bytes(), op); }

}  // namespace sonant
