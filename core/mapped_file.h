// A file's bytes as the system brings them in when they are looked at, and takes them away again
// when memory is short.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace sonant {

// Read only. The file must not be written to while it is mapped: a part that is cut off ends the
// process when it is looked at (mmap(2), SIGBUS). Files that are written whole and renamed, as by
// write_file(), never are.
class MappedFile {
 public:
  // Error, naming `path`, if it is missing, a directory or unreadable, and if it has not `size`
  // bytes. `op` is the operation that the error names.
  MappedFile(const std::filesystem::path& path, std::size_t size, const char* op);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  void will_need() const;  // the system begins to read it, and this does not wait
  void give_back() const;  // its pages are this process's no longer, until it is looked at again

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_;
};

}  // namespace sonant
