// The options of a training run: one for each field of TrainConfig, and for each setting that a row
// which one of them names may have of its own.
#pragma once

#include <sonant/train/config.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "command_line.h"

namespace sonant::apps {

// All fields but those in `without`, and --config FILE (train/experiment/config_file.h). An option
// that was typed counts more than the file, the file more than the defaults; `config` holds the
// outcome when the command's callback runs. Returns where the file's name will be, "" for none.
std::shared_ptr<const std::string> add_train_options(
    Command& command, TrainConfig& config, const std::set<std::string_view>& without = {});

void add_checkpoint_every(Command& command, double& seconds);

}  // namespace sonant::apps
