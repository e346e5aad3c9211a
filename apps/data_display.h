// What a person sees while a corpus is loaded and a model is trained or judged.
#pragma once

#include <sonant/train/experiment/run.h>

#include <optional>
#include <string>

#include "command_line.h"
#include "terminal.h"

namespace sonant::apps {

// --data, --on-bad-file, --cache and --no-cache.
void add_data_options(Command& command, std::filesystem::path& data, OnBadFile& on_bad_file,
                      std::filesystem::path& cache);

std::string part_text(const PartFacts& part);  // "  300 files, speakers 02 05"

// Progress bars for loading and for training, a line about every file left out, who trains and who
// judges. Stops on Ctrl-C. What the command
// writes must not be a sound of the corpus: compare_paths(). Must outlive the run.
class RunDisplay {
 public:
  explicit RunDisplay(const Command& command) : command_(command) {}
  Callbacks callbacks();
  void finish();

 private:
  void on_loaded(const DataFacts& data);
  void on_batch(const BatchProgress& p);
  void on_epoch(const EpochRecord& record);

  const Command& command_;
  std::string chooser_;  // the part, choosing_part()
  std::optional<Progress> loading_, training_;
  std::optional<EpochRecord> last_;
  std::optional<double> best_;
};

}  // namespace sonant::apps
