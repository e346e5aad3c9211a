// The options of a training run: one for each field of TrainConfig.
#pragma once

#include <sonant/train/config.h>

#include <CLI/CLI.hpp>

namespace sonant::apps {

void add_train_options(CLI::App& command, TrainConfig& config);

}  // namespace sonant::apps
