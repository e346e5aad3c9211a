// The options of the features: --front-end, what stands around any of them, and the settings of
// each.
#pragma once

#include <sonant/audio/features.h>

#include "command_line.h"

namespace sonant::apps {

// `settings` holds the outcome when the command's checks run, and must outlive the command.
void add_feature_options(Command& command, FeatureSettings& settings);

}  // namespace sonant::apps
