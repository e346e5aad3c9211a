#include <sonant/core/mapped_file.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <sonant/core/error.h>

namespace sonant {

MappedFile::MappedFile(const std::filesystem::path& path, std::size_t size, const char* op)
    : size_(size) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  check(descriptor >= 0, op, path.native(), ": cannot be opened: ", std::strerror(errno));
  struct stat status {};
  void* data = MAP_FAILED;
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && size > 0 &&
      static_cast<std::size_t>(status.st_size) == size)
    data = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  const int error = errno;
  close(descriptor);
  check(S_ISREG(status.st_mode), op, path.native(), ": is no file");
  check(static_cast<std::size_t>(status.st_size) == size, op, path.native(), ": has ",
        status.st_size, " bytes; expected ", size);
  check(data != MAP_FAILED, op, path.native(), ": cannot be mapped: ", std::strerror(error));
  data_ = static_cast<const std::byte*>(data);
}

MappedFile::~MappedFile() { munmap(const_cast<std::byte*>(data_), size_); }

// Advice: whether it is taken changes no result.
void MappedFile::will_need() const { madvise(const_cast<std::byte*>(data_), size_, MADV_WILLNEED); }
void MappedFile::give_back() const { madvise(const_cast<std::byte*>(data_), size_, MADV_DONTNEED); }

}  // namespace sonant
