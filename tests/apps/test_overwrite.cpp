// No command writes over what it reads, nor two results into one file, however the paths are spelt.
#include <sonant/core/file.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "apps/six_speakers.h"

using namespace sonant;
namespace fs = std::filesystem;

namespace {

std::string bytes_of(const fs::path& path) { return read_text(path, "test"); }

// Status 2, one line with both parts, nothing on stdout.
void check_refused(const Words& words, const std::string& one, const std::string& other,
                   const ::RunOptions& options = {}) {
  const Outcome outcome = run_sonant(words, options);
  INFO("stderr: " << outcome.err << "stdout: " << outcome.out);
  CHECK(outcome.status == 2);
  CHECK(outcome.one_line_error());
  CHECK_THAT(outcome.err, ContainsSubstring(one));
  CHECK_THAT(outcome.err, ContainsSubstring(other));
  CHECK(outcome.out.empty());
}

}  // namespace

TEST_CASE("features does not write over the recording", "[apps]") {
  const TempFolder folder;
  fs::copy_file(a_sound(), folder / "a.wav");
  fs::create_directory(folder / "sub");
  fs::create_symlink("../a.wav", folder / "sub/link.wav");
  fs::create_symlink(folder.path, folder / "sub/up");
  fs::create_hard_link(folder / "a.wav", folder / "hard.wav");
  const std::string sound = folder / "a.wav", before = bytes_of(sound);
  for (const char* name :
       {"a.wav", "sub/link.wav", "hard.wav", "./a.wav", "sub/../a.wav", "sub/up/sub/link.wav"}) {
    check_refused({"features", "--out", folder.path / name, sound}, "--out", sound);
    check_refused({"features", "--out", sound, folder.path / name}, "--out", sound);
  }
  check_refused({"features", "--out", fs::relative(sound), sound}, "--out", sound);
  for (const char* name : {"-", "/dev/stdin", "/dev/fd/0"})
    check_refused({"features", "--out", sound, name}, "--out", name, {.redirect = {{0, sound}}});
  check_refused({"inspect", "--out", sound, sound}, "--out", sound);
  check_refused({"predict", "--model", sound, sound}, "standard output", "would overwrite",
                {.redirect = {{1, sound}}});
  CHECK(bytes_of(sound) == before);
  check_refused({"features", "--out", folder.path, sound}, "--out", "is a folder");
  check_refused({"features", "--out", folder / "new/", sound}, "--out", "is a folder");
  CHECK(run_sonant({"features", "--out", folder / "a.npz", sound}).status == 0);
  CHECK(run_sonant({"features", "--out", folder / "a.npz", sound}).status == 0);  // again
}

TEST_CASE("train keeps its results, its inputs and its corpus apart", "[apps]") {
  const TempFolder folder;
  fs::copy(six_speakers(), folder / "data", fs::copy_options::recursive);
  write_file(folder / "c.toml", "lr = 0.01\n", "test");
  const std::string sound = folder / "data/Actor_01/03-01-01-01-01-01-01.wav";
  std::string manifest = "path,label,speaker\n";
  for (const char* speaker : {"1", "2", "3"})
    for (const char* label : {"01", "03", "04"})
      manifest += std::string("data/Actor_0") + speaker + "/03-01-" + label + "-01-01-01-0" +
                  speaker + ".wav," + label + "," + speaker + "\n";
  write_file(folder / "m.csv", manifest, "test");
  const std::string before = bytes_of(sound), data = folder / "data", out = folder / "m.st";
  const auto refused = [&](const Words& more, const std::string& one, const std::string& other) {
    check_refused(with({"train", "-q", "--model", "lstm-sa-h4", "--epochs", "1", "--data"}, more),
                  one, other);
  };
  fs::create_symlink("m.st", folder / "other-name");
  refused({data, "--out", out, "--result", out}, "--out", "--result");
  refused({data, "--out", out, "--result", folder / "./m.st"}, "--out", "--result");
  refused({data, "--out", out, "--result", folder / "other-name"}, "--out", "--result");
  refused({data, "--out", out, "--report", fs::relative(out)}, "--out", "--report");
  refused({data, "--out", out, "--embeddings", out}, "--out", "--embeddings");
  refused({data, "--out", out, "--result", folder / "r", "--report", folder / "r"}, "--result",
          "--report");
  refused({data, "--out", out, "--result", folder / "m.st.checkpoint"}, "--result", "checkpoint");
  refused({data, "--out", out, "--checkpoint", out}, "--out", "--checkpoint");
  refused({data, "--out", out, "--json", "--report", "/dev/stdout"}, "--json", "--report");
  refused({data, "--out", folder / "c.toml", "--config", folder / "c.toml"}, "--out", "--config");
  refused({folder / "m.csv", "--out", folder / "m.csv"}, "--out", "--data");
  refused({folder / "m.csv", "--out", out, "--result", sound}, "--result", sound);
  refused({data, "--out", sound}, "--out", "--data");
  refused({data, "--out", folder / "data/new.wav"}, "--out", "--data");
  refused({data, "--out", folder / "data/Actor_02/new.FLAC"}, "--out", "--data");
  refused({data, "--out", data}, "--out", "is a folder");
  refused({data, "--out", out, "--cache", data}, "--cache", "--data");
  refused({data, "--out", out, "--cache", folder / "c.toml"}, "--cache", "is a file");
  CHECK(bytes_of(sound) == before);
  CHECK_FALSE(fs::exists(out));

  const Outcome allowed =
      run_sonant({"train", "-q", "--model", "lstm-sa-h4", "--epochs", "1", "--data", data, "--out",
                  folder / "data/m.st", "--result", "/dev/null", "--report", "/dev/null"});
  INFO(allowed.err);
  CHECK(allowed.status == 0);
}

TEST_CASE("no output of any command is another output, or an input", "[apps]") {
  const TempFolder folder;
  fs::copy_file(a_sound(), folder / "a.wav");
  const std::string sound = folder / "a.wav", data = six_speakers_manifest(), one = folder / "one";
  struct Case {
    Words words;                               // what the command needs
    std::vector<std::string> outputs, inputs;  // the options that name them
  };
  const std::vector<Case> all{
      {{"train", "--data", data, "--out", folder / "m"},
       {"--out", "--result", "--report", "--embeddings", "--checkpoint"},
       {"--config"}},
      {{"tune", "--data", data, "--study", folder / "t"},
       {"--out", "--result"},
       {"--config", "--space"}},
      {{"tune", "--data", data}, {"--study", "--out", "--result"}, {}},
      {{"cv", "--data", data, "--out", folder / "cv"}, {"--result"}, {"--config"}},
      {{"evaluate", "--data", data, "--model", data}, {"--result"}, {"--model"}},
      {{"inspect", sound}, {"--out"}, {"--model"}},
      {{"report", data}, {"--out"}, {"--embeddings"}},
      {{"graph"}, {"--out"}, {"--model"}}};
  write_file(one, "what was there", "test");
  for (const Case& c : all) {
    const bool has_data = std::ranges::count(c.words, data) > 0;
    for (std::size_t i = 0; i < c.outputs.size(); ++i) {
      const std::string& output = c.outputs[i];
      const Words words = with(c.words, {output, one});
      for (std::size_t k = 0; k < i; ++k)
        check_refused(with(words, {c.outputs[k], folder / "./one"}), output, c.outputs[k]);
      for (const std::string& input : c.inputs)
        check_refused(with(words, {input, one}), output, input);
      if (has_data) check_refused(with(words, {output, data}), output, data);
      check_refused(with(words, {output, ""}), output, "expects a path");
    }
  }
  CHECK(bytes_of(one) == "what was there");
}

TEST_CASE("a result is none of the sounds that a manifest names", "[apps]") {
  const TempFolder folder;
  const std::string model = folder / "m.st", data = six_speakers_manifest(), sound = a_sound();
  const std::string before = bytes_of(sound);
  const Words recipe{"-q", "--data", data, "--model", "lstm-sa-h4", "--epochs", "1"};
  const Outcome trained = run_sonant(with(with({"train"}, recipe), {"--out", model}));
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  check_refused({"evaluate", "-q", "--data", data, "--model", model, "--result", sound}, "--result",
                sound);
  check_refused(with(with({"train"}, recipe), {"--out", sound}), "--out", sound);
  check_refused(with(with({"cv"}, recipe), {"--out", folder / "cv", "--result", sound}), "--result",
                sound);
  check_refused(with(with({"tune"}, recipe), {"--study", folder / "t", "--out", sound}), "--out",
                sound);
  CHECK(bytes_of(sound) == before);
}

TEST_CASE("every option that takes a path is compared", "[apps]") {
  // A path that is compared is never empty.
  const TempFolder folder;
  int tried = 0;
  for (const std::string command : {"train", "cv", "tune", "evaluate", "table", "predict",
                                    "inspect", "report", "features", "synth", "summary", "graph"}) {
    std::istringstream lines(run_sonant({command, "--help"}).out);
    Words needed{command};
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      Words parts;
      for (std::string word; words >> word;) parts.push_back(word);
      if (line.starts_with("Usage: ")) {
        for (std::size_t i = 3; i < parts.size(); ++i)
          if (parts[i] != "[options]")
            needed.push_back(parts[i].starts_with("--") ? parts[i]
                             : parts[i] == "DIR"        ? folder.path.native()
                                                        : "/dev/null");
      }
      if (!line.starts_with("  -")) continue;
      for (std::size_t i = 1; i < parts.size() && parts[i - 1].starts_with("-"); ++i) {
        const std::set<std::string> paths{"FILE", "DIR", "DATA", "RUN", "STUDY"};
        if (!paths.contains(parts[i])) continue;
        INFO(command << " " << parts[i - 1]);
        const Outcome outcome = run_sonant(with(needed, {parts[i - 1], ""}));
        INFO(outcome.err);
        CHECK(outcome.status == 2);
        CHECK_THAT(outcome.err, ContainsSubstring(parts[i - 1] + " expects a path"));
        ++tried;
      }
    }
  }
  CHECK(tried > 20);
}

TEST_CASE("a study, an experiment and a report are not written over", "[apps]") {
  const TempFolder folder;
  const std::string study = folder / "t", cv = folder / "cv";
  const Words tune{"tune",     "-q",         "--data",   six_speakers_manifest(),
                   "--model",  "lstm-sa-h4", "--epochs", "1",
                   "--trials", "1",          "--study",  study};
  Outcome outcome = run_sonant(with(tune, {"--protocol", "paper"}));
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const std::string before = bytes_of(study);
  check_refused(with(tune, {"--out", study}), "--study", "--out");
  check_refused(with(tune, {"--result", study}), "--study", "--result");
  check_refused(with(tune, {"--out", study + "-journal"}), "--study", "--out");
  check_refused(with(tune, {"--out", folder / "o", "--result", folder / "o"}), "--out", "--result");
  check_refused({"report", study, "--out", study}, "RUN", "--out");
  check_refused({"report", study + "#lstm-sa-h4-krasnoproshin2026", "--out", study}, "RUN",
                "--out");
  CHECK(bytes_of(study) == before);

  const Words experiment{"cv",      "-q",         "--data",   six_speakers_manifest(),
                         "--model", "lstm-sa-h4", "--epochs", "1",
                         "--seeds", "1",          "--out",    cv};
  check_refused(with(experiment, {"--data", six_speakers(), "--out", six_speakers()}), "--out",
                "--data");
  outcome = run_sonant(experiment);
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const std::string result = bytes_of(cv + "/cv.json");
  for (const char* name : {"cv.json", "experiment.json", "plan.json", "jobs/x.json"})
    check_refused(with(experiment, {"--result", cv + "/" + name}), "--result", "--out");
  check_refused(with(experiment, {"--cache", cv}), "--cache", "--out");
  check_refused({"report", cv, "--out", cv + "/cv.json"}, "RUN", "--out");
  check_refused({"report", cv, "--out", cv + "/jobs/fold0_seed1/result.json"}, "RUN", "--out");
  check_refused({"report", cv + "/cv.json", "--out", cv + "/cv.json"}, "RUN", "--out");
  CHECK(bytes_of(cv + "/cv.json") == result);
  CHECK(run_sonant({"report", cv, "--out", cv + "/report.html"}).status == 0);
  CHECK(run_sonant({"report", cv, "--out", cv + "/report.html"}).status == 0);
}

TEST_CASE("standard input is read once", "[apps]") {
  for (const char* name : {"-", "/dev/stdin", "/dev/fd/0"})
    check_refused({"predict", "-", name}, "FILE -", "can be read once",
                  {.redirect = {{0, a_sound()}}});
}
