// Writing a study while it runs. The file is replaced whole at every step, so a kill at any moment
// leaves what was before the step or what is after it, and no lock has to be trusted: on file
// systems that hosts share, SQLite's own locks, and those of the system, may be of one host alone.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <sonant/train/experiment/claims.h>
#include <sonant/train/search/study.h>

namespace sonant {

// "2026-11-21 12:00:00.000000": now, local time, as studies have it.
std::string study_time();

// One process writes. Others that do the same search follow it: they have the study as it was when
// they came and what they hear of themselves, and go on writing when the first is gone.
class StudyFile {
 public:
  // Reads the study of that name, if it is in the file. Nobody else may write to the file, or it is
  // an Error; and so is a file that is something else than a study.
  StudyFile(const std::filesystem::path& file, const std::string& name);
  // Of several processes whoever has the claim on the folder writes.
  StudyFile(const std::filesystem::path& file, const std::string& name, Claims& claims,
            const std::filesystem::path& claim);
  ~StudyFile();

  // Whether this one writes from now on, as nobody else does: then the file has all that study()
  // has.
  bool writes();
  const std::filesystem::path& path() const;

  bool exists() const;              // the study was in the file, or is created
  const Study& study() const;       // as it is in the file now, if this one writes
  void create(const Study& study);  // with its attributes, and its trials, which must be waiting

  // Trial `trial.number`, which must be waiting, running, or the next new one, is running from now,
  // or from `trial.started`, with these parameters and system attributes, and without intermediate
  // values.
  void start(const Trial& trial);
  void report(int number, int step, double value);
  // Stores the state, the value, the user attributes and the time: `trial.completed`, or now.
  void finish(const Trial& trial);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sonant
