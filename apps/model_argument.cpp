#include "model_argument.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sonant::apps {

void ModelArgument::add_to(Command& command) {
  command
      .option("-m,--model", model,
              fmt::format("{}, or a model file", fmt::join(known_models(), ", ")))
      .called("MODEL");
  command.option("--input", input, "Features per frame").at_least(1);
  command.option("--classes", classes, "Classes to tell apart").at_least(1);
}

std::unique_ptr<Classifier<float>> ModelArgument::make() const {
  if (std::filesystem::is_regular_file(model)) return load_model(model).classifier;
  ModelConfig config;
  config.name = model;
  config.input = input;
  config.classes = classes;
  return make_model<float>(config, 0);
}

std::optional<TrainingFacts> ModelArgument::history() const {
  if (!std::filesystem::is_regular_file(model)) return std::nullopt;
  return load_model(model).facts;
}

}  // namespace sonant::apps
