// Files that version 0.1 wrote, kept as they are, still mean what they meant.
#include <sonant/core/file.h>
#include <sonant/core/settings.h>
#include <sonant/nn/models/family.h>
#include <sonant/nn/safetensors.h>
#include <sonant/nn/speech/speech_model_file.h>
#include <sonant/train/checkpoint.h>
#include <sonant/train/experiment/cross_validation.h>
#include <sonant/train/experiment/training_facts.h>
#include <sonant/train/search/study_file.h>

#include "support/catch.h"
#include "support/files.h"
#include "support/temp_folder.h"
#include "support/text.h"
#include "train/tones.h"

using namespace sonant;
using test::golden;

namespace {

std::filesystem::path older(const std::string& name) { return golden("files_0.1/" + name); }

RunResult older_result() {
  return result_from_json(read_text(older("train.json"), "test"), "train.json");
}

}  // namespace

TEST_CASE("An older model loads, with the weights that its result names", "[train]") {
  const SpeechModel model = load_model(older("model.safetensors"));
  const RunResult result = older_result();
  CHECK(weights_hash(*model.classifier) == result.weights_hash);
  const TrainingFacts facts = facts_from_json(model.facts, "model");
  CHECK(facts.config == result.config);
  CHECK(model.features == result.features);
  CHECK(model.class_names == result.data.class_names);
  CHECK(facts.environment.kernel == "reference");
  const Prediction p = model.predict({test::tone(1, 2, 0), 24000, 1});
  CHECK(p.probabilities.size() == 8);
}

TEST_CASE("An older result and an older experiment are read whole", "[train]") {
  const RunResult result = older_result();
  CHECK(result.config.model == "reslstm-sa-h3");
  CHECK(result.config.model_own.view().get(*result.config.model_own.view().find("dropout")) == 0.3);
  CHECK(result.config.lr == 0.005);
  CHECK(result.config.t0 == 3);
  CHECK(result.features.dims() == 4);
  CHECK(result.test.metrics.uar == 0.26875);
  CHECK(result.best_epoch == 1);
  CHECK(result.epochs.size() == 2);
  CHECK(result.environment.kernel == "reference");

  const CvResult cv = cv_from_json(read_text(older("cv.json"), "test"), "cv.json");
  CHECK(cv.figure.mean == 0.2838541666666667);
  CHECK(cv.jobs.size() == 5);
  CHECK(cv.config == result.config);
  const Json experiment = Json::parse(read_text(older("experiment.json"), "test"));
  CHECK(settings_from<TrainConfig>(experiment.at("config")) == result.config);
  CHECK(features_from(experiment.at("features")) == result.features);
}

TEST_CASE("What version 0.1 said in three words is the protocol, and val_ is choose_", "[train]") {
  const RunResult result = older_result();
  CHECK(result.config.protocol == "usual");
  CHECK(result.data.protocol == "speaker-folds");
  CHECK(result.data.leaks.empty());
  CHECK(result.data.chooser == Chooser::choose);
  CHECK(result.data.choose.speakers == std::vector<std::string>{"03", "06"});
  CHECK(result.best_choose_figure == 0.265625);
  CHECK(result.epochs[0].choose_figure == 0.265625);
  CHECK(result.epochs[0].choose_loss == 1.8875141906702249);

  const auto with = [](const std::string& choose_by, const std::string& padding,
                       const std::string& normalise) {
    Json json = Json::parse(read_text(older("train.json"), "test"));
    json["config"]["choose_by"] = choose_by;
    json["config"]["padding"] = padding;
    json["config"]["normalise"] = normalise;
    return result_from_json(json.dump(), "r.json");
  };
  const RunResult bound = with("test-alone", "paper", "paper");
  CHECK(bound.config.protocol == "krasnoproshin2026-test-chooses-rest-trains");
  CHECK(bound.data.protocol == bound.config.protocol);
  CHECK(bound.data.chooser == Chooser::test);
  CHECK(bound.data.leaks == find_protocol("oracle").leaks);
  // No row has these: read all the same, under their own words, and said to leak.
  const RunResult mixed = with("validation", "masked", "paper");
  CHECK(mixed.data.protocol == "padding masked, normalise paper, choose_by validation");
  CHECK(mixed.data.leaks == find_protocol("paper").leaks);
  CHECK(mixed.data.chooser == Chooser::choose);
  CHECK(with("test", "masked", "train").data.chooser == Chooser::test);
  const RunResult again = result_from_json(to_json(mixed), "again.json");
  CHECK(again.data.leaks == mixed.data.leaks);
  CHECK(again.config == mixed.config);

  const CvResult cv = cv_from_json(read_text(older("cv.json"), "test"), "cv.json");
  CHECK(cv.data.protocol == "speaker-folds");
  CHECK(cv.seeds.front().choose_figure == cv.choose_figure.mean);
  CHECK(cv.choose_figure.mean > 0.2);
}

TEST_CASE("An older checkpoint can be gone on from", "[train]") {
  const RunResult result = older_result();
  const Safetensors file = Safetensors::read(older("checkpoint.safetensors"));
  const Json json = Json::parse(file.metadata.at("sonant_checkpoint"));
  TrainConfig config = result.config;
  config.epochs = 5;
  auto model = make_model<float>(config.model_spec(4, {{"emotion", 8}}), config.seed);
  auto optimizer = make_optimizer<float>(*model, config.optimizer_settings());
  const std::vector<Head> heads = model->spec().heads;
  TrainState state = start_training(std::move(model), std::move(optimizer), heads, config,
                                    result.features, json.at("data_fingerprint"));
  const std::string remark = load_checkpoint(state, older("checkpoint.safetensors"));
  CHECK(state.epoch == 2);
  CHECK(weights_hash(*state.best) == result.weights_hash);
  CHECK(weights_hash(*state.model) == result.epochs.back().weights_hash);
  if (this_environment().isa != "sse2") CHECK(test::has(remark, "sse2 there"));
}

TEST_CASE("An older study opens with its trials", "[train]") {
  const TempFolder folder;
  std::filesystem::copy_file(older("study.db"), folder / "study.db");
  const Study study = open_study((folder / "study.db").string());
  CHECK(study.trials.size() == 2);
  CHECK(study.best() != nullptr);
}

TEST_CASE("A key that no version knows is refused with file and key, a missing one is a default",
          "[train]") {
  const TempFolder folder;
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = read_text(older("train.json"), "test");
    const std::size_t at = text.find(from);
    REQUIRE(at != text.npos);
    return text.replace(at, from.size(), to);
  };
  const std::string with_more = changed("\"lr\": 0.005", "\"lr\": 0.005, \"flavour\": 2");
  const std::string said = test::refusal([&] { result_from_json(with_more, "r.json"); });
  CHECK(test::has(said, "r.json"));
  CHECK(test::has(said, "\"flavour\""));
  const std::string with_less = changed("\"label_smoothing\": 0.0,", "");
  CHECK(result_from_json(with_less, "r.json").config == older_result().config);

  Safetensors file = Safetensors::read(older("model.safetensors"));
  std::string& features = file.metadata.at("features");
  features.insert(1, "\"pitch\": 1, ");
  file.write(folder / "more.safetensors");
  const std::string model = test::refusal([&] { load_model(folder / "more.safetensors"); });
  CHECK(test::has(model, "more.safetensors"));
  CHECK(test::has(model, "\"pitch\""));
}
