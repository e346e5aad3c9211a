// The options of a training run: one for each field of TrainConfig, and for each setting that a row
// which one of them names may have of its own.
#pragma once

#include <sonant/train/config.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "command_line.h"
#include "options.h"

namespace sonant::apps {

// All fields but those in `without`, and --config FILE (train/experiment/config_file.h). An option
// that was typed counts more than the file, the file more than the defaults; `config` holds the
// outcome when the command's callback runs. Returns where the file's name will be, "" for none.
std::shared_ptr<const std::string> add_train_options(
    Command& command, TrainConfig& config, const std::set<std::string_view>& without = {});

void add_checkpoint_every(Command& command, double& seconds);

// --requeue-exit, of what a signal stops with a checkpoint.
void add_requeue_exit(Command& command);

// --dead-after, of what several processes do in one folder.
void add_dead_after(Command& command, double& seconds);

// What processes that share the work of one folder agree on.
struct SharedOptions {
  bool leave = false;    // --no-wait
  bool any_isa = false;  // --isa any
  double dead_after = 60;
  void add_to(Command& command);
  // In place of machine.apply(): as the experiment that `folder` holds, if it holds one, computes.
  // May start the process anew, with the OpenBLAS core that it needs.
  void apply(MachineOptions machine, const std::filesystem::path& folder);
};

}  // namespace sonant::apps
