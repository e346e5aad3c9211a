#include <sonant/core/file_lock.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <sonant/core/error.h>

namespace sonant {

std::unique_ptr<FileLock> FileLock::if_free(const std::filesystem::path& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  check(descriptor >= 0, "lock", path.native(), ": cannot be opened: ", std::strerror(errno));
  std::unique_ptr<FileLock> lock(new FileLock(descriptor));
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
  check(errno == EWOULDBLOCK, "lock", path.native(), ": ", std::strerror(errno));
  return nullptr;
}

FileLock::~FileLock() { close(descriptor_); }

}  // namespace sonant
