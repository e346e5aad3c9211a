// A trained model as one safetensors file, with all that is needed to go from sound to label.
// The tensors have PyTorch's names; the rest is JSON text in __metadata__: docs/training.md.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <sonant/audio/decode.h>
#include <sonant/audio/features.h>
#include <sonant/audio/normaliser.h>
#include <sonant/nn/models/family.h>
#include <sonant/train/result.h>

namespace sonant {

// Where a model comes from. Nothing is computed from it.
struct TrainingFacts {
  DataFacts data;
  TrainConfig config;
  int best_epoch = 0;
  double val_uar = 0, test_uar = 0, test_accuracy = 0;
  Environment environment;
};

struct Prediction {
  int label = 0;  // index into the class names
  std::string name;
  std::vector<double> probabilities;  // [C]
  std::vector<double> attention;      // [T], how much each frame counted, adds up to 1; none if the
                                      // family has no attention
  // What a person should know, each one line: the sound's own notes, that it was resampled, that it
  // is silent or far quieter than what the model learnt from.
  std::vector<std::string> notes = {};
};

// Classifier and front end together. A value that can be moved.
struct SpeechModel {
  std::unique_ptr<Model<float>> classifier;  // in evaluation mode after load_model()
  FeatureSettings features;
  Normaliser normaliser;
  std::vector<std::string> class_names;
  int sample_rate = 0;  // Hz, of the sounds it learnt from; 0: unknown
  TrainingFacts facts;

  // The sound at sample_rate, as the model knows sounds; as it is if that is unknown.
  Sound at_own_rate(Sound sound) const;
  // What a person should know of a sound recorded at `recorded` Hz: that it is resampled, and that
  // little is to be expected if it ends far below what the model hears (docs/results.md has
  // figures). Empty if it has the model's own rate.
  std::string remark_on_rate(int recorded) const;
  // Sound -> own rate -> features -> normalised -> class, alone in its batch. Error if the sound is
  // shorter than the features allow, or cannot be resampled.
  Prediction predict(Sound sound) const;
};

// Error if the file cannot be written, or if the parts do not fit together.
void save_model(const SpeechModel& model, const std::filesystem::path& path);

// Error, naming the file, if it is missing or damaged, a checkpoint, or has tensors but not our
// metadata (a state_dict from PyTorch: load that with load_state_dict() into a make_model()).
SpeechModel load_model(const std::filesystem::path& path);

}  // namespace sonant
