#include <sonant/audio/corpus_files.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <system_error>

#include <sonant/core/error.h>
#include <sonant/core/text.h>

namespace sonant::corpus_files {
namespace fs = std::filesystem;
namespace {

// Not path.extension(): to it the file ".wav" has none, and is no sound that is passed over.
bool is_sound_name(const fs::path& path) {
  const std::string name = small_letters(path.filename().native());
  return name.ends_with(".wav") || name.ends_with(".flac");
}

bool is_passed_over(const fs::path& path, bool folder) {
  const std::string name = small_letters(path.filename().native());
  if (name.starts_with(".")) return true;
  constexpr std::string_view made_by_systems[] = {"__macosx",
                                                  "$recycle.bin",
                                                  "recycler",
                                                  "recycled",
                                                  "system volume information",
                                                  "network trash folder",
                                                  "temporary items",
                                                  "lost+found",
                                                  "@eadir",
                                                  "@recycle",
                                                  "#recycle",
                                                  "@recently-snapshot",
                                                  "#snapshot",
                                                  "~snapshot"};
  return folder && std::find(std::begin(made_by_systems), std::end(made_by_systems), name) !=
                       std::end(made_by_systems);
}

}  // namespace

bool comes_before(const fs::path& a, const fs::path& b) {
  const fs::path a_name = a.filename(), b_name = b.filename();
  return a_name != b_name ? a_name < b_name : a < b;
}

Listing list(const fs::path& dir) {
  std::error_code error;
  check(fs::is_directory(dir, error), "corpus", "expects a folder, got ", dir.string(),
        fs::exists(dir, error) ? ", which is a file" : ", which does not exist");
  Listing found;
  // Links to folders are followed, each folder once: a link to a parent must not loop.
  std::set<fs::path> seen{fs::canonical(dir)};
  const auto options = fs::directory_options::follow_directory_symlink |
                       fs::directory_options::skip_permission_denied;
  int aside = -1;  // depth of the folder passed over that the walk is in
  for (auto it = fs::recursive_directory_iterator(dir, options, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (it.depth() <= aside) aside = -1;
    std::error_code ignored;  // a dangling link is a file of its name: fault() will say so
    const bool folder = it->is_directory(ignored);
    const bool over = aside >= 0 || is_passed_over(it->path(), folder);
    if (folder && over) {
      if (aside < 0) aside = it.depth();
      if (it->is_symlink(ignored)) it.disable_recursion_pending();
    } else if (folder) {
      const fs::path real = fs::canonical(it->path(), ignored);
      if (ignored || !seen.insert(real).second) it.disable_recursion_pending();
    } else if (is_sound_name(it->path())) {
      (over ? found.passed_over : found.files).push_back(it->path());
    }
  }
  check(!error, "corpus", "cannot list ", dir.string(), ": ", error.message());
  std::sort(found.files.begin(), found.files.end(), comes_before);
  std::sort(found.passed_over.begin(), found.passed_over.end(), comes_before);
  return found;
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
  sort_out(dir, ReadPath([&](const fs::path& file, Clip& clip, std::string&, std::string& reason) {
             return read_name(file.stem().string(), clip, reason);
           }),
           corpus);
}

std::size_t known(const ReadPath& read_path, const fs::path& at,
                  const std::vector<fs::path>& sounds) {
  return static_cast<std::size_t>(std::ranges::count_if(sounds, [&](const fs::path& path) {
    Clip clip;
    clip.path = path;
    std::string id, reason;
    return read_path(path.lexically_relative(at), clip, id, reason) != Verdict::bad;
  }));
}

std::size_t known(const ParseName& parse, const fs::path& at, const std::vector<fs::path>& sounds) {
  return known(ReadPath([&](const fs::path& file, Clip& clip, std::string&, std::string&) {
                 return parse(file.stem().string(), clip).empty() ? Verdict::clip : Verdict::bad;
               }),
               at, sounds);
}

void sort_out(const fs::path& dir, const ReadPath& read_path, Corpus& corpus) {
  std::map<std::string, fs::path> kept;
  const Listing found = list(dir);
  if (!found.passed_over.empty())
    corpus.notes.push_back(dir.string() + ": passed over: " + passed_over(found));
  for (const fs::path& path : found.files) {
    Clip clip;
    clip.path = path;
    std::string id = path.stem().string(), reason;
    const Verdict verdict = read_path(path.lexically_relative(dir), clip, id, reason);
    if (verdict == Verdict::clip) reason = fault(path);
    if (verdict == Verdict::clip && reason.empty()) {
      const auto [first, fresh] = kept.emplace(id, path);
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

std::string passed_over(const Listing& found) {
  const std::size_t n = found.passed_over.size();
  if (n == 0) return "";
  return std::to_string(n) + (n == 1 ? " sound file that is" : " sound files that are") +
         " hidden or in a system's folder, as " + found.passed_over.front().string();
}

}  // namespace sonant::corpus_files
