#include <sonant/train/experiment/shared_folder.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include <sonant/core/file.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;
constexpr const char* kAt = "claims";

thread_local SharedFolder* replaced = nullptr;

}  // namespace

// Only opening a file tells: that it exists is believed for a while where attributes are cached.
std::optional<std::string> SharedFolder::read(const fs::path& file) {
  for (int tries = 10;; --tries) {
    try {
      return read_text(file, kAt, 1 << 16);
    } catch (const Error&) {
      const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
      if (opened < 0 && (errno == ENOENT || errno == ESTALE)) return std::nullopt;
      if (opened >= 0) ::close(opened);
      if (tries == 0) throw;  // else it came back between the two looks
    }
  }
}

bool SharedFolder::create(const fs::path& file, std::string_view text) {
  return create_file(file, text, kAt);
}

void SharedFolder::write(const fs::path& file, std::string_view text) {
  write_file(file, text, kAt);
}

void SharedFolder::remove(const fs::path& file) {
  std::error_code none;
  fs::remove(file, none);
}

void SharedFolder::make(const fs::path& folder) { make_folder(folder, kAt); }

std::vector<fs::path> SharedFolder::list(const fs::path& folder) {
  std::vector<fs::path> all;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) all.push_back(entry.path());
  return all;
}

std::chrono::steady_clock::time_point SharedFolder::now() {
  return std::chrono::steady_clock::now();
}

SharedFolder& shared_folder() {
  static SharedFolder machine;
  return replaced != nullptr ? *replaced : machine;
}

void replace_shared_folder(SharedFolder* folder) { replaced = folder; }

}  // namespace sonant
