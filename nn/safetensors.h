// The safetensors format (github.com/huggingface/safetensors): named tensors and text metadata in
// one file that PyTorch users can open, and whose header can be checked without trusting it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <sonant/core/tensor.h>

namespace sonant {

class Safetensors {
 public:
  // Error, naming the file and what is wrong, if it is missing, truncated or damaged: lengths,
  // offsets, shapes and duplicate names are checked before anything is used.
  static Safetensors read(const std::filesystem::path& path,
                          std::size_t max_bytes = std::size_t{1} << 31);
  static Safetensors parse(std::span<const std::byte> bytes, const std::string& where);

  std::vector<std::string> names() const;  // sorted
  bool has(const std::string& name) const { return tensors_.contains(name); }
  const Shape& shape(const std::string& name) const { return find(name).shape; }
  const std::string& dtype(const std::string& name) const { return find(name).dtype; }  // "F32"

  // tensor(): any floating or integer dtype, converted. integers(): integer dtypes, C order. Error
  // if there is no such tensor or its dtype does not fit.
  template <Real T>
  Tensor<T> tensor(const std::string& name) const;
  std::vector<std::int64_t> integers(const std::string& name) const;
  // tensor(), and forgets it here: for files so large that they should not be in memory twice.
  template <Real T>
  Tensor<T> take(const std::string& name);

  // Error if the name is taken.
  template <Real T>
  void add(const std::string& name, const Tensor<T>& values);                            // F32, F64
  void add(const std::string& name, Shape shape, std::span<const std::int64_t> values);  // I64

  // The same content gives the same bytes. The file appears whole or not at all.
  void write(const std::filesystem::path& path) const;
  std::vector<std::byte> bytes() const;

  // What the file was read from, for messages.
  const std::string& where() const { return where_; }

  std::map<std::string, std::string> metadata;

 private:
  struct Entry {
    std::string dtype;
    Shape shape;
    std::vector<std::byte> data;
  };
  const Entry& find(const std::string& name) const;
  void insert(const std::string& name, Entry entry);
  // What a file consists of, one behind the other: the head, which goes to `head`, and the tensors.
  std::vector<std::span<const std::byte>> parts(std::vector<std::byte>& head) const;

  std::string where_ = "a new file";
  std::map<std::string, Entry> tensors_;
};

}  // namespace sonant
