// The logs of a training: a line per epoch, also when it is resumed.
#include <sonant/core/file.h>
#include <sonant/core/json.h>

#include <algorithm>
#include <sstream>

#include "apps/run.h"
#include "apps/six_speakers.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sonant;

TEST_CASE("a log has one line for each epoch, resumed or not", "[apps]") {
  const TempFolder out;
  const auto train = [&](const std::string& epochs, const Words& more) {
    Words words{"train",       "--data", six_speakers(),  "--model",     "lstm-sa-h4",
                "--epochs",    epochs,   "--out",         out / "m.st",  "--log",
                out / "e.csv", "-q",     "--tensorboard", out / "events"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run_sonant(words);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
  };
  train("2", {});
  const std::string first = read_text(out / "e.csv", "test");
  CHECK(first.starts_with("epoch,lr,train_loss,train_uar,"));
  CHECK(std::count(first.begin(), first.end(), '\n') == 3);
  train("4", {"--resume"});
  const std::string all = read_text(out / "e.csv", "test");
  CHECK(all.starts_with(first));
  CHECK(std::count(all.begin(), all.end(), '\n') == 5);
  CHECK(std::distance(std::filesystem::directory_iterator(out / "events"), {}) == 2);
  // JSON for any other name; a log is an output like others.
  train("1", {"--overwrite", "--log", out / "e.jsonl"});
  std::istringstream lines(read_text(out / "e.jsonl", "test"));
  std::string line;
  REQUIRE(std::getline(lines, line));
  CHECK(Json::parse(line).at("epoch") == 1);
  CHECK(Json::parse(line).contains("train_loss"));
  CHECK(
      run_sonant({"train", "--data", six_speakers(), "--out", out / "m.st", "--log", out / "m.st"})
          .status == 2);
}
