// The options of the features: --front-end, what stands around any of them, and the settings of
// each.
#pragma once

#include <sonant/audio/features.h>

#include <memory>
#include <string>

#include "command_line.h"

namespace sonant::apps {

// `settings` holds the outcome when the command's checks run, and must outlive the command. What
// was typed counts more than the table [features] of the recipe, if that names a file.
void add_feature_options(Command& command, FeatureSettings& settings,
                         std::shared_ptr<const std::string> recipe = {});

}  // namespace sonant::apps
