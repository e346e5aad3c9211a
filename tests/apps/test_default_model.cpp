#include <sonant/nn/speech/speech_model_file.h>
#include <sonant/train/experiment/training_facts.h>

#include <filesystem>
#include <string>

#include "apps/run.h"
#include "support/catch.h"
#include "support/files.h"
#include "support/temp_folder.h"

using namespace sonant;

namespace {

const std::filesystem::path root = test::test_dir().parent_path();
const std::filesystem::path model = root / "apps" / "models" / "reslstm-sa-h64.safetensors";
const std::string sound = root / "tests" / "golden" / "audio" / "syn_chirp.wav";

}  // namespace

TEST_CASE("without --model the one that comes along answers, and says what it is", "[apps]") {
  const Outcome by_default = run_sonant({"predict", sound});
  INFO(by_default.err);
  REQUIRE(by_default.status == 0);
  CHECK_THAT(by_default.err, ContainsSubstring(model.native()));
  CHECK_THAT(by_default.err, ContainsSubstring("CC BY-NC-SA"));
  const Outcome named = run_sonant({"predict", "--model", model, sound});
  REQUIRE(named.status == 0);
  CHECK(named.err.empty());
  CHECK(by_default.out == named.out);

  const TempFolder folder;
  CHECK(run_sonant({"inspect", sound, "--out", folder / "view.html"}).status == 0);
  CHECK(std::filesystem::exists(folder / "view.html"));
}

TEST_CASE("the model that comes along is small, strict, and tells its history", "[apps]") {
  CHECK(std::filesystem::file_size(model) < 250'000);
  const SpeechModel loaded = load_model(model);
  const TrainingFacts facts = facts_from_json(loaded.facts, model);
  CHECK(facts.config.model == "reslstm-sa-h64");
  CHECK(facts.data.corpus == "RAVDESS");
  CHECK(facts.data.protocol == "speaker-folds");
  CHECK(facts.test_figure > 0.4);
  const Outcome summary = run_sonant({"summary", "--model", model});
  REQUIRE(summary.status == 0);
  for (const char* part : {"46,772", "trained on RAVDESS", "speaker-folds protocol", "test UAR"})
    CHECK_THAT(summary.out, ContainsSubstring(part));
}
