// The paths that a command names, compared before any work: what is written must not be what is
// read, and nothing is written twice.
#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace sonant {

enum class PathRole {
  input,   // a file that is read, or a folder
  corpus,  // sounds that are read: a folder with all below it, or a manifest
  output,  // a file that is written
  store,   // a file that is read and written in place, record by record; it may be an input, too
  folder,  // a folder in which files are written
  tree,    // a folder that is kept as it is: no other output may be in it
};

struct NamedPath {
  std::string option;  // what a person calls it: "--out", "FILE", "the checkpoint of --out"
  std::filesystem::path path;
  PathRole role = PathRole::input;
  bool dash = false;  // "-" is allowed: standard input for an input, else standard output
};

// UsageError that names the two options and paths if an output is an input or another output. Two
// paths are the same if they lead to one file: through links of either kind, `.` and `..`,
// /dev/stdin and its like, a file system that folds case; and if there is no file yet, to one
// name. Also for an output that is a folder or a folder that is a file, for a sound that would
// become part of the corpus, for a stream that would be read twice, and for an output that is what
// standard output or standard error are redirected to. Devices such as /dev/null may be named by
// all.
void check_paths(std::span<const NamedPath> paths);

// Where a path leads to: absolute, without links, `.` and `..`, as far as it exists; a link that
// dangles is followed, too.
std::filesystem::path real_path(const std::filesystem::path& path);

// The descriptor that a path means by its name (/dev/stdin, /dev/fd/3, /proc/self/fd/3, ...), or
// -1. Opening such a path anew fails for a socket and for what belongs to another user, and
// begins a file again that somebody has read or written in part.
int descriptor_of(const std::filesystem::path& path);

}  // namespace sonant
