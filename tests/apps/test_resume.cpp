// What an earlier training left is gone on from, or kept: never quietly another run, or lost.
#include <sonant/core/file.h>
#include <sonant/nn/speech/speech_model_file.h>
#include <sonant/train/experiment/result.h>
#include <sonant/train/experiment/training_facts.h>

#include <filesystem>

#include "apps/six_speakers.h"

using namespace sonant;
namespace fs = std::filesystem;

namespace {

std::string bytes_of(const fs::path& path) { return read_text(path, "test"); }

// The training of `folder`, and all that it may leave there.
Words training_in(const TempFolder& folder, const Words& more = {}) {
  return with(small_training({"--out", folder / "m.st", "--result", folder / "r.json"}), more);
}

void trained(const Words& words) {
  const Outcome outcome = run_sonant(words);
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
}

// Nothing in the folder is another than before.
void check_refused(const TempFolder& folder, const Words& words,
                   const std::vector<std::string>& parts) {
  const std::string checkpoint = bytes_of(folder / "m.st.checkpoint");
  const std::string model = bytes_of(folder / "m.st"), result = bytes_of(folder / "r.json");
  const Outcome outcome = run_sonant(words);
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.one_line_error());
  for (const std::string& part : parts) CHECK_THAT(outcome.err, ContainsSubstring(part));
  CHECK(bytes_of(folder / "m.st.checkpoint") == checkpoint);
  CHECK(bytes_of(folder / "m.st") == model);
  CHECK(bytes_of(folder / "r.json") == result);
}

}  // namespace

TEST_CASE("fewer epochs than are done are refused, more are added", "[apps]") {
  const TempFolder folder, straight;
  trained(training_in(folder, {"--epochs", "4"}));
  check_refused(folder, training_in(folder, {"--epochs", "3", "--resume"}),
                {"m.st.checkpoint", "epochs: 4 there, 3 here", "4 are done"});
  trained(training_in(folder, {"--epochs", "4", "--resume"}));
  trained(training_in(folder, {"--epochs", "6", "--resume"}));
  trained(training_in(straight, {"--epochs", "6"}));
  CHECK(bytes_of(folder / "m.st") == bytes_of(straight / "m.st"));
  const SpeechModel model = load_model(folder / "m.st");
  const TrainingFacts facts = facts_from_json(model.facts, "m.st");
  CHECK(facts.best_epoch <= facts.config.epochs);
}

TEST_CASE("epochs that change the learning rates of earlier ones are refused", "[apps]") {
  const TempFolder folder;
  const auto with_cycles = [&](const char* epochs, const char* cycles, const Words& more = {}) {
    return with(training_in(folder, {"--epochs", epochs, "--cycles", cycles}), more);
  };
  trained(with_cycles("4", "2"));
  check_refused(folder, with_cycles("8", "2", {"--resume"}),
                {"epochs: 4 there, 8 here", "learning rate", "epoch 2"});
  check_refused(folder, with_cycles("8", "4", {"--resume"}), {"cycles: 2 there, 4 here"});
  trained(with_cycles("5", "2", {"--resume"}));  // cycles of two epochs both times
  fs::remove(folder / "m.st.checkpoint");
  trained(with_cycles("4", "2", {"--schedule", "constant"}));
  trained(with_cycles("8", "2", {"--schedule", "constant", "--resume"}));
}

TEST_CASE("another run's checkpoint is refused with the first difference", "[apps]") {
  const TempFolder folder;
  trained(training_in(folder));
  const auto resumed = [&](Words more) { return training_in(folder, with(more, {"--resume"})); };
  check_refused(folder, resumed({"--seed", "7"}), {"seed: 1 there, 7 here"});
  check_refused(folder, resumed({"--lr", "0.5"}), {"lr: 0.001 there, 0.5 here"});
  check_refused(folder, resumed({"--kernel", "blas"}),
                {"LSTM kernel simd there, blas here", "--elsewhere"});
  check_refused(folder, resumed({"--hop", "1024"}), {"hop: "});
  check_refused(folder, resumed({"--protocol", "paper"}),
                {"protocol: \"usual\" there, \"krasnoproshin2026\" here"});
  const Words elsewhere{"--epochs", "3", "--isa", "sse2"};
#if defined(__x86_64__)
  check_refused(folder, resumed(elsewhere), {"instruction set", "sse2 here", "--elsewhere"});
  trained(resumed(with(elsewhere, {"--elsewhere"})));
#endif
}

TEST_CASE("a checkpoint is not overwritten because --resume was forgotten", "[apps]") {
  const TempFolder folder;
  trained(training_in(folder, {"--epochs", "3"}));
  const std::string model = bytes_of(folder / "m.st");
  check_refused(folder, training_in(folder, {"--epochs", "5"}),
                {"m.st.checkpoint", "has 3 of 3 epochs", "--resume", "--overwrite"});
  check_refused(folder, training_in(folder, {"--seed", "2"}), {"--resume", "--overwrite"});
  const std::string other = folder / "other.st";
  check_refused(folder, training_in(folder, {"--out", other, "--checkpoint", folder / "m.st"}),
                {"m.st: is there, and is no checkpoint", "--overwrite"});
  write_file(folder / "notes", "not to be lost", "test");
  check_refused(folder, training_in(folder, {"--out", other, "--checkpoint", folder / "notes"}),
                {"notes: is there, and is no checkpoint"});
  CHECK(bytes_of(folder / "notes") == "not to be lost");
  CHECK_FALSE(fs::exists(other));
  const Outcome both = run_sonant(training_in(folder, {"--resume", "--overwrite"}));
  CHECK(both.status == 2);
  CHECK(both.one_line_error());

  trained(training_in(folder, {"--epochs", "3", "--overwrite"}));
  CHECK(bytes_of(folder / "m.st") == model);  // the same from the beginning
  fs::remove(folder / "m.st.checkpoint");
  trained(training_in(folder, {"--epochs", "3"}));  // a model is replaced by the next one
}

TEST_CASE("what a training without finite numbers writes can be read again", "[apps]") {
  const TempFolder folder;
  const Words wild = training_in(folder, {"--lr", "1e30", "--no-check-finite", "--report",
                                          folder / "r.html", "--embeddings", folder / "e"});
  const Outcome outcome = run_sonant(with(wild, {"--epochs", "2"}));
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.err, ContainsSubstring("NaN"));
  const RunResult result = result_from_json(bytes_of(folder / "r.json"), "r.json");
  CHECK(std::isnan(result.test.loss));
  CHECK(std::isnan(result.test.predictions.at(0).probabilities.at(0)));
  for (const char* file : {"r.json", "r.html"}) {
    CHECK_THAT(bytes_of(folder / file), !ContainsSubstring("-nan"));
    CHECK_THAT(bytes_of(folder / file), !ContainsSubstring("-NaN"));
  }
  trained({"report", folder / "r.json", "--embeddings", folder / "e", "--out", folder / "s.html"});
  trained(with(wild, {"--epochs", "3", "--resume"}));
  trained({"summary", "--model", folder / "m.st"});

  for (const Words& words :
       {Words{"predict", "-q", "--model", folder / "m.st", a_sound()},
        Words{"inspect", "-q", "--model", folder / "m.st", a_sound(), "--out", folder / "i.html"},
        Words{"evaluate", "-q", "--model", folder / "m.st", "--data", six_speakers()}}) {
    const Outcome asked = run_sonant(words);
    INFO(words[0] << ": " << asked.err << asked.out);
    CHECK(asked.status == 1);
    CHECK(asked.out.empty());
    CHECK(asked.one_line_error());
    CHECK_THAT(asked.err, ContainsSubstring(".wav"));
    CHECK_THAT(asked.err, ContainsSubstring("answers with NaN"));
  }
  CHECK_FALSE(fs::exists(folder / "i.html"));
}

TEST_CASE("an experiment without finite numbers ends, and can be told of", "[apps]") {
  const TempFolder folder;
  const Words cv{"cv",
                 "-q",
                 "--data",
                 six_speakers_manifest(),
                 "--model",
                 "lstm-sa-h4",
                 "--epochs",
                 "1",
                 "--seeds",
                 "1",
                 "--lr",
                 "1e30",
                 "--no-check-finite",
                 "--out",
                 folder / "cv"};
  trained(cv);
  trained(cv);  // what is done is read
  trained({"report", folder / "cv", "--out", folder / "r.html"});
  trained({"table", "--runs", folder / "cv"});
  CHECK_THAT(bytes_of(folder / "cv/cv.json"), ContainsSubstring("null"));
}
