// Writing a study while it runs: every step is one transaction, so a kill at any moment leaves what
// was before the step or what is after it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <sonant/train/search/study.h>

namespace sonant {

class StudyFile {
 public:
  // Opens the file, or creates it, and the study of that name if it is in it. Until this object is
  // gone no other StudyFile can open the same file: one process writes. Error if another one does,
  // or if the file is something else than a study.
  StudyFile(const std::filesystem::path& file, const std::string& name);
  ~StudyFile();

  bool exists() const;              // the study is in the file
  const Study& study() const;       // as it is in the file now
  void create(const Study& study);  // with its attributes, and its trials, which must be waiting

  // Trial `trial.number`, which must be waiting, running, or the next new one, is running from now,
  // with these parameters and system attributes, and without intermediate values.
  void start(const Trial& trial);
  void report(int number, int step, double value);
  // Stores the state, the value, the user attributes and the time.
  void finish(const Trial& trial);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sonant
