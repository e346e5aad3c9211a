// A trained model as one safetensors file, with all that is needed to go from sound to label.
// The tensors have PyTorch's names; the rest is JSON text in __metadata__: docs/training.md.
#pragma once

#include <filesystem>

#include <sonant/nn/speech/speech_model.h>

namespace sonant {

// Error if the file cannot be written, or if the parts do not fit together.
void save_model(const SpeechModel& model, const std::filesystem::path& path);

// Error, naming the file, if it is missing or damaged, a checkpoint, or has tensors but not our
// metadata (a state_dict from PyTorch: load that with load_state_dict() into a make_model()).
SpeechModel load_model(const std::filesystem::path& path);

}  // namespace sonant
