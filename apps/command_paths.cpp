#include "command_paths.h"

namespace sonant::apps {
namespace {

namespace fs = std::filesystem;

std::vector<NamedPath> paths_of(const Command& command) {
  std::vector<NamedPath> all;
  for (const Option& option : command.options) {
    const std::vector<NamedPath> paths = option.paths();
    all.insert(all.end(), paths.begin(), paths.end());
  }
  return all;
}

}  // namespace

void compare_paths(const Command& command) { check_paths(paths_of(command)); }

void compare_paths(const Command& command, const Corpus& corpus) {
  std::vector<NamedPath> all = paths_of(command);
  for (const Clip& clip : corpus.clips)  // of a store no sound is read
    if (clip.place < 0) all.push_back({"the sound", clip.path, PathRole::input});
  check_paths(all);
}

std::vector<NamedPath> study_files(const NamedPath& study) {
  std::vector<NamedPath> all{study};
  for (const char* suffix : {"-journal", "-wal", "-shm"}) {
    fs::path beside = study.path;
    beside += suffix;
    all.push_back({"the journal of " + study.option, beside, PathRole::output});
  }
  return all;
}

std::vector<NamedPath> experiment_files(const NamedPath& folder) {
  const bool read = folder.role == PathRole::input;
  std::vector<NamedPath> all{folder};
  for (const char* name : {"cv.json", "experiment.json", "plan.json"})
    all.push_back({"a file of " + folder.option, folder.path / name,
                   read ? PathRole::input : PathRole::output});
  all.push_back({"the jobs of " + folder.option, folder.path / "jobs", PathRole::tree});
  return all;
}

std::vector<NamedPath> run_files(const NamedPath& run) {
  std::error_code missing;
  if (fs::is_directory(run.path, missing)) return experiment_files(run);
  NamedPath file = run;
  const std::string& text = run.path.native();
  const auto hash = text.rfind('#');
  if (hash != text.npos && !fs::exists(run.path, missing)) file.path = text.substr(0, hash);
  return {file,
          {"the embeddings beside " + run.option,
           file.path.parent_path() / "embeddings.safetensors", PathRole::input}};
}

}  // namespace sonant::apps
