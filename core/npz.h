// NumPy's .npz archives, through libzip: what numpy.savez and savez_compressed write is read, what
// is written here numpy.load reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sonant/core/error.h>
#include <sonant/core/npy.h>

namespace sonant {

class Npz {
 public:
  // Error, naming the file and the array, if it is missing, damaged or unpacks to more than
  // max_bytes. Nothing in the file is trusted.
  static Npz read(const std::filesystem::path& path, std::uint64_t max_bytes = 1u << 31);
  static Npz parse(std::span<const std::byte> bytes, const std::string& where,
                   std::uint64_t max_bytes = 1u << 31);

  std::vector<std::string> names() const;  // in the order of the file
  bool has(const std::string& name) const;
  // Error if there is no such array or its dtype does not fit (nn/npy.h).
  const Shape& shape(const std::string& name) const { return array(name).shape; }
  Tensor<double> real(const std::string& name) const;
  std::vector<std::int64_t> integers(const std::string& name) const;  // flat, in C order
  std::vector<std::string> strings(const std::string& name) const;

  // Error if the name is taken.
  template <Real T>
  void add(const std::string& name, const Tensor<T>& values);  // <f4 or <f8
  void add(const std::string& name, Shape shape, std::span<const std::int64_t> values);  // <i8
  void add(const std::string& name, std::span<const std::string> values);  // <U; ASCII only

  // Uncompressed; the same arrays give the same bytes. The file appears whole or not at all.
  void write(const std::filesystem::path& path) const;
  std::vector<std::byte> bytes() const;

 private:
  const NpyArray& array(const std::string& name) const;
  std::string where(const std::string& name) const;
  void insert(const std::string& name, NpyArray array);

  std::string file_ = "a new archive";
  std::vector<std::pair<std::string, NpyArray>> arrays_;
};

}  // namespace sonant
