#include <sonant/train/experiment/training_facts.h>

#include <sonant/core/usage.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

constexpr const char* kAt = "training facts";

TrainingFacts facts_from(const Json& json) {
  TrainingFacts f;
  f.config = settings_from<TrainConfig>(json.at("config"));
  f.data = data_facts_from(json.at("data"), f.config);
  const bool of_classes = watches_classes(f.config);
  const std::string figure = figure_key(of_classes);
  json.at("best_epoch").get_to(f.best_epoch);
  f.choose_figure = number_from(at_now(json, "choose_" + figure, "val_" + figure));
  f.test_figure = number_from(json.at("test_" + figure));
  if (of_classes) f.test_accuracy = number_from(json.at("test_accuracy"));
  f.environment = environment_from(json.at("environment"));
  const auto head = [](const Json& its) -> TrainingFacts::HeadFigure {
    const bool classes = its.contains("test_uar");
    return {its.at("head"), classes, number_from(its.at("test_" + figure_key(classes)))};
  };
  if (json.contains("heads")) f.heads = list_from(json.at("heads"), head);
  return f;
}

}  // namespace

std::string to_json(const TrainingFacts& f) {
  check(f.best_epoch <= f.config.epochs, kAt, "expects a best epoch of at most ", f.config.epochs,
        ", got ", f.best_epoch);
  const bool of_classes = watches_classes(f.config);
  const std::string figure = figure_key(of_classes);
  Json json = {{"data", to_json(f.data)},
               {"config", to_json(f.config)},
               {"best_epoch", f.best_epoch},
               {"choose_" + figure, f.choose_figure},
               {"test_" + figure, f.test_figure}};
  if (of_classes) json["test_accuracy"] = f.test_accuracy;
  // The same bytes for any number of threads and ranks, as the weights are.
  json["environment"] = environment_json(f.environment);
  json["environment"].erase("threads");
  const auto head = [](const TrainingFacts::HeadFigure& its) -> Json {
    return {{"head", its.head}, {"test_" + figure_key(its.of_classes), its.test}};
  };
  if (!f.heads.empty()) json["heads"] = json_list(f.heads, head);
  return json.dump();
}

TrainingFacts facts_from_json(std::string_view json, const std::string& where) {
  if (json.empty()) return {};
  try {
    return facts_from(Json::parse(json));
  } catch (const JsonError& error) {
    fail(kAt, where, ": the metadata is damaged: ", error.what());
  } catch (const UsageError& error) {  // the file's values, not the caller's
    fail(kAt, where, ": the metadata is damaged: ", error.what());
  }
}

}  // namespace sonant
