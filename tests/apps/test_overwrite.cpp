// No command writes over what it reads, nor two results into one file, however the paths are spelt.
#include <sonant/core/file.h>

#include <filesystem>

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
  check_refused({"predict", "--model", sound, sound}, "standard output", "--model",
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
  check_refused({"report", study + "#lstm-sa-h4-paper", "--out", study}, "RUN", "--out");
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
  for (const char* name : {"cv.json", "experiment.json", "lock", "jobs/x.json"})
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
