#include <sonant/core/paths.h>

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <vector>

#include <sonant/core/numbers.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;
constexpr const char* kAt = "paths";

// A named path, and where it leads to.
struct Place {
  NamedPath name;
  bool redirected = false;  // standard output or error, which nobody named
  int stream = -1;          // the descriptor it means
  bool exists = false;
  struct stat status = {};
  fs::path real = {};  // without links, as far as it exists

  std::string text() const {
    return redirected ? name.option : name.option + " " + name.path.native();
  }
  bool is_folder() const { return exists && S_ISDIR(status.st_mode); }
  bool reads() const { return name.role == PathRole::input || name.role == PathRole::corpus; }
  bool is_file_to_write() const {
    return name.role == PathRole::output || name.role == PathRole::store;
  }
};

Place place_of(const NamedPath& name) {
  Place place{name};
  const bool dash = name.path == "-";
  place.stream = dash ? (place.reads() ? 0 : 1) : descriptor_of(name.path);
  place.exists = place.stream >= 0 ? ::fstat(place.stream, &place.status) == 0
                                   : ::stat(name.path.c_str(), &place.status) == 0;
  // An input that is there can only be what is there, and is known by its inode.
  if (place.stream < 0 && (!place.reads() || !place.exists || place.is_folder()))
    place.real = real_path(name.path);
  return place;
}

std::string with_case(std::string text, int (*change)(int)) {
  for (char& c : text) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  return text;
}

// Whether "A" is "a" in this folder, as its first entry with a letter tells, or its own name.
bool folds_case(const fs::path& folder) {
  const auto is_one_file = [](const fs::path& parent, const std::string& name) {
    std::error_code missing;
    const std::string lower = with_case(name, std::tolower), upper = with_case(name, std::toupper);
    return lower != upper && fs::equivalent(parent / lower, parent / upper, missing);
  };
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().native();
    if (with_case(name, std::tolower) != with_case(name, std::toupper))
      return is_one_file(folder, name);
  }
  return is_one_file(folder.parent_path(), folder.filename().native());
}

bool same_name(const fs::path& a, const fs::path& b) {
  if (a == b) return !a.empty();
  return with_case(a.native(), std::tolower) == with_case(b.native(), std::tolower) &&
         folds_case(a.parent_path());
}

bool same_file(const Place& a, const Place& b) {
  if (a.stream >= 0 && a.stream == b.stream) return true;
  if (a.exists != b.exists) return false;
  if (!a.exists) return same_name(a.real, b.real);
  return a.status.st_dev == b.status.st_dev && a.status.st_ino == b.status.st_ino;
}

// What several may name: /dev/null and its like, and for reading and writing a terminal or a
// connection.
bool is_shareable(const Place& a, const Place& b) {
  if (a.stream >= 0 && a.stream == b.stream) return false;
  const mode_t mode = a.status.st_mode;
  constexpr unsigned memory_devices = 1;  // null, zero, full
  if (S_ISCHR(mode) && major(a.status.st_rdev) == memory_devices) return true;
  return (S_ISCHR(mode) || S_ISSOCK(mode)) && (a.reads() || b.reads());
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  const auto [end_of_folder, ignored] =
      std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return !folder.empty() && end_of_folder == folder.end() && path != folder;
}

bool has_sound_name(const fs::path& path) {
  constexpr std::array<std::string_view, 2> names{".wav", ".flac"};
  const std::string name = with_case(path.extension().native(), std::tolower);
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_kind(const Place& place) {
  const std::string& path = place.name.path.native();
  check_usage(place.name.dash || path != "-", kAt, place.name.option,
              " expects a path, not a stream; got - (a file of that name is ./-)");
  check_usage(!path.empty(), kAt, place.name.option, " expects a path, got an empty one");
  if (place.is_file_to_write()) {
    check_usage(!place.is_folder() && path.back() != '/', kAt, place.text(),
                " is a folder; expected a file to write");
  } else if (!place.reads()) {
    check_usage(!place.exists || place.is_folder(), kAt, place.text(),
                " is a file; expected a folder");
  }
}

void check_apart(const Place& output, const Place& other) {
  const bool is_redirection = output.redirected || other.redirected;
  if (is_redirection && (output.stream >= 0 && other.stream >= 0)) return;
  if (output.is_file_to_write() && is_inside(output.real, other.real)) {
    check_usage(other.name.role != PathRole::tree, kAt, output.text(), " lies in ", other.text(),
                ", which is kept as it is; expected a place outside of it");
    check_usage(other.name.role != PathRole::corpus || !has_sound_name(output.real), kAt,
                output.text(), " would become one of the sounds in ", other.text(),
                "; expected another name, or a place outside of it");
  }
  if (!same_file(output, other) || is_shareable(output, other)) return;
  const auto is_store = [](const Place& p) { return p.name.role == PathRole::store; };
  if (is_store(output) && other.name.role == PathRole::input) return;
  const auto is_tree = [](const Place& p) { return p.name.role == PathRole::tree; };
  if (is_tree(output) && is_tree(other)) return;  // nothing is written into either
  check_usage(!other.reads(), kAt, output.text(), " would overwrite ", other.text(),
              "; expected another place to write to");
  fail_usage(kAt, output.text(), " and ", other.text(),
             " are one and the same; expected a place for each");
}

// What can be read once only: a stream, or a pipe with a name.
bool is_read_up(const Place& place) {
  return place.stream >= 0 || (place.exists && S_ISFIFO(place.status.st_mode));
}

}  // namespace

void check_paths(std::span<const NamedPath> paths) {
  std::vector<Place> outputs, inputs, streams;
  for (const NamedPath& name : paths) {
    const Place place = place_of(name);
    check_kind(place);
    (place.reads() ? inputs : outputs).push_back(place);
    if (place.reads() && is_read_up(place)) streams.push_back(place);
  }
  for (std::size_t i = 0; i < streams.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      check_usage(!same_file(streams[k], streams[i]), kAt, streams[k].text(), " and ",
                  streams[i].text(),
                  " are one stream, which can be read once; expected one of them");
  for (const auto& [fd, called] : {std::pair{1, "standard output"}, {2, "standard error"}}) {
    Place place{{called, "/dev/fd/" + std::to_string(fd), PathRole::output}, true, fd};
    place.exists = ::fstat(fd, &place.status) == 0;
    if (place.exists && S_ISREG(place.status.st_mode)) outputs.push_back(place);
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (const Place& input : inputs) check_apart(outputs[i], input);
    for (std::size_t k = 0; k < outputs.size(); ++k)
      if (k != i) check_apart(outputs[i], outputs[k]);
  }
}

fs::path real_path(const fs::path& path) {
  std::error_code failed;
  fs::path followed = fs::absolute(path, failed);
  constexpr int most_links = 40;  // as the system has it
  for (int links = 0; links < most_links && fs::is_symlink(followed, failed); ++links)
    followed = followed.parent_path() / fs::read_symlink(followed, failed);
  const fs::path real = fs::weakly_canonical(followed, failed);
  return failed ? followed.lexically_normal() : real;
}

int descriptor_of(const fs::path& path) {
  const std::string& text = path.native();
  constexpr std::array<std::string_view, 3> streams{"/dev/stdin", "/dev/stdout", "/dev/stderr"};
  const auto stream = std::find(streams.begin(), streams.end(), text);
  if (stream != streams.end()) return static_cast<int>(stream - streams.begin());
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!text.starts_with(folder)) continue;
    const auto fd = parse_number<int>(std::string_view(text).substr(folder.size()));
    if (fd && *fd >= 0) return *fd;
  }
  return -1;
}

}  // namespace sonant
