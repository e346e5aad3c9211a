// --labels: which classes of a corpus are learnt, from the folder to what judges the model.
#include <sonant/core/json.h>

#include <string>

#include "apps/six_speakers.h"
#include "support/text.h"

using sonant::Json;
using sonant::read_text;
using sonant::test::has;

namespace {

// Ten speakers in five sessions, laid out as IEMOCAP, once for all cases.
const std::string& sessions() {
  static const TempFolder folder;
  static const std::string path = folder / "sessions";
  static const int status = run_sonant({"synth", "-q", "--out", path, "--speakers", "10",
                                        "--repetitions", "1", "--layout", "iemocap"})
                                .status;
  REQUIRE(status == 0);
  return path;
}

Words training(const std::string& command, const Words& more) {
  return with({command, "-q", "--data", sessions(), "--model", "lstm-sa-h4", "--epochs", "2",
               "--protocol", "session-out"},
              more);
}

}  // namespace

TEST_CASE("A label set is learnt by train, cv and tune, and judged as it was learnt", "[apps]") {
  const TempFolder folder;
  const Outcome trained = run_sonant(training(
      "train", {"--labels", "set-b", "--out", folder / "m.st", "--result", folder / "r.json"}));
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  // Of ten speakers: anger, happiness, sadness and excitement 4, 2, 4 and 2 times, neutral 2.
  CHECK(has(trained.err, "set-b, 140 clips; the whole corpus has 5,531"));
  CHECK(has(trained.err, "140 clips of other classes left out: disgust 40, fear 40, frustration "));
  const Json result = Json::parse(read_text(folder / "r.json", "test"));
  CHECK(result.at("test").at("class_names") ==
        Json::parse(R"(["anger", "happiness", "neutral", "sadness"])"));
  CHECK(result.at("config").at("labels") == Json("set-b"));

  const Outcome judged = run_sonant({"evaluate", "-q", "--model", folder / "m.st", "--data",
                                     sessions(), "--result", folder / "e.json"});
  INFO(judged.err);
  REQUIRE(judged.status == 0);
  const Json evaluation = Json::parse(read_text(folder / "e.json", "test"));
  CHECK(evaluation.at("uar") == result.at("test").at("uar"));
  CHECK(evaluation.at("predictions").size() == result.at("test").at("predictions").size());

  const Outcome cv = run_sonant(
      training("cv", {"--labels", "anger,sadness=sad", "--seeds", "1", "--out", folder / "cv"}));
  INFO(cv.err);
  REQUIRE(cv.status == 0);
  CHECK(has(read_text(folder / "cv/cv.json", "test"), "\"sad\""));
  const Outcome tuned =
      run_sonant(training("tune", {"--labels", "set-a", "--trials", "1", "--out", folder / "t.toml",
                                   "--study", folder / "t.db"}));
  INFO(tuned.err);
  REQUIRE(tuned.status == 0);
  CHECK(has(read_text(folder / "t.toml", "test"), "labels = \"set-a\""));
}

TEST_CASE("Labels that a corpus does not have are refused before any work", "[apps]") {
  const TempFolder folder;
  const auto refused = [&](const std::string& labels) {
    const Outcome done =
        run_sonant(training("train", {"--labels", labels, "--out", folder / "m.st"}));
    CHECK(done.status == 2);
    return done.err;
  };
  CHECK(has(refused("set-c"), "no label set \"set-c\"; its label sets are set-a, set-b"));
  CHECK(has(refused("anger,joy=happiness"), "has no class \"joy\"; expected one of anger"));
  CHECK(has(refused("anger,,sadness"), "expects CLASS=NEW,..."));
  CHECK(!std::filesystem::exists(folder / "m.st"));
  // What a checkpoint was made with holds for the rest of the training.
  REQUIRE(run_sonant(training("train", {"--labels", "set-a", "--out", folder / "m.st"})).status ==
          0);
  const Outcome other =
      run_sonant(training("train", {"--labels", "set-b", "--out", folder / "m.st", "--resume"}));
  CHECK(other.status != 0);
  CHECK(has(other.err, "labels: \"set-a\" there, \"set-b\" here"));
}
