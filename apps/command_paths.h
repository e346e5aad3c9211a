// The paths of one command: what each is for, and that none would overwrite another.
#pragma once

#include <sonant/audio/corpus.h>
#include <sonant/core/paths.h>

#include <filesystem>
#include <string>
#include <vector>

namespace sonant::apps {

class CommandPaths {
 public:
  using Path = std::filesystem::path;

  // The path of an option; "-" is a stream where it says so. One that is not given is empty, and
  // passed over by all but need().
  CommandPaths& need(const std::string& option, const Path& path, PathRole role);
  CommandPaths& input(const std::string& option, const Path& path);
  CommandPaths& input_or_dash(const std::string& option, const Path& path);
  CommandPaths& output(const std::string& option, const Path& path);
  CommandPaths& output_or_dash(const std::string& option, const Path& path);
  CommandPaths& corpus(const std::string& option, const Path& path);
  CommandPaths& folder(const std::string& option, const Path& path);
  // A study's file, with what SQLite puts beside it.
  CommandPaths& study(const std::string& option, const Path& path);
  // The folder that sonant cv writes: that it is one, and the files in it that are not to be lost.
  CommandPaths& experiment_output(const std::string& option, const Path& path);
  // What sonant report and sonant table read: such a folder, a file, or a study as FILE#NAME.
  CommandPaths& run_input(const std::string& option, const std::string& run);

  // UsageError if two of them clash: core/paths.h.
  void check() const { check_paths(paths_); }
  // The same with the sounds of a corpus, which a manifest may take from anywhere.
  void check(const Corpus& corpus) const;

 private:
  CommandPaths& add(const std::string& option, const Path& path, PathRole role, bool dash = false);
  CommandPaths& experiment_files(const std::string& option, const Path& path, PathRole role);

  std::vector<NamedPath> paths_;
};

}  // namespace sonant::apps
