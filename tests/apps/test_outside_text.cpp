// Names of files, labels and words that a terminal or a JSON reader would choke on, through every
// command.
#include <sonant/core/file.h>
#include <sonant/core/json.h>
#include <sonant/core/text.h>

#include <fstream>
#include <sstream>

#include "apps/run.h"
#include "support/catch.h"
#include "train/tones.h"

using namespace sonant;
using Words = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

const Words kNames{"caf\xe9.wav",  "line\nfeed.wav", "esc\x1b[31m.wav",  "quote\"'.wav",
                   " blank .wav",  "-rf.wav",        "comma, b.wav",     "[a].wav",
                   "\xc2\x9b.wav", "tab\t.wav",      "\xe2\x80\xae.wav", "plain.wav"};
const Words kSmall{"--n-fft", "512", "--hop", "256", "--n-mels", "24", "--n-mfcc", "10"};

// Whatever comes to a terminal: lines of printable UTF-8.
void check_clean(const std::string& text) {
  INFO(text);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) CHECK(printable(line) == line);
}

Outcome run_clean(const Words& words, int status = 0) {
  const Outcome outcome = run_sonant(words);
  INFO("stderr: " << outcome.err << "stdout: " << outcome.out);
  CHECK(outcome.status == status);
  check_clean(outcome.out);
  check_clean(outcome.err);
  if (status != 0) CHECK(outcome.one_line_error());
  return outcome;
}

Json strict(const std::string& text) {
  CHECK(find_bad_utf8(text) == std::string::npos);
  return Json::parse(text);
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

// A trained model, its data and its results, in a folder with a name of the same kind.
struct Lab {
  TempFolder temp;
  fs::path dir = temp / "d\xff \x1b[7m\n";
  fs::path csv = dir / "m\xe9\n.csv", model = dir / "model\xe9\n.safetensors";
  Words training{"--data",   csv, "--no-cache",   "--model", "lstm-sa-h5",
                 "--epochs", "1", "--batch-size", "4"};

  Lab() {
    fs::create_directories(dir / "voices");
    training.insert(training.end(), kSmall.begin(), kSmall.end());
    std::ofstream manifest(csv);
    manifest << "path,label,speaker,\n";
    const Words labels{"comma, \"quote\"", "fr\xc3\xb6hlich", "two\nlines\x1b[31m"};
    for (int speaker = 0; speaker < 4; ++speaker)
      for (int label = 0; label < 3; ++label) {
        const std::string& name = kNames[static_cast<std::size_t>(speaker * 3 + label)];
        write_wav(dir / "voices" / name, test::tone(label, speaker, 0), 8000);
        manifest << quoted("voices/" + as_utf8(name)) << ','
                 << quoted(labels[static_cast<std::size_t>(label)]) << ",\"speaker\n"
                 << speaker << "\",0\n";
      }
  }
};

const Lab& lab() {
  static const Lab the_lab;
  return the_lab;
}

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

const fs::path& trained() {
  static const bool once = [] {
    const Outcome done = run_clean(
        with({"train", "--out", lab().model, "--result", lab().dir / "result.json", "--report",
              lab().dir / "report\xff.html", "--embeddings", lab().dir / "e\xff"},
             lab().training));
    CHECK_THAT(done.err, ContainsSubstring("columns ignored: number 4, without a name"));
    CHECK_THAT(done.out, ContainsSubstring("two\\nlines\\x1b[31m"));
    return true;
  }();
  REQUIRE(once);
  return lab().model;
}

}  // namespace

TEST_CASE("train, evaluate and summary take odd names and labels", "[apps][text]") {
  const fs::path model = trained();
  const auto result = strict(read_text(lab().dir / "result.json", "test"));
  CHECK(result.at("data").at("class_names").at(2) == "two\nlines\x1b[31m");
  CHECK(result.at("data").at("corpus") == "m\\xe9\n.csv");
  const std::string typed = result.at("command");
  CHECK(printable(typed) == typed);
  CHECK_THAT(typed, ContainsSubstring("d\\xff \\x1b[7m\\n"));
  const std::string page = read_text(lab().dir / "report\xff.html", "test");
  CHECK(find_bad_utf8(page) == std::string::npos);
  CHECK(page.find('\x1b') == std::string::npos);
  CHECK_THAT(page, ContainsSubstring("two\\nlines"));

  const Words evaluate{"evaluate", "--model", model, "--data", lab().csv, "--no-cache"};
  run_clean(evaluate);
  const Outcome json = run_clean(with(evaluate, {"--json", "--part", "all"}));
  CHECK(strict(json.out).at("predictions").size() == kNames.size());
  CHECK_THAT(run_clean({"summary", "--model", model}).out, ContainsSubstring("speaker\\n0"));
  run_clean({"graph", "--model", model, "--out", lab().dir / "g\xff.dot"});
}

TEST_CASE("predict, features and inspect take every file name", "[apps][text]") {
  const Words predict{"predict", "--model", trained()};
  Words files;
  for (const std::string& name : kNames) files.push_back(lab().dir / "voices" / name);
  const Outcome lines = run_clean(with(predict, files));
  CHECK(std::count(lines.out.begin(), lines.out.end(), '\n') == std::ssize(kNames));
  const auto json = strict(run_clean(with(predict, with({"--json"}, files))).out);
  for (std::size_t k = 0; k < files.size(); ++k)
    CHECK(unescaped(json.at(k).at("file").get<std::string>()) == files[k]);
  CHECK(json.at(0).at("probabilities").contains("two\nlines\x1b[31m"));

  for (const std::string& file : files) {
    run_clean(with({"features", file, "--out", lab().dir / "f\xff\n.npz"}, kSmall));
    run_clean({"inspect", "--model", trained(), file, "--out", lab().dir / "i\xff\n.html"});
    const std::string page = read_text(lab().dir / "i\xff\n.html", "test");
    CHECK(find_bad_utf8(page) == std::string::npos);
    CHECK(page.find('\x1b') == std::string::npos);
  }
  const Outcome skipped = run_sonant(
      with(predict, {"--on-bad-file", "skip", files[0], lab().dir / "gone\xff\n\x1b[0m.wav"}));
  CHECK(skipped.status == 0);
  check_clean(skipped.err);
  CHECK_THAT(skipped.err, ContainsSubstring("gone\\xff\\n\\x1b[0m.wav"));
}

TEST_CASE("cv, table, report and tune take odd names and labels", "[apps][text]") {
  const fs::path folder = lab().dir / "cv\xff\n", study = lab().dir / "study\xff\n.sqlite";
  run_clean(with({"cv", "--out", folder, "--seeds", "1"}, lab().training));
  strict(read_text(folder / "cv.json", "test"));
  run_clean({"table", "--runs", folder});
  run_clean({"table", "--runs", folder, "--format", "markdown"});
  CHECK(strict(run_clean({"table", "--runs", folder, "--format", "json"}).out)
            .at("runs")
            .at(0)
            .at("run") == as_utf8(folder.native()));
  run_clean({"report", folder, "--out", lab().dir / "cv\xff.html"});

  write_file(lab().dir / "space\xff.toml", "[dropout]\ntype = \"float\"\nlow = 0.1\nhigh = 0.5\n",
             "test");
  const Words tune = with({"tune", "--study", study, "--trials", "1", "--name",
                           "two\nlines \x1b[31m", "--space", lab().dir / "space\xff.toml", "--out",
                           lab().dir / "best\xff.toml", "--result", lab().dir / "tune.json"},
                          lab().training);
  run_clean(tune);
  const auto json = strict(read_text(lab().dir / "tune.json", "test"));
  CHECK(json.at("name") == "two\nlines \x1b[31m");
  CHECK(json.at("study") == as_utf8(study.native()));
  run_clean(tune);  // it goes on
  run_clean({"report", study.native() + "#two\nlines \x1b[31m", "--out", lab().dir / "s\xff.html"});
  run_clean(with({"train", "--out", lab().dir / "b", "--config", lab().dir / "best\xff.toml"},
                 lab().training));
  Words bad = tune;
  bad[6] = "caf\xe9";
  CHECK_THAT(run_clean(bad, 2).err, ContainsSubstring("--name in UTF-8"));
  run_clean({"synth", "--out", lab().dir / "synth\xff\n", "--speakers", "1", "--repetitions", "1"});
}

TEST_CASE("no message brings a control character to a terminal", "[apps][text]") {
  const std::string odd = "none\xff\n\x1b[31m", file = lab().dir / odd;
  run_clean({odd}, 2);
  run_clean({"train", "--" + odd}, 2);
  run_clean({"train", "--data", "x", "--out", "y", "--epochs", odd}, 2);
  run_clean({"predict", "--model", file, "x.wav"}, 1);
  run_clean({"predict", "--quiet", file}, 1);
  CHECK_THAT(run_clean({"predict", "--quiet", "--", "-rf\xff.wav"}, 1).err,
             ContainsSubstring("-rf\\xff.wav: No such file"));
  run_clean({"features", file, "--out", lab().dir / "f"}, 1);
  run_clean({"inspect", "--quiet", file, "--out", lab().dir / "f"}, 1);
  run_clean({"evaluate", "--model", file, "--data", file}, 1);
  run_clean({"report", file, "--out", lab().dir / "f"}, 1);
  run_clean({"report", file + "/" + std::string(5000, 'x'), "--out", lab().dir / "f"}, 1);
  run_clean({"table", "--runs", file}, 1);
  run_clean({"summary", "--model", file}, 2);
  run_clean(with({"train", "--out", file + "/x"}, lab().training), 1);
  run_clean(with({"train", "--out", lab().dir / "x", "--config", file}, lab().training), 1);
  write_file(lab().dir / "bad.toml", "lr = \xff\x1b\n", "test");
  run_clean(
      with({"train", "--out", lab().dir / "x", "--config", lab().dir / "bad.toml"}, lab().training),
      2);
  write_file(lab().dir / "odd.toml", "\"l\\n\\u001br\" = 1\n", "test");
  run_clean(
      with({"train", "--out", lab().dir / "x", "--config", lab().dir / "odd.toml"}, lab().training),
      2);
  ::RunOptions options;
  options.environment = {"SONANT_ISA=" + odd};
  check_clean(run_sonant({"info"}, options).err);
}

TEST_CASE("bad files by the hundred are summed up, whatever their names", "[apps][text]") {
  const TempFolder folder;
  std::ofstream csv(folder / "m.csv");
  csv << "path,label,speaker\n";
  for (int speaker = 1; speaker <= 3; ++speaker)
    for (int label = 0; label < 2; ++label) {
      const std::string name = std::to_string(speaker) + std::to_string(label) + ".wav";
      write_wav(folder / name, test::tone(label, speaker, 0), 8000);
      csv << name << ",l" << label << ',' << speaker << '\n';
    }
  for (int k = 100; k < 300; ++k) {
    const std::string name = "bad\n" + std::to_string(k) + "\xe9.wav";
    write_file(folder / name, "no sound", "test");
    csv << quoted(as_utf8(name)) << ",l0,1\n";
  }
  csv.close();
  const Words train = with({"train", "--data", folder / "m.csv", "--out", folder / "m", "--model",
                            "lstm-sa-h5", "--epochs", "1", "--batch-size", "2", "--no-cache"},
                           kSmall);
  const std::string error = run_clean(train, 1).err;
  CHECK_THAT(error, ContainsSubstring("200 of 206 files cannot be used: "));
  CHECK_THAT(error, ContainsSubstring("bad\\n102\\xe9.wav"));
  CHECK_THAT(error, !ContainsSubstring("bad\\n103"));
  CHECK_THAT(error, ContainsSubstring("and 197 more; --on-bad-file skip leaves them out"));
  const Outcome skipped =
      run_clean(with(train, {"--on-bad-file", "skip", "--result", folder / "r.json"}));
  CHECK_THAT(skipped.err, ContainsSubstring("200 files left out: "));
  CHECK_THAT(skipped.err, ContainsSubstring("and 197 more"));
  CHECK(std::count(skipped.err.begin(), skipped.err.end(), '\n') < 20);
  CHECK(strict(read_text(folder / "r.json", "test")).at("data").at("bad_files").size() == 200);
}
