// --model of the commands that look at an architecture: a model's name, or a model file.
#pragma once

#include <sonant/train/model_file.h>

#include <memory>
#include <optional>
#include <string>

#include "command_line.h"

namespace sonant::apps {

struct ModelArgument {
  std::string model = "reslstm-sa-h64";
  int input = 46, classes = 8;  // for a name; a file has its own

  void add_to(Command& command);
  std::unique_ptr<Classifier<float>> make() const;
  std::optional<TrainingFacts> history() const;  // of a file
};

}  // namespace sonant::apps
