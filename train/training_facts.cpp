#include <sonant/train/training_facts.h>

#include <sonant/core/usage.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

constexpr const char* kAt = "training facts";

TrainingFacts facts_from(const Json& json) {
  return {data_from(json.at("data")),
          settings_from<TrainConfig>(json.at("config")),
          json.at("best_epoch"),
          number_from(json.at("val_uar")),
          number_from(json.at("test_uar")),
          number_from(json.at("test_accuracy")),
          environment_from(json.at("environment"))};
}

}  // namespace

std::string to_json(const TrainingFacts& f) {
  check(f.best_epoch <= f.config.epochs, kAt, "expects a best epoch of at most ", f.config.epochs,
        ", got ", f.best_epoch);
  return Json{{"data", data_json(f.data)},
              {"config", to_json(f.config)},
              {"best_epoch", f.best_epoch},
              {"val_uar", f.val_uar},
              {"test_uar", f.test_uar},
              {"test_accuracy", f.test_accuracy},
              {"environment", environment_json(f.environment)}}
      .dump();
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
