// One process at a time.
#pragma once

#include <filesystem>
#include <memory>

namespace sonant {

// Holds a file, made if need be, until it goes; the system lets go of it when the process dies,
// however it dies.
class FileLock {
 public:
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // Null if another one holds it. Error, naming `path`, if it cannot be opened or locked: some file
  // systems have no locks, and of some they hold for one host alone. What hosts share rests on
  // claims, never on this.
  static std::unique_ptr<FileLock> if_free(const std::filesystem::path& path);

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace sonant
