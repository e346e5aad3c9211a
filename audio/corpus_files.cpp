#include <sonant/audio/corpus_files.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <map>
#include <set>
#include <string_view>
#include <system_error>

#include <sonant/core/error.h>

namespace sonant::corpus_files {
namespace fs = std::filesystem;
namespace {

bool is_sound_name(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return extension == ".wav" || extension == ".flac";
}

}  // namespace

bool comes_before(const fs::path& a, const fs::path& b) {
  const fs::path a_name = a.filename(), b_name = b.filename();
  return a_name != b_name ? a_name < b_name : a < b;
}

std::vector<fs::path> list(const fs::path& dir) {
  std::error_code error;
  check(fs::is_directory(dir, error), "corpus", "expects a folder, got ", dir.string(),
        fs::exists(dir, error) ? ", which is a file" : ", which does not exist");
  std::vector<fs::path> files;
  // Links to folders are followed, each folder once: a link to a parent must not loop.
  std::set<fs::path> seen{fs::canonical(dir)};
  const auto options = fs::directory_options::follow_directory_symlink |
                       fs::directory_options::skip_permission_denied;
  for (auto it = fs::recursive_directory_iterator(dir, options, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    std::error_code ignored;  // a dangling link is a file of its name: fault() will say so
    if (it->is_directory(ignored)) {
      const fs::path real = fs::canonical(it->path(), ignored);
      if (ignored || !seen.insert(real).second) it.disable_recursion_pending();
    } else if (is_sound_name(it->path())) {
      files.push_back(it->path());
    }
  }
  check(!error, "corpus", "cannot list ", dir.string(), ": ", error.message());
  std::sort(files.begin(), files.end(), comes_before);
  return files;
}

std::string fault(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return "does not exist";
  if (!fs::is_regular_file(status)) return "is not a regular file";
  if (fs::file_size(path, error) == 0) return "is empty (0 bytes)";
  std::ifstream file(path, std::ios::binary);
  std::array<char, 32> buffer{};
  file.read(buffer.data(), buffer.size());
  const std::string_view head(buffer.data(), static_cast<std::size_t>(file.gcount()));
  if (head.empty()) return "cannot be read (check its permissions)";
  if (head.starts_with("version https://git-lfs"))
    return "is a git-lfs pointer, not the sound itself (run: git lfs pull)";
  using namespace std::string_view_literals;
  if (head.starts_with("\x00\x05\x16\x07"sv)) return "is a macOS resource fork, not a sound";
  return "";
}

void sort_out(const fs::path& dir, const ReadName& read_name, Corpus& corpus) {
  std::map<std::string, fs::path> kept;
  for (const fs::path& path : list(dir)) {
    Clip clip;
    clip.path = path;
    const std::string stem = path.stem().string();
    std::string reason;
    Verdict verdict = Verdict::bad;
    if (stem.starts_with("._"))
      reason = "is a macOS resource fork, not a sound";
    else if (stem.starts_with("."))
      reason = "is a hidden file";
    else
      verdict = read_name(stem, clip, reason);
    if (verdict == Verdict::clip) reason = fault(path);
    if (verdict == Verdict::clip && reason.empty()) {
      const auto [first, fresh] = kept.emplace(stem, path);
      if (!fresh) reason = "is a second copy of " + first->second.string();
    }
    if (verdict == Verdict::left_out)
      ++corpus.left_out;
    else if (reason.empty())
      corpus.clips.push_back(std::move(clip));
    else
      corpus.bad.push_back({path, reason});
  }
}

}  // namespace sonant::corpus_files
