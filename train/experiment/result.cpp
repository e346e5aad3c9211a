#include <sonant/train/experiment/result.h>

#include <sonant/train/experiment/judged.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

constexpr int kFormat = 1;  // raised when a reader of the old schema would go wrong

RunResult run_from(const Json& json) {
  const int format = json.at("format");
  check(format == kFormat, "json", "expects format ", kFormat, ", got ", format);
  RunResult r;
  json.at("command").get_to(r.command);
  r.config = settings_from<TrainConfig>(json.at("config"));
  r.features = features_from(json.at("features"));
  json.at("parameters").get_to(r.parameters);
  r.data = data_facts_from(json.at("data"), r.config);
  r.epochs = list_from(json.at("epochs"), epoch_from);
  json.at("best").at("epoch").get_to(r.best_epoch);
  const std::string figure = figure_key(watches_classes(r.config));
  r.best_choose_figure = number_from(at_now(json.at("best"), "choose_" + figure, "val_" + figure));
  json.at("weights_hash").get_to(r.weights_hash);
  r.test = evaluation_from(json.at("test"));
  json.at("timing").at("load_seconds").get_to(r.load_seconds);
  json.at("timing").at("train_seconds").get_to(r.train_seconds);
  json.at("timing").at("test_seconds").get_to(r.test_seconds);
  r.environment = environment_from(json.at("environment"));
  json.at("interrupted").get_to(r.interrupted);
  return r;
}

}  // namespace

std::string to_json(const RunResult& r) {
  return json_text({{"format", kFormat},
                    {"command", r.command},
                    {"config", to_json(r.config)},
                    {"features", to_json(r.features)},
                    {"parameters", r.parameters},
                    {"data", to_json(r.data)},
                    {"epochs", json_list(r.epochs, epoch_json)},
                    {"best",
                     {{"epoch", r.best_epoch},
                      {"choose_" + figure_key(watches_classes(r.config)), r.best_choose_figure},
                      {"chosen_by", choosing_part(r.data)}}},
                    {"weights_hash", r.weights_hash},
                    {"test", evaluation_json(r.test)},
                    {"timing",
                     {{"load_seconds", r.load_seconds},
                      {"train_seconds", r.train_seconds},
                      {"test_seconds", r.test_seconds}}},
                    {"environment", environment_json(r.environment)},
                    {"interrupted", r.interrupted}});
}

RunResult result_from_json(std::string_view json, const std::string& where) {
  try {
    return run_from(Json::parse(json));
  } catch (const std::exception& error) {
    fail("result_from_json", where,
         ": expected the JSON result of `sonant train`, got: ", error.what());
  }
}

}  // namespace sonant
