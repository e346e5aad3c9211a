#include <sonant/core/file_lock.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <sonant/core/error.h>

namespace sonant {

FileLock::FileLock(const std::filesystem::path& path, const char* reason)
    : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  check(descriptor_ >= 0, "lock", path.native(), ": cannot be opened: ", std::strerror(errno));
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  const int error = errno;
  close(descriptor_);
  fail("lock", path.native(), ": ", error == EWOULDBLOCK ? reason : std::strerror(error));
}

FileLock::~FileLock() { close(descriptor_); }

}  // namespace sonant
