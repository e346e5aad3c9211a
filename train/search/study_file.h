// Writing a study while it runs: every step is one transaction, so a kill at any moment leaves what
// was before the step or what is after it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <sonant/train/search/study.h>

namespace sonant {

// One process writes. Others that do the same search follow it: they have the study as it was when
// they came and what they hear of themselves, and go on writing when the first is gone.
class StudyFile {
 public:
  // Opens the file, or creates it, and the study of that name if it is in it. Follows if another
  // process writes; without `may_follow` that is an Error, and so is a file that is something else
  // than a study.
  StudyFile(const std::filesystem::path& file, const std::string& name, bool may_follow = false);
  ~StudyFile();

  // Whether this one writes from now on, as nobody else does: then the file has all that study()
  // has.
  bool writes();
  const std::filesystem::path& path() const;

  bool exists() const;              // the study is in the file
  const Study& study() const;       // as it is in the file now, if this one writes
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
