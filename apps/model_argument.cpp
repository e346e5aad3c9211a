#include "model_argument.h"

#include <fmt/format.h>
#include <sonant/core/text.h>
#include <sonant/train/config_settings.h>

namespace sonant::apps {
namespace {

namespace fs = std::filesystem;

}  // namespace

void ModelArgument::add_to(Command& command) {
  command
      .option("-m,--model", model,
              fmt::format("{}, or a file from sonant train", joined(known_models())))
      .called("MODEL")
      .reads()
      .naming([](const NamedPath& path) {
        const bool is_name = is_model_name(path.path.native());
        return is_name ? std::vector<NamedPath>() : std::vector{path};
      });
  command.option("--input", input, "Features per frame, for a name").at_least(1);
  command.option("--classes", classes, "Classes to tell apart, for a name").at_least(1);
}

void ModelArgument::add_own_to(Command& command) {
  own.emplace(command, "model", family_rows(), "Model");
}

std::unique_ptr<Model<float>> ModelArgument::make() const {
  if (!is_model_name(model)) {
    if (!fs::exists(model))
      wrong_usage(fmt::format("--model expects {}, or a file from sonant train, got '{}'",
                              joined(known_models()), model));
    if (const std::string flag = own->typed_flag(); !flag.empty())
      wrong_usage(
          fmt::format("{} is for the name of an architecture, got the file {}, whose model "
                      "has settings",
                      flag, model));
    return load_model(model).classifier;
  }
  ModelSpec spec = model_spec(model, input, classes);
  own->apply(model, spec.settings);
  check_model_named({.model = spec.title()}, model);
  return make_model<float>(spec, 0);
}

std::optional<TrainingFacts> ModelArgument::history() const {
  if (is_model_name(model)) return std::nullopt;
  const std::string facts = load_model(model).facts;
  if (facts.empty()) return std::nullopt;
  return facts_from_json(facts, model);
}

std::vector<OwnOptions::Row> family_rows() {
  std::vector<OwnOptions::Row> rows;
  for (const Family& family : families()) {
    OwnOptions::Row& row = rows.emplace_back(OwnOptions::Row{family.name, &family.settings});
    for (const NamePart& part : family.parts) row.in_name.insert(part.setting);
  }
  return rows;
}

Option& add_model_file(Command& command, std::string& file) {
  command.checks.push_back([&file] {
    if (is_model_name(file))
      wrong_usage(
          fmt::format("--model {0} is an architecture, which has learnt nothing; expected "
                      "a file from sonant train (one of that name is ./{0})",
                      file));
  });
  return command.option("-m,--model", file, "File from sonant train").called("MODEL").reads();
}

void check_names_architecture(const std::string& model) {
  if (!is_model_name(model) && fs::exists(model))
    wrong_usage(fmt::format(
        "--model {} is a file; expected the name of an architecture, which is trained from the "
        "beginning: {}",
        model, joined(known_models(), " or ")));
}

}  // namespace sonant::apps
