#include "model_argument.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sonant::apps {

void ModelArgument::add_to(CLI::App& command) {
  command
      .add_option("-m,--model", model,
                  fmt::format("{}, or a model file", fmt::join(known_models(), ", ")))
      ->capture_default_str();
  command.add_option("--input", input, "Features of a frame")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--classes", classes, "Classes to tell apart")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
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
