// Event files for TensorBoard, written without it: docs/training.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sonant/train/epoch_log.h>

namespace sonant {

// A record of a TFRecord file: length (8 bytes, little-endian), its checksum, the data, and its
// checksum (4 bytes each): CRC-32C (Castagnoli), rotated right by 15 bits, + 0xa282ead8.
std::string tf_record(std::string_view data);

// Messages of tensorflow's event.proto and summary.proto, encoded by protobuf's rules.
std::string version_event(double wall_time);
// From this step on, what other files of the folder say is void.
std::string restart_event(double wall_time, std::int64_t step);
// Scalars are of 32 bits there.
std::string scalars_event(double wall_time, std::int64_t step,
                          const std::vector<std::pair<std::string, double>>& scalars);

// `tensorboard --logdir FOLDER` shows what it writes: a scalar for each figure, over the epochs.
class TensorBoardLog {
 public:
  // A file events.out.tfevents.TIME.HOST of its own; the folder is made if it is not there. For a
  // run that has completed `done` epochs: what files of before say on later ones is made void.
  explicit TensorBoardLog(const std::filesystem::path& folder, int done = 0);

  void add(const EpochFigures& figures);

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace sonant
