#include <sonant/audio/corpora/ravdess.h>
#include <sonant/core/file.h>
#include <sonant/core/parallel.h>
#include <sonant/core/usage.h>
#include <sonant/train/epoch_log.h>
#include <sonant/train/experiment/evaluation.h>
#include <sonant/train/experiment/judged.h>
#include <sonant/train/experiment/run.h>
#include <sonant/train/experiment/training_facts.h>
#include <sonant/train/report/report.h>

#include <cmath>
#include <fstream>

#include "support/catch.h"
#include "support/files.h"
#include "support/text.h"
#include "train/small_run.h"

using namespace sonant;
using namespace sonant::test;
namespace fs = std::filesystem;

namespace {

RunOptions small_options(const fs::path& data, const TempFolder& out) {
  RunOptions options;
  options.config = small_config();
  options.config.epochs = 8;
  options.features = tone_features();
  options.data = data;
  options.out = out / "m.safetensors";
  options.command = "a test";
  return options;
}

}  // namespace

TEST_CASE("From a manifest to a model file that predicts what the run reported", "[train]") {
  const TempFolder sounds, out;
  const RunOptions options = small_options(write_tones(sounds), out);
  std::size_t loaded = 0, epochs = 0;
  const RunResult r = run_training(
      options, {.loading = [&](std::size_t done, std::size_t) { loaded = done; },
                .loaded = [&](const DataFacts& facts) { CHECK(facts.test.files == 12); },
                .epoch = [&](const EpochRecord&) { ++epochs; }});
  CHECK(loaded == 72);
  CHECK(epochs == 8);
  CHECK(r.epochs.size() == 8);
  CHECK_FALSE(r.interrupted);
  CHECK(r.command == "a test");
  CHECK(r.data.corpus == "tones.csv");
  CHECK(r.data.train.files == 48);
  CHECK(r.data.train.speakers == std::vector<std::string>{"1", "2", "3", "4"});
  CHECK(r.data.test.speakers == std::vector<std::string>{"6"});
  CHECK(r.test.metrics.count == 12);
  CHECK(r.test.metrics.uar > 0.6);
  CHECK(r.load_seconds > 0);
  CHECK(r.parameters == 4 * 22 * 46 + 2 * 22 + 4 * 5 * 29 + 5 + 10 + 3 * 5 + 3);

  const SpeechModel model = load_model(options.out);
  CHECK(weights_hash(*model.classifier) == r.weights_hash);
  const TrainingFacts facts = facts_from_json(model.facts, "model");
  CHECK(facts.test_figure == r.test.metrics.uar);
  CHECK(facts.data.fingerprint == r.data.fingerprint);
  CHECK(model.sample_rate == 8000);
  for (const FilePrediction& p : r.test.predictions) {
    const Prediction again = model.predict(decode(p.file));
    CHECK(again.label == p.predicted);
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(again.probabilities[c] == Approx(p.probabilities[c]).margin(1e-5));
    }
  }

  // Judged again from the files alone, to the same bits.
  std::vector<std::string> notes;
  const Callbacks note{.note = [&](const std::string& text) { notes.push_back(text); }};
  const EvaluateResult test = run_evaluation(model, {.data = options.data}, note);
  CHECK(to_json(test.evaluation) == to_json(r.test));
  CHECK(notes.empty());
  CHECK(test.judged.files == 12);
  CHECK(to_text(test.judged) ==
        "test part of the split column: 12 of 72 files of tones.csv, speaker 6\n");
  const EvaluateResult train =
      run_evaluation(model, {.data = options.data, .part = CorpusPart::train}, note);
  CHECK(train.evaluation.metrics.count == 48);
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], ContainsSubstring("judged on here: 1 2 3 4"));
  CHECK((train.judged.trained_on.size() == 4 && train.judged.chosen_by.empty()));
  const EvaluateResult all =
      run_evaluation(model, {.data = options.data, .part = CorpusPart::all}, note);
  CHECK(all.judged.trained_on.size() == 4);
  CHECK(all.judged.chosen_by == std::vector<std::string>{"5"});
  CHECK(all.judged.files == 72);
  CHECK(run_evaluation(model, {.data = options.data, .part = CorpusPart::all})
            .evaluation.metrics.count == 72);
  CHECK_THROWS_AS(run_evaluation(model, {.data = options.data, .fold = 1}), Error);
}

TEST_CASE("A run that is stopped writes no model; resumed, it ends with the same bits", "[train]") {
  const TempFolder sounds, straight_out, out;
  const fs::path data = write_tones(sounds);
  const RunResult straight = run_training(small_options(data, straight_out));
  RunOptions options = small_options(data, out);
  int steps = 0;
  const Callbacks stop{.batch = [&](const BatchProgress&) { ++steps; },
                       .stop = [&] { return steps >= 20; }};
  const RunResult stopped = run_training(options, stop);
  CHECK(stopped.interrupted);
  CHECK(stopped.epochs.size() == 3);
  CHECK(stopped.test.metrics.count == 0);
  CHECK_FALSE(fs::exists(options.out));
  CHECK(fs::exists(out / "m.safetensors.checkpoint"));
  CHECK_FALSE(to_json(stopped).empty());

  options.resume = true;
  std::string notes;
  const RunResult resumed =
      run_training(options, {.note = [&](const std::string& text) { notes += text; }});
  CHECK_THAT(notes, ContainsSubstring("epoch 4, step 21"));
  CHECK(resumed.weights_hash == straight.weights_hash);
  CHECK(to_json(resumed.test) == to_json(straight.test));

  // Once more: nothing is left to train, the outcome is written again.
  fs::remove(options.out);
  CHECK(run_training(options).weights_hash == straight.weights_hash);
  CHECK(fs::exists(options.out));
}

TEST_CASE("A run that is stopped in its first epoch has no weights yet; resumed, it ends the same",
          "[train]") {
  const TempFolder sounds, straight_out, out;
  const fs::path data = write_tones(sounds);
  const RunResult straight = run_training(small_options(data, straight_out));
  RunOptions options = small_options(data, out);
  int steps = 0;
  const RunResult stopped = run_training(options, {.batch = [&](const BatchProgress&) { ++steps; },
                                                   .stop = [&] { return steps >= 2; }});
  CHECK(stopped.interrupted);
  CHECK(steps == 2);
  CHECK(stopped.epochs.empty());
  CHECK(stopped.best_epoch == 0);
  CHECK(stopped.weights_hash.empty());
  CHECK(result_from_json(to_json(stopped), "r").epochs.empty());
  CHECK_FALSE(fs::exists(options.out));
  options.resume = true;
  CHECK(run_training(options).weights_hash == straight.weights_hash);
}

TEST_CASE("Resuming without a checkpoint starts from the beginning, and says so", "[train]") {
  const TempFolder sounds, out;
  RunOptions options = small_options(write_tones(sounds), out);
  options.config.epochs = 1;
  options.resume = true;
  std::string notes;
  const RunResult r =
      run_training(options, {.note = [&](const std::string& text) { notes += text; }});
  CHECK(r.epochs.size() == 1);
  CHECK_THAT(notes, ContainsSubstring("does not exist yet"));
  options.out.clear();
  CHECK_THROWS_AS(run_training(options), Error);
}

TEST_CASE("Stopping while the features are computed", "[train]") {
  const TempFolder sounds, out;
  const RunResult r =
      run_training(small_options(write_tones(sounds), out), {.stop = [] { return true; }});
  CHECK(r.interrupted);
  CHECK(r.epochs.empty());
  CHECK_FALSE(to_json(r).empty());
  CHECK(result_from_json(to_json(r), "r").interrupted);
  CHECK(fs::is_empty(out.path));
}

TEST_CASE("The oracle's epoch is the best one for the test speakers", "[train]") {
  const TempFolder sounds, out;
  RunOptions options = small_options(write_tones(sounds), out);
  options.config.protocol = "krasnoproshin2026";
  const RunResult honest = run_training(options);
  options.config.protocol = "krasnoproshin2026-test-chooses";
  std::string note;
  const RunResult oracle = run_training(options, {.note = [&](const std::string& n) { note = n; }});
  CHECK_THAT(note, ContainsSubstring("no estimate"));
  CHECK(oracle.best_choose_figure == oracle.test.metrics.uar);
  CHECK(oracle.best_choose_figure >= honest.test.metrics.uar);
  CHECK(oracle.data.choose.speakers == oracle.data.test.speakers);
  CHECK(oracle.data.split == "split column, the test speakers choose the epoch");
  CHECK(oracle.data.train.speakers == honest.data.train.speakers);
  for (std::size_t e = 0; e < honest.epochs.size(); ++e)
    CHECK(oracle.epochs[e].weights_hash == honest.epochs[e].weights_hash);

  // And when they alone are held out, all others train.
  options.config.protocol = "krasnoproshin2026-test-chooses-rest-trains";
  const RunResult alone = run_training(options);
  CHECK(alone.best_choose_figure == alone.test.metrics.uar);
  CHECK(alone.data.test.speakers == honest.data.test.speakers);
  std::vector<std::string> others = honest.data.train.speakers;
  std::ranges::copy(honest.data.choose.speakers, std::back_inserter(others));
  CHECK(alone.data.train.speakers == others);
  CHECK(alone.data.train.files == honest.data.train.files + honest.data.choose.files);
}

TEST_CASE("Where nobody chooses the last epoch is kept, and no figure is made up", "[train]") {
  const TempFolder sounds, out;
  RunOptions options = small_options(write_tones(sounds), out);
  options.config.protocol = "rest-trains";
  options.config.epochs = 3;
  CHECK_THROWS_WITH(run_training(options), ContainsSubstring("has nobody to choose"));
  options.config.keep = Keep::last;
  for (const auto& set :
       {+[](TrainConfig& c) { c.patience = 3; }, +[](TrainConfig& c) { c.schedule = "plateau"; }}) {
    RunOptions waits = options;
    set(waits.config);
    CHECK_THROWS_AS(run_training(waits), UsageError);
  }
  const RunResult r = run_training(options);
  CHECK(r.best_epoch == 3);
  CHECK(r.data.chooser == Chooser::nobody);
  CHECK(r.data.choose.files == 0);
  CHECK(r.data.train.files + r.data.test.files == r.data.files);
  CHECK(r.weights_hash == r.epochs.back().weights_hash);
  for (const EpochRecord& e : r.epochs) CHECK(std::isnan(e.choose_figure));
  for (const auto& [name, value] : figures_of(r.epochs[0], choosing_part(r.data)).figures)
    CHECK_THAT(name, !ContainsSubstring("nobody"));
  const RunResult again = result_from_json(to_json(r), "test");
  CHECK(to_json(again) == to_json(r));
  const std::string page = html_report(r);
  CHECK_THAT(page, ContainsSubstring("nobody: the last is kept"));
  const auto nan = page.find(">nan");
  INFO(page.substr(nan == page.npos ? 0 : nan - 60, 100));
  CHECK(nan == page.npos);
}

TEST_CASE("The published normalisation sees all files", "[train]") {
  const TempFolder sounds, out;
  RunOptions options = small_options(write_tones(sounds), out);
  options.config.epochs = 1;
  run_training(options);
  const Normaliser train = load_model(options.out).normaliser;
  options.config.protocol = "krasnoproshin2026";
  run_training(options);
  CHECK_FALSE(load_model(options.out).normaliser == train);
  options.config.protocol = "usual";
  options.config.standardise = false;
  run_training(options);
  const int features = static_cast<int>(train.mean.size());
  CHECK(load_model(options.out).normaliser == no_normaliser(features));
  const auto same = no_normaliser(features).apply(Tensor<float>({2, features}, 0.3f));
  for (const float y : same.span()) CHECK(y == 0.3f);
}

TEST_CASE("Bad files are left out and reported", "[train]") {
  const TempFolder sounds, out;
  RunOptions options = small_options(write_tones(sounds), out);
  options.config.epochs = 1;
  std::ofstream(sounds / "s2_high_1.wav") << "no sound";
  CHECK_THAT(refusal([&] { run_training(options); }), ContainsSubstring("s2_high_1.wav"));
  options.on_bad_file = OnBadFile::skip;
  const RunResult r = run_training(options);
  CHECK(r.data.files == 71);
  REQUIRE(r.data.bad.size() == 1);
  CHECK(r.data.bad[0].path.filename() == "s2_high_1.wav");
  const EvaluateResult judged = run_evaluation(
      load_model(options.out),
      {.data = options.data, .part = CorpusPart::train, .on_bad_file = OnBadFile::skip}, {});
  CHECK(judged.judged.bad_files == 1);
  CHECK(judged.judged.files == 47);
  CHECK(judged.judged.of_files == 72);
}

TEST_CASE("Files of several sample rates are remarked on", "[train]") {
  const TempFolder sounds, out;
  RunOptions options = small_options(write_tones(sounds), out);
  options.config.epochs = 1;
  write_wav(sounds / "s1_low_0.wav", tone(0, 1, 0), 16000);
  std::string notes;
  run_training(options, {.note = [&](const std::string& text) { notes += text; }});
  CHECK_THAT(notes, ContainsSubstring("71 at 8000 Hz, 1 at 16000 Hz"));
  const SpeechModel model = load_model(options.out);
  CHECK(model.sample_rate == 8000);
  notes.clear();  // and what is judged is heard at the model's rate
  run_evaluation(model, {.data = options.data, .part = CorpusPart::train},
                 {.note = [&](const std::string& text) { notes += text; }});
  CHECK_THAT(notes, ContainsSubstring("1 at 16000 Hz) resampled to 8000 Hz"));
}

TEST_CASE("What cannot work is refused before the sounds are read", "[train]") {
  const TempFolder sounds, out;
  const RunOptions good = small_options(write_tones(sounds), out);
  const auto refused = [&](auto change) {
    RunOptions options = good;
    change(options);
    bool read = false;
    const std::string text = refusal([&] {
      run_training(options, {.loading = [&](std::size_t, std::size_t) { read = true; }});
    });
    CHECK_FALSE(read);
    return text;
  };
  CHECK_THAT(refused([&](auto& o) { o.out = out / "no" / "m"; }),
             ContainsSubstring("cannot be written"));
  CHECK_THAT(refused([&](auto& o) { o.checkpoint = out / "no" / "c"; }),
             ContainsSubstring("cannot be written"));
  CHECK_THAT(refused([](auto& o) { o.config.model = "transformer"; }),
             ContainsSubstring("transformer"));
  CHECK_THAT(refused([](auto& o) { o.config.batch_size = 1; }), ContainsSubstring("batch_size"));
  CHECK_THAT(refused([&](auto& o) { o.data = out / "none"; }), ContainsSubstring("none"));
}

TEST_CASE("A model is not judged on a corpus with other classes", "[train]") {
  const TempFolder sounds, out;
  RunOptions options = small_options(write_tones(sounds), out);
  options.config.epochs = 1;
  run_training(options);
  SpeechModel model = load_model(options.out);
  model.class_names[0] = "other";
  CHECK_THROWS_WITH(run_evaluation(model, {.data = options.data}),
                    ContainsSubstring("its class \"high\" is none of the model's; expected labels "
                                      "of other, low, middle, or --labels high=..."));
}

TEST_CASE("A few speakers of RAVDESS are trained on, with the same bits on two threads",
          "[train][data]") {
  const fs::path corpus = test::shared_dir() / "data" / "ravdess";
  if (!fs::exists(corpus)) {
    WARN("skipped: " << corpus << " is absent");
    return;
  }
  // The first repetition of the first sentence at normal intensity, of six actors.
  const TempFolder out;
  std::ofstream csv(out / "some.csv");
  csv << "path,label,speaker,split\n";
  for (const Clip& clip : read_ravdess(corpus).clips) {
    RavdessName name;
    parse_ravdess_name(clip.path.stem().string(), name);
    if (clip.speaker > 6 || name.statement > 1 || name.repetition > 1 || name.intensity > 1)
      continue;
    const char* split = clip.speaker == 5 ? "validation" : clip.speaker == 6 ? "test" : "train";
    csv << fs::absolute(clip.path).native() << ',' << name.emotion << ',' << clip.speaker << ','
        << split << '\n';
  }
  csv.close();
  RunOptions options;
  options.config.model = "reslstm-sa-h32";
  options.config.epochs = 2;
  options.config.batch_size = 8;
  options.data = out / "some.csv";
  const int threads = num_threads();
  set_num_threads(1);
  const RunResult one = run_training(options);
  set_num_threads(2);
  const RunResult two = run_training(options);
  set_num_threads(threads);
  CHECK(one.data.files == 48);
  CHECK(one.data.class_names.size() == 8);
  CHECK(one.parameters == 27988);
  CHECK(one.epochs.back().weights_hash == two.epochs.back().weights_hash);
  CHECK(one.epochs.back().train_loss < one.epochs.front().train_loss);
  CHECK(to_json(one.test) == to_json(two.test));
}
