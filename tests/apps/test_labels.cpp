// --labels: which classes of a corpus are learnt, from the folder to what judges the model.
#include <sonant/core/json.h>

#include <algorithm>
#include <filesystem>
#include <set>
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

TEST_CASE("A model is judged on the parts that it was trained with, whatever is typed", "[apps]") {
  const TempFolder folder;
  const auto run = [](const Words& words) {
    const Outcome done = run_sonant(words);
    INFO(done.err);
    REQUIRE(done.status == 0);
  };
  const auto files = [](const Json& judged) {
    std::set<std::string> all;
    for (const Json& p : judged.at("predictions")) all.insert(p.at("file").get<std::string>());
    return all;
  };
  run(training("train", {"--labels", "set-b-improvised", "--protocol", "random", "--out",
                         folder / "m.st", "--result", folder / "r.json"}));
  const auto tested = files(Json::parse(read_text(folder / "r.json", "test")).at("test"));
  for (const Words& labels : {Words{}, Words{"--labels", "anger,sadness"}}) {
    run(with({"evaluate", "-q", "--model", folder / "m.st", "--data", sessions(), "--result",
              folder / "e.json"},
             labels));
    const auto judged = files(Json::parse(read_text(folder / "e.json", "test")));
    CHECK(!judged.empty());
    CHECK(std::ranges::includes(tested, judged));
    CHECK((judged.size() == tested.size()) == labels.empty());
  }
  // A model of another corpus is judged on a label set by its name.
  run(with(
      {"train", "-q", "--data", six_speakers(), "--labels",
       "angry=anger,happy=happiness,neutral,sad=sadness", "--model", "lstm-sa-h4", "--epochs", "1"},
      {"--out", folder / "other.st", "--overwrite"}));
  const std::string note = sessions() + "/SYNTHETIC.txt", away = sessions() + "/note";
  std::filesystem::rename(note, away);  // now it is IEMOCAP
  const Outcome judged =
      run_sonant({"evaluate", "-q", "--model", folder / "other.st", "--data", sessions(),
                  "--labels", "set-b-improvised", "--result", folder / "e.json"});
  std::filesystem::rename(away, note);
  INFO(judged.err);
  REQUIRE(judged.status == 0);
  CHECK(has(judged.err, "set-b-improvised, 70 clips"));
  CHECK(files(Json::parse(read_text(folder / "e.json", "test"))).size() == 70);
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
  const Outcome leaks = run_sonant(training(
      "train", {"--no-standardise", "--protocol", "krasnoproshin2026", "--out", folder / "m.st"}));
  CHECK(leaks.status == 2);
  CHECK(has(leaks.err, "is about the features' mean and deviation"));
  CHECK(!std::filesystem::exists(folder / "m.st"));
  // What a checkpoint was made with holds for the rest of the training.
  REQUIRE(run_sonant(training("train", {"--labels", "set-a", "--out", folder / "m.st"})).status ==
          0);
  const Outcome other =
      run_sonant(training("train", {"--labels", "set-b", "--out", folder / "m.st", "--resume"}));
  CHECK(other.status != 0);
  CHECK(has(other.err, "labels: \"set-a\" there, \"set-b\" here"));
}
