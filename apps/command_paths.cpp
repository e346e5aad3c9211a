#include "command_paths.h"

namespace sonant::apps {

namespace fs = std::filesystem;

CommandPaths& CommandPaths::add(const std::string& option, const Path& path, PathRole role,
                                bool dash) {
  if (!path.empty()) paths_.push_back({option, path, role, dash});
  return *this;
}

CommandPaths& CommandPaths::need(const std::string& option, const Path& path, PathRole role) {
  paths_.push_back({option, path, role});
  return *this;
}

CommandPaths& CommandPaths::input(const std::string& option, const Path& path) {
  return add(option, path, PathRole::input);
}

CommandPaths& CommandPaths::input_or_dash(const std::string& option, const Path& path) {
  return add(option, path, PathRole::input, true);
}

CommandPaths& CommandPaths::output(const std::string& option, const Path& path) {
  return add(option, path, PathRole::output);
}

CommandPaths& CommandPaths::output_or_dash(const std::string& option, const Path& path) {
  return add(option, path, PathRole::output, true);
}

CommandPaths& CommandPaths::corpus(const std::string& option, const Path& path) {
  return add(option, path, PathRole::corpus);
}

CommandPaths& CommandPaths::folder(const std::string& option, const Path& path) {
  return add(option, path, PathRole::folder);
}

CommandPaths& CommandPaths::study(const std::string& option, const Path& path) {
  if (path.empty()) return *this;
  for (const char* suffix : {"-journal", "-wal", "-shm"}) {
    fs::path beside = path;
    beside += suffix;
    add("the journal of " + option, beside, PathRole::output);
  }
  return add(option, path, PathRole::store);
}

CommandPaths& CommandPaths::experiment_files(const std::string& option, const Path& path,
                                             PathRole role) {
  for (const char* name : {"cv.json", "experiment.json", "lock"})
    add("a file of " + option, path / name, role);
  return add("the jobs of " + option, path / "jobs", PathRole::tree);
}

CommandPaths& CommandPaths::experiment_output(const std::string& option, const Path& path) {
  need(option, path, PathRole::folder);
  return path.empty() ? *this : experiment_files(option, path, PathRole::output);
}

CommandPaths& CommandPaths::run_input(const std::string& option, const std::string& run) {
  std::error_code missing;
  const auto hash = run.rfind('#');
  const bool named = hash != std::string::npos && !fs::exists(run, missing);
  input(option, named ? run.substr(0, hash) : run);
  if (fs::is_directory(run, missing)) return experiment_files(option, run, PathRole::input);
  return input("the embeddings beside " + option,
               fs::path(run).parent_path() / "embeddings.safetensors");
}

void CommandPaths::check(const Corpus& corpus) const {
  std::vector<NamedPath> all = paths_;
  for (const Clip& clip : corpus.clips) all.push_back({"the sound", clip.path, PathRole::input});
  check_paths(all);
}

}  // namespace sonant::apps
