#include <sonant/core/file.h>
#include <sonant/core/paths.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

namespace sonant {
namespace {

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  // Some file systems report a full disk only here.
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

bool write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

// The file, or a copy of the descriptor that the path means.
int open_or_copy(const std::filesystem::path& path, int flags) {
  const int fd = descriptor_of(path);
  return fd < 0 ? ::open(path.c_str(), flags | O_CLOEXEC) : ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

// A descriptor, a device or a pipe is written to as it is: a rename would replace it.
bool is_replaceable(const std::filesystem::path& path, const struct stat& status) {
  return S_ISREG(status.st_mode) && descriptor_of(path) < 0;
}

constexpr std::string_view kTemporary = ".tmp";

// What stands behind the target's name: "0123abcd-PID-", the same for all that this process writes.
std::string of_process(pid_t process) {
  const std::size_t hash = std::hash<std::string>{}(neighbourhood());
  char text[32];
  std::snprintf(text, sizeof text, "%08x-%ld-", static_cast<unsigned>(hash ^ (hash >> 32)),
                static_cast<long>(process));
  return text;
}

// A file of a new name beside the target, for this call alone: hosts and containers have the same
// process numbers, and what a killed process left may have any name.
Descriptor open_beside(const std::filesystem::path& target, mode_t mode,
                       std::filesystem::path& temporary) {
  for (int tries = 100;; --tries) {
    temporary = target;
    temporary += std::string(kTemporary) + of_process(::getpid()) + unique_name();
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd >= 0 || errno != EEXIST || tries == 0) return Descriptor(fd);
  }
}

// Makes the rename itself last; a file system that cannot do it has no better to offer.
void sync_folder(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() >= 0) ::fsync(file.get());
}

bool write_parts(int file, std::span<const std::span<const std::byte>> parts) {
  return std::all_of(parts.begin(), parts.end(),
                     [file](std::span<const std::byte> part) { return write_all(file, part); });
}

[[noreturn]] void cannot_write(const std::filesystem::path& path, int error, const char* op,
                               std::source_location here = std::source_location::current()) {
  fail({op, here}, path.native(), ": cannot be written: ", std::strerror(error));
}

}  // namespace

std::string unique_name() {
  static std::atomic<unsigned> counter{0};
  std::uint64_t bits = 0;
  if (::getentropy(&bits, sizeof bits) != 0) bits = static_cast<std::uint64_t>(::getpid());
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, bits + counter++);
  return text;
}

std::string neighbourhood() {
  static const std::string text = [] {
    std::error_code none;
    std::string boot;
    try {
      boot = read_text("/proc/sys/kernel/random/boot_id", "host", 1 << 12);
    } catch (const Error&) {  // a system without it: then only the host's name tells
      char name[256] = "host";
      ::gethostname(name, sizeof name - 1);
      boot = name;
    }
    return boot + std::filesystem::read_symlink("/proc/self/ns/pid", none).string();
  }();
  return text;
}

void sweep_temporaries(const std::filesystem::path& folder, Sweep whose) noexcept {
  try {
    const std::string mine = of_process(::getpid()), here = mine.substr(0, mine.find('-') + 1);
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator(folder, none)) {
      const std::string name = file.path().filename().native();
      const std::size_t at = name.rfind(kTemporary);
      if (at == name.npos) continue;
      const std::string of = name.substr(at + kTemporary.size());
      if (of.size() <= here.size() || of[here.size() - 1] != '-') continue;
      const long process = std::strtol(of.c_str() + here.size(), nullptr, 10);
      const bool is_gone = of.starts_with(here) && process > 0 &&
                           ::kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH;
      if (is_gone || whose == Sweep::anybody) std::filesystem::remove(file.path(), none);
    }
  } catch (const std::exception&) {  // what is in the way of nobody stays
  }
}

std::vector<std::byte> read_file(const std::filesystem::path& path, const char* op,
                                 std::size_t max_bytes) {
  const Descriptor file(open_or_copy(path, O_RDONLY));
  check(file.get() >= 0, op, path.native(), ": ", std::strerror(errno));
  struct stat status {};
  check(::fstat(file.get(), &status) == 0, op, path.native(), ": ", std::strerror(errno));
  check(!S_ISDIR(status.st_mode), op, path.native(), ": expected a file, got a directory");

  // The size is only a hint: a pipe has none and a file may grow while it is read.
  std::vector<std::byte> bytes;
  std::size_t used = 0;
  std::size_t room = std::clamp<std::size_t>(static_cast<std::size_t>(status.st_size) + 1, 4096,
                                             std::size_t{64} << 20);
  for (;;) {
    if (used == bytes.size()) bytes.resize(std::max(room, 2 * used));
    const ssize_t n = ::read(file.get(), bytes.data() + used, bytes.size() - used);
    if (n < 0 && errno == EINTR) continue;
    check(n >= 0, op, path.native(), ": ", std::strerror(errno));
    if (n == 0) break;
    used += static_cast<std::size_t>(n);
    check(used <= max_bytes, op, path.native(), ": expected at most ", max_bytes,
          " bytes, got more");
  }
  bytes.resize(used);
  return bytes;
}

std::string read_text(const std::filesystem::path& path, const char* op, std::size_t max_bytes) {
  const auto bytes = read_file(path, op, max_bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void write_file(const std::filesystem::path& path,
                std::span<const std::span<const std::byte>> parts, const char* op) {
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) cannot_write(path, EISDIR, op);
  if (exists && !is_replaceable(path, status)) {
    Descriptor file(open_or_copy(path, O_WRONLY));
    if (file.get() < 0 || !write_parts(file.get(), parts) || !file.close())
      cannot_write(path, errno, op);
    return;
  }
  // Through a link to the file it names, and no right of the old file is lost or gained.
  const std::filesystem::path target = real_path(path);
  std::filesystem::path temporary;
  Descriptor file = open_beside(target, exists ? status.st_mode & 07777 : 0666, temporary);
  if (file.get() < 0) cannot_write(path, errno, op);
  const bool done = write_parts(file.get(), parts) && ::fsync(file.get()) == 0 && file.close() &&
                    ::rename(temporary.c_str(), target.c_str()) == 0;
  if (!done) {
    const int error = errno;
    ::unlink(temporary.c_str());
    cannot_write(path, error, op);
  }
  sync_folder(target);
}

bool create_file(const std::filesystem::path& path, std::string_view text, const char* op) {
  std::filesystem::path temporary;
  Descriptor file = open_beside(path, 0666, temporary);
  if (file.get() < 0) cannot_write(path, errno, op);
  // A link is made or not on every file system that hosts share, unlike an exclusive open.
  const bool done = write_all(file.get(), std::as_bytes(std::span(text))) &&
                    ::fsync(file.get()) == 0 && file.close() &&
                    ::link(temporary.c_str(), path.c_str()) == 0;
  const int error = errno;
  ::unlink(temporary.c_str());
  if (!done && error != EEXIST) cannot_write(path, error, op);
  if (done) sync_folder(path);
  return done;
}

void append_file(const std::filesystem::path& path, std::string_view text, const char* op) {
  const int fd = descriptor_of(path);
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  Descriptor file(fd < 0 ? ::open(path.c_str(), flags, 0666) : ::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (file.get() < 0 || !write_all(file.get(), std::as_bytes(std::span(text))) || !file.close())
    cannot_write(path, errno, op);
}

void make_folder(const std::filesystem::path& path, const char* op) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  check(!failed, op, path.native(), ": cannot be made: ", failed.message());
}

void check_writable(const std::filesystem::path& path, const char* op) {
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) cannot_write(path, EISDIR, op);
  if (exists && !is_replaceable(path, status)) {
    const int fd = descriptor_of(path);
    const bool writable =
        fd < 0 ? ::access(path.c_str(), W_OK) == 0 : (::fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
    if (!writable) cannot_write(path, fd < 0 ? errno : EBADF, op);
    return;
  }
  // Trying tells more than the rights do: a file system may be read-only, or out of inodes.
  std::filesystem::path temporary;
  const Descriptor file = open_beside(real_path(path), 0666, temporary);
  if (file.get() < 0) cannot_write(path, errno, op);
  ::unlink(temporary.c_str());
}

}  // namespace sonant
