// From nothing to a named emotion through the command line, and the same bits each time.
#include <sonant/core/file.h>
#include <sonant/core/random.h>
#include <sonant/train/experiment/result.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "apps/synthetic.h"

using namespace sonant;
using Words = std::vector<std::string>;

namespace {

Words train_words(const TempFolder& out, const Words& more = {}) {
  Words words{"train",
              "--quiet",
              "--data",
              corpus() / "synthetic",
              "--model",
              "lstm-sa-h8",
              "--epochs",
              "3",
              "--batch-size",
              "32",
              "--lr",
              "5e-3",
              "--t0",
              "3",
              "--out",
              out / "m.safetensors",
              "--result",
              out / "r.json",
              "--checkpoint-every",
              "0.1"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string text_of(const std::filesystem::path& path) { return read_text(path, "test"); }

RunResult result_in(const TempFolder& out) {
  return result_from_json(text_of(out / "r.json"), "r.json");
}

}  // namespace

TEST_CASE("train, evaluate and predict agree with each other", "[apps]") {
  const TempFolder out;
  const Outcome trained = run_sonant(train_words(out, {"--report", out / "r.html"}));
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  CHECK_THAT(trained.out, ContainsSubstring("UAR"));
  const RunResult result = result_in(out);
  CHECK(result.epochs.size() == 3);
  CHECK(result.data.test.speakers == Words{"02", "05", "14", "15", "16"});
  CHECK(result.data.choose.speakers == Words{"03", "06"});
  CHECK(result.test.predictions.size() == 150);
  CHECK_THAT(text_of(out / "r.html"), ContainsSubstring("</html>"));

  const Outcome judged = run_sonant({"evaluate", "--model", out / "m.safetensors", "--data",
                                     corpus() / "synthetic", "--fold", "0", "--json"});
  REQUIRE(judged.status == 0);
  const std::string uar = "\"uar\": ";
  const auto number = [&](const std::string& json) {
    return std::stod(json.substr(json.find(uar) + uar.size()));
  };
  CHECK(number(judged.out) == result.test.metrics.uar);

  // What was judged, and whom of it the model knows.
  const std::string all = std::to_string(result.data.files);
  CHECK_THAT(judged.out, ContainsSubstring("\"part\": \"test\"") &&
                             ContainsSubstring("\"folds\": 5") &&
                             ContainsSubstring("\"of_files\": " + all) &&
                             ContainsSubstring("\"chosen_by\": []"));
  const auto told = [&](const Words& more) {
    Words words{"evaluate", "--model", out / "m.safetensors", "--data", corpus() / "synthetic"};
    words.insert(words.end(), more.begin(), more.end());
    return run_sonant(words).out;
  };
  CHECK(told({}).rfind("test part of fold 0 of 5: 150 of " + all +
                           " files of synthetic, speakers 02 05 14 15 16\n\n",
                       0) == 0);
  CHECK(told({"--part", "choose"})
            .rfind("choose part of fold 0 of 5: 60 of " + all +
                       " files of synthetic, speakers 03 06\n"
                       "no estimate for new speakers: its epoch was chosen by 03 06\n",
                   0) == 0);
  CHECK_THAT(told({"--fold", "1"}), ContainsSubstring("test part of fold 1 of 5") &&
                                        ContainsSubstring("the model learnt from 07 13 18, its "
                                                          "epoch was chosen by 03 06\n"));
  CHECK_THAT(told({"--part", "all", "--json"}),
             ContainsSubstring("\"part\": \"all\"") && !ContainsSubstring("\"fold\""));

  const FilePrediction& first = result.test.predictions.front();
  const std::string label = result.data.class_names[static_cast<std::size_t>(first.predicted)];
  const Outcome named = run_sonant({"predict", "--model", out / "m.safetensors", first.file});
  CHECK(named.status == 0);
  CHECK_THAT(named.out, ContainsSubstring(first.file + ": " + label));
  const Outcome json =
      run_sonant({"predict", "--model", out / "m.safetensors", first.file, "--json"});
  CHECK_THAT(json.out, ContainsSubstring("\"label\": \"" + label + "\""));
  CHECK_THAT(json.out, ContainsSubstring("\"probabilities\""));
}

TEST_CASE("who chose the epoch is named by what it is", "[apps]") {
  const TempFolder out;
  for (const char* protocol : {"oracle", "no-validation"}) {
    Words words =
        train_words(out, {"--protocol", protocol, "--report", out / "r.html", "--overwrite"});
    words.erase(std::find(words.begin(), words.end(), "--quiet"));
    const Outcome trained = run_sonant(words);
    INFO(trained.err);
    REQUIRE(trained.status == 0);
    CHECK_THAT(trained.out, ContainsSubstring(" of 3: test UAR ") &&
                                ContainsSubstring("test speakers, who chose the epoch") &&
                                !ContainsSubstring("choose UAR"));
    CHECK_THAT(trained.err, ContainsSubstring("they choose the epoch, too") &&
                                ContainsSubstring("15 16, who choose the epoch)") &&
                                !ContainsSubstring("choose UAR"));
    CHECK_THAT(text_of(out / "r.json"), ContainsSubstring("\"chosen_by\": \"test\""));
    CHECK_THAT(text_of(out / "r.html"), !ContainsSubstring("nor the choice"));
    const Outcome summary = run_sonant({"summary", "--model", out / "m.safetensors"});
    CHECK_THAT(summary.out, ContainsSubstring("of speakers that chose the epoch") &&
                                !ContainsSubstring("choose UAR"));
  }
}

TEST_CASE("threads do not change a bit", "[apps]") {
  const TempFolder one, two;
  REQUIRE(run_sonant(train_words(one, {"--threads", "1"})).status == 0);
  REQUIRE(run_sonant(train_words(two, {"--threads", "2"})).status == 0);
  CHECK(result_in(one).weights_hash == result_in(two).weights_hash);
  CHECK(result_in(one).epochs.back().weights_hash == result_in(two).epochs.back().weights_hash);
}

TEST_CASE("a run killed at random moments goes on to the same bits", "[apps]") {
  const TempFolder once, whole, killed;
  const Words longer{"--epochs", "60", "--resume", "--checkpoint-every", "0.02"};
  REQUIRE(run_sonant(train_words(once)).status == 0);  // features are cached now
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(run_sonant(train_words(whole, longer)).status == 0);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  const Random random(21);
  ::RunOptions kill;
  int kills = 0;
  for (std::uint64_t i = 0; i < kKills; ++i) {
    kill.kill_after_ms = 10 + static_cast<int>(0.3 * took.count() * random.uniform(i));
    const Outcome outcome = run_sonant(train_words(killed, longer), kill);
    if (outcome.status == 0) break;
    REQUIRE(outcome.status == 128 + 9);
    ++kills;
  }
  CHECK(kills > 0);
  REQUIRE(run_sonant(train_words(killed, longer)).status == 0);
  const RunResult a = result_in(whole), b = result_in(killed);
  CHECK(a.weights_hash == b.weights_hash);
  REQUIRE(a.epochs.size() == b.epochs.size());
  for (std::size_t e = 0; e < a.epochs.size(); ++e)
    CHECK(a.epochs[e].weights_hash == b.epochs[e].weights_hash);
  CHECK(a.test.metrics.uar == b.test.metrics.uar);
}

TEST_CASE("Ctrl-C leaves a checkpoint and status 130", "[apps]") {
  const TempFolder out;
  RunOptions interrupt;
  interrupt.interrupt_when_exists = out / "m.safetensors.checkpoint";
  const Outcome stopped = run_sonant(train_words(out, {"--epochs", "100000"}), interrupt);
  INFO(stopped.err);
  CHECK(stopped.status == 130);
  CHECK_THAT(stopped.err, ContainsSubstring("--resume"));
  CHECK(std::filesystem::exists(out / "m.safetensors.checkpoint"));
  CHECK_FALSE(std::filesystem::exists(out / "m.safetensors"));
}

TEST_CASE("models and settings that do not fit are refused", "[apps]") {
  const TempFolder out;
  REQUIRE(run_sonant(train_words(out)).status == 0);
  const std::string model = out / "m.safetensors";
  const std::string bytes = text_of(model);
  const auto refused = [&](const Words& words, const std::string& part, int status = 1) {
    const Outcome outcome = run_sonant(words);
    INFO(outcome.err);
    CHECK(outcome.status == status);
    CHECK(outcome.one_line_error());
    CHECK_THAT(outcome.err, ContainsSubstring(part));
  };
  const std::string data = corpus() / "synthetic";
  const auto predict_with = [&](const std::string& name, const std::string& content) {
    write_file(out / name, content, "test");
    return Words{"predict", "--model", out / name, data + "/Actor_01/03-01-01-01-01-01-01.wav"};
  };
  refused(predict_with("cut.safetensors", bytes.substr(0, bytes.size() - 100)), "cut.safetensors");
  refused(predict_with("head.safetensors", bytes.substr(0, 4)), "head.safetensors");
  std::string damaged = bytes;
  damaged[20] ^= 0x55;
  refused(predict_with("damaged.safetensors", damaged), "damaged.safetensors");
  refused({"predict", "--model", out / "none.safetensors", "x.wav"}, "No such file");
  refused({"evaluate", "--model", model, "--data", out.path}, "expected");
  refused(train_words(out, {"--model", "reslstm-xx-h64"}), "reslstm-xx-h64", 2);
  refused(train_words(out, {"--fold", "5"}), "fold", 2);
  refused(train_words(out, {"--batch-size", "1"}), "--batch-size", 2);
  refused(train_words(out, {"--lr", "-1"}), "lr", 2);
  refused(train_words(out, {"--resume", "--lr", "1e-2"}),
          "lr");  // not this checkpoint's run
  refused(train_words(out, {"--result", "/nonexistent/r.json"}), "/nonexistent");
  CHECK(text_of(model) == bytes);
}
