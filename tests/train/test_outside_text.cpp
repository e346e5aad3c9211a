// Labels, speakers and names of files that are no plain words, through every file that is written.
#include <sonant/core/file.h>
#include <sonant/core/json.h>
#include <sonant/core/text.h>
#include <sonant/nn/safetensors.h>
#include <sonant/train/experiment/config_file.h>
#include <sonant/train/experiment/cross_validation.h>
#include <sonant/train/experiment/embeddings.h>
#include <sonant/train/experiment/evaluation.h>
#include <sonant/train/experiment/results_table.h>
#include <sonant/train/experiment/run.h>
#include <sonant/train/experiment/training_facts.h>
#include <sonant/train/report/report.h>

#include <fstream>

#include "support/catch.h"
#include "support/text.h"
#include "train/tones.h"

using namespace sonant;
using namespace sonant::test;

namespace {

const std::vector<std::string> kLabels{"comma, \"quote\"", "fr\xc3\xb6hlich", "two\nlines"};

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

// Six speakers, one of whom has a line feed; every file name has something else in it.
std::filesystem::path write_odd_tones(const TempFolder& folder) {
  const std::vector<std::string> odd{"\xe9", "\n", "\x1b[31m", "\"", ", ", "\xe2\x80\xae"};
  std::ofstream csv(folder / "odd \xff.csv");
  csv << "path,label,speaker,take\n";
  for (int speaker = 1; speaker <= kToneSpeakers; ++speaker) {
    for (int label = 0; label < kToneClasses; ++label) {
      const std::string name = std::to_string(speaker) +
                               odd[static_cast<std::size_t>(speaker - 1)] + std::to_string(label) +
                               ".wav";
      write_wav(folder / name, tone(label, speaker, 0), 8000);
      csv << quoted(as_utf8(name)) << ',' << quoted(kLabels[static_cast<std::size_t>(label)]) << ','
          << quoted(speaker == 6 ? "six\nth" : std::to_string(speaker)) << ",0\n";
    }
  }
  return folder / "odd \xff.csv";
}

RunOptions options_for(const std::filesystem::path& data, const TempFolder& out) {
  RunOptions o;
  o.config.model = "lstm-sa-h5";
  o.config.epochs = 1;
  o.config.batch_size = 4;
  o.features = tone_features();
  o.data = data;
  o.out = out / "m.safetensors";
  o.embeddings = out / "embeddings.safetensors";
  o.command = "sonant train --data 'odd \xff\n.csv'";
  return o;
}

// Valid UTF-8, and JSON to a parser that takes nothing else.
Json strict(const std::string& text) {
  CHECK(find_bad_utf8(text) == std::string::npos);
  return Json::parse(text);
}

void check_page(const std::string& html) {
  CHECK(find_bad_utf8(html) == std::string::npos);
  CHECK(html.find('\x1b') == std::string::npos);
  CHECK(html.find("\xe2\x80\xae") == std::string::npos);
  CHECK(has(html, "two\\nlines"));
  CHECK(has(html, "fr\xc3\xb6hlich"));
}

}  // namespace

TEST_CASE("Odd names and labels survive every file of a training", "[train][text]") {
  const TempFolder folder, out;
  std::vector<std::string> notes;
  Callbacks callbacks;
  callbacks.note = [&](const std::string& text) { notes.push_back(text); };
  const RunOptions options = options_for(write_odd_tones(folder), out);
  const RunResult r = run_training(options, callbacks);
  CHECK(r.data.class_names == kLabels);
  REQUIRE(notes.size() == 1);
  CHECK(has(notes[0], "ignored: take"));

  const auto json = strict(to_json(r));
  CHECK(json.at("data").at("class_names") == kLabels);
  CHECK(json.at("data").at("corpus") == "odd \\xff.csv");
  CHECK(json.at("command") == "sonant train --data 'odd \\xff\n.csv'");
  const RunResult again = result_from_json(to_json(r), "r.json");
  CHECK(again.data.class_names == kLabels);
  CHECK(again.data.train.speakers == r.data.train.speakers);
  CHECK(again.test.metrics.confusion == r.test.metrics.confusion);
  REQUIRE(!r.test.predictions.empty());
  for (std::size_t i = 0; i < r.test.predictions.size(); ++i)
    CHECK(unescaped(again.test.predictions[i].file) == r.test.predictions[i].file);

  CHECK(load_model(options.out).class_names == kLabels);
  CHECK(facts_from_json(load_model(options.out).facts, "model").data.test.speakers ==
        r.data.test.speakers);
  const Embeddings e = load_embeddings(options.embeddings);
  CHECK(e.class_names == kLabels);
  check_page(html_report(r, &e));

  const EvaluateResult judged = run_evaluation(
      load_model(options.out), {.data = options.data, .part = CorpusPart::all}, callbacks);
  CHECK(strict(to_json(judged.evaluation)).at("predictions").size() ==
        kToneSpeakers * kToneClasses);
  // The same corpus is known again under its odd name.
  CHECK(has(notes.back(), "the model was trained or chosen on speakers"));
}

TEST_CASE("Odd names and labels survive a cross-validation", "[train][text]") {
  const TempFolder folder, out;
  CvOptions cv;
  cv.run = options_for(write_odd_tones(folder), out);
  cv.run.out.clear();
  cv.run.embeddings.clear();
  cv.seeds = 1;
  cv.out = out / "cv \xff\n";
  cross_validate(cv);
  const std::string text = read_text(cv.out / "cv.json", "test");
  CHECK(strict(text).at("data").at("class_names") == kLabels);
  CHECK(cv_from_json(text, "cv.json").data.class_names == kLabels);
  check_page(html_report_of({cv.out}));
  std::vector<std::filesystem::path> unfinished;
  const auto rows = read_results({cv.out}, unfinished);
  const auto table = strict(results_table(rows, TableFormat::json, false));
  CHECK(table.at("runs").at(0).at("run") == as_utf8(cv.out.native()));
}

TEST_CASE("Embeddings of the first version are still read", "[train][text]") {
  const TempFolder folder;
  Embeddings e;
  e.class_names = {"joy", "anger, cold"};
  e.labels = {0, 1};
  e.embedding = Tensor<float>({2, 3});
  e.feature_mean = Tensor<float>({2, 4});
  save_embeddings(e, folder / "e");
  CHECK(load_embeddings(folder / "e").class_names == e.class_names);
  Safetensors file = Safetensors::read(folder / "e");
  file.metadata["sonant_embeddings"] = "joy\nanger, cold\n";
  file.write(folder / "old");
  CHECK(load_embeddings(folder / "old").class_names == e.class_names);
  file.metadata["sonant_embeddings"] = "[\"joy\"";
  file.write(folder / "damaged");
  CHECK_THROWS_WITH(load_embeddings(folder / "damaged"), ContainsSubstring("damaged"));
}

TEST_CASE("A comment in a config file may quote anything", "[train][text]") {
  const TempFolder folder;
  TrainConfig config;
  config.lr = 0.25;
  const std::string text =
      config_to_toml(config, "study a\x1b[31m\r\xe9\xc2\x9b\nlr = 3\nand more");
  write_file(folder / "c.toml", text, "test");
  TrainConfig read;
  read_config_file(folder / "c.toml", read);
  CHECK(read.lr == 0.25);
  CHECK(text.starts_with("# study a\\x1b[31m\\r\\xe9\\u009b\n# lr = 3\n# and more\n"));
}

TEST_CASE("A part that trains on one class alone is refused", "[train][text]") {
  const TempFolder folder, out;
  std::ofstream csv(folder / "m.csv");
  csv << "path,label,speaker,split\n";
  for (int speaker = 1; speaker <= 3; ++speaker) {
    const std::string name = std::to_string(speaker) + ".wav";
    write_wav(folder / name, tone(0, speaker, 0), 8000);
    csv << name << (speaker == 3 ? ",other," : ",same,") << speaker
        << (speaker == 1   ? ",train\n"
            : speaker == 2 ? ",validation\n"
                           : ",test\n");
  }
  csv.close();
  CHECK_THROWS_WITH(run_training(options_for(folder / "m.csv", out)),
                    ContainsSubstring("\"other\" is there to test, but not to train"));
  CHECK_FALSE(std::filesystem::exists(out / "m.safetensors"));
}

TEST_CASE("Files that cannot be used are summed up in one line", "[train][text]") {
  const TempFolder folder;
  const auto csv = write_tones(folder);
  for (const char* name : {"s1_low_0.wav", "s1_low_1.wav", "s2_low_0.wav", "s3_high_2.wav"})
    write_file(folder / name, "this is no sound", "test");
  const auto message = [&] {
    return test::refusal([&] { load_dataset(open_corpus(csv), {.features = tone_features()}); });
  };
  const std::string four = message();
  CHECK(has(four, "4 of 72 files cannot be used: "));
  CHECK(has(four, "s1_low_0.wav: "));
  CHECK(has(four, "s2_low_0.wav: "));
  CHECK(!has(four, "s3_high_2.wav"));
  CHECK(has(four, "; and 1 more; --on-bad-file skip leaves them out"));
  const Dataset data =
      load_dataset(open_corpus(csv), {.features = tone_features(), .on_bad_file = OnBadFile::skip});
  CHECK(data.corpus.bad.size() == 4);
  CHECK(data.features.size() == 68);
  write_tones(folder);
  write_file(folder / "s1_low_0.wav", "this is no sound", "test");
  CHECK(has(message(), "s1_low_0.wav: "));
  CHECK(has(message(), "; --on-bad-file skip leaves it out"));
}
