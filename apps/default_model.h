// The trained model that comes with Sonant: apps/models.
#pragma once

#include <sonant/nn/speech/speech_model_file.h>

#include <filesystem>
#include <string>

namespace sonant::apps {

// share/sonant/models beside an installed command, else in the source tree it was built from.
// Error that says what to do if it is in neither.
std::filesystem::path default_model();

// The model in `file`. If none is named, the default one; stderr then says what that is, and how
// often it is right.
SpeechModel model_or_default(const std::string& file);

}  // namespace sonant::apps
