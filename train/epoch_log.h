// What each epoch of a training brought, as a file that grows by a line per epoch: JSON lines or
// CSV. docs/training.md.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <sonant/train/epoch_record.h>

namespace sonant {

// Names have the part and the figure: "train/loss", "choose/uar"; or are alone: "lr". In
// TensorBoard they stand so; in the files below with a _ for each /: "train_loss", as in a result
// file.
struct EpochFigures {
  int epoch = 0;  // from 1
  std::vector<std::pair<std::string, double>> figures;
};

// Of an epoch. `chooser` is the part that picks the epoch. With several heads, or one of numbers,
// each has its own: "train/valence/ccc".
EpochFigures figures_of(const EpochRecord& epoch, const std::string& chooser);

// A file named .csv has a line of column names and a line for each epoch, numbers with the fewest
// digits that read back as the same bits, nothing where a number is not finite. Any other has an
// object {"epoch": 1, "lr": ...} on each line, with null where a number is not finite.
class EpochLog {
 public:
  // For a run that has completed `done` epochs: what the file has on later ones, and a last line
  // that was cut off by a kill, are taken out; with 0 it is begun anew. Error if it cannot be
  // written, or if what is there is no such log.
  EpochLog(std::filesystem::path path, int done);

  // Error for an epoch that is not after the last one, for a name that comes twice, and, in CSV,
  // for other names than those of the lines before.
  void add(const EpochFigures& figures);

 private:
  std::filesystem::path path_;
  bool csv_;
  int last_ = 0;             // epoch
  std::string header_ = {};  // of a CSV file that has one
};

}  // namespace sonant
