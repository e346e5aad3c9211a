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
  const int error = errno;
  // Some file systems that hosts share have no locks unless they are mounted so.
  const bool none = error == ENOSYS || error == EOPNOTSUPP || error == ENOLCK;
  check(error == EWOULDBLOCK, "lock", path.native(), ": cannot be locked: ", std::strerror(error),
        none ? "; expected a file system with locks, as Lustre mounted with -o flock or NFS with "
               "its lock service, or a path on a local disk"
             : "");
  return nullptr;
}

FileLock::~FileLock() { close(descriptor_); }

}  // namespace sonant
