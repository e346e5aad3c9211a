// --model is a model in every command: an architecture by its name, which has learnt nothing, or a
// file with one that has. A name is never taken for a file: that of such a file is ./NAME.
#pragma once

#include <sonant/nn/speech/speech_model_file.h>
#include <sonant/train/experiment/training_facts.h>

#include <memory>
#include <optional>
#include <string>

#include "command_line.h"
#include "own_options.h"

namespace sonant::apps {

// Of the commands that look at either.
struct ModelArgument {
  std::string model = "reslstm-sa-h64";
  int input = 46, classes = 8;         // for a name; a file has its own
  std::optional<OwnOptions> own = {};  // so are the settings that families have of their own

  void add_to(Command& command);
  // Behind the command's other options: flags that these have are not taken twice.
  void add_own_to(Command& command);
  std::unique_ptr<Model<float>> make() const;
  std::optional<TrainingFacts> history() const;  // of a file
};

// Of the families, for options: those settings that stand in names are said by these.
std::vector<OwnOptions::Row> family_rows();

// Of the commands that need one that has learnt. UsageError for a name.
Option& add_model_file(Command& command, std::string& file);
// Of the commands that make a new one. UsageError for a file.
void check_names_architecture(const std::string& model);

}  // namespace sonant::apps
