// What a person meets first: help, wrong usage, files that cannot be used.
#include <sonant/audio/decode.h>
#include <sonant/core/file.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "apps/run.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sonant;

namespace {

std::vector<double> tone(std::size_t samples) {
  std::vector<double> x(samples);
  for (std::size_t i = 0; i < samples; ++i) x[i] = 0.5 * std::sin(0.05 * static_cast<double>(i));
  return x;
}

// A wav of 32-bit floats, which our own writer does not make.
std::string float_wav(const std::vector<float>& samples) {
  const auto word = [](std::uint32_t v) {
    std::string s(4, '\0');
    std::memcpy(s.data(), &v, 4);
    return s;
  };
  const auto bytes = static_cast<std::uint32_t>(4 * samples.size());
  std::string wav = "RIFF" + word(36 + bytes) + "WAVEfmt " + word(16) + word(3 | 1 << 16) +
                    word(16000) + word(64000) + word(4 | 32 << 16) + "data" + word(bytes);
  wav.append(reinterpret_cast<const char*>(samples.data()), bytes);
  return wav;
}

void check_refused(const Outcome& outcome, const std::string& part, int status = 1) {
  INFO("stderr: " << outcome.err << "stdout: " << outcome.out);
  CHECK(outcome.status == status);
  CHECK(outcome.one_line_error());
  CHECK_THAT(outcome.err, ContainsSubstring(part));
  CHECK(outcome.out.empty());
}

}  // namespace

TEST_CASE("help documents every subcommand, with defaults", "[apps]") {
  const Outcome top = run_sonant({"--help"});
  CHECK(top.status == 0);
  for (const char* command : {"train", "evaluate", "predict", "inspect", "report", "features",
                              "synth", "summary", "graph", "info"}) {
    CHECK_THAT(top.out, ContainsSubstring(command));
    const Outcome help = run_sonant({command, "--help"});
    CHECK(help.status == 0);
    CHECK(help.err.empty());
    CHECK_THAT(help.out, ContainsSubstring("--help"));
  }
  CHECK_THAT(run_sonant({"train", "--help"}).out, ContainsSubstring("--weight-decay"));
  CHECK_THAT(run_sonant({"--version"}).out, ContainsSubstring("sonant "));
}

TEST_CASE("wrong usage is one line and status 2", "[apps]") {
  check_refused(run_sonant({}), "subcommand", 2);
  check_refused(run_sonant({"trian"}), "did you mean train?", 2);
  check_refused(run_sonant({"train", "--data", "x", "--epohcs", "3"}), "did you mean --epochs?", 2);
  check_refused(run_sonant({"train", "--data", "x", "--out", "y", "--epochs", "many"}), "many", 2);
  check_refused(run_sonant({"train", "--data", "x", "--out", "y", "--kernel", "magic"}), "magic",
                2);
  check_refused(run_sonant({"features", "x.wav"}), "--out", 2);
  check_refused(run_sonant({"info", "--threads", "0"}), "--threads", 2);
}

TEST_CASE("sound files that cannot be used are refused by name", "[apps]") {
  const TempFolder folder;
  const auto refused = [&](const std::string& file, const std::string& part) {
    const std::string path = folder / file, out = folder / "out.npz";
    const Outcome outcome = run_sonant({"features", path, "--out", out});
    check_refused(outcome, part);
    CHECK_THAT(outcome.err, ContainsSubstring(file));
    CHECK_FALSE(std::filesystem::exists(out));
  };
  write_wav(folder / "good.wav", tone(16000), 16000);
  const auto good = read_file(folder / "good.wav", "test");
  const std::string bytes(reinterpret_cast<const char*>(good.data()), good.size());

  refused("missing.wav", "No such file");
  write_file(folder / "empty.wav", "", "test");
  refused("empty.wav", "empty");
  write_file(folder / "truncated.wav", bytes.substr(0, bytes.size() / 2), "test");
  refused("truncated.wav", "truncated");
  write_file(folder / "header.wav", bytes.substr(0, 44), "test");
  refused("header.wav", "");
  write_wav(folder / "one.wav", tone(1), 16000);
  refused("one.wav", "at least 0.01 s");
  write_file(folder / "text.wav", "this is not a sound file\n", "test");
  refused("text.wav", "");
  write_file(folder / "stub.wav", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
             "test");
  refused("stub.wav", "git-lfs");
  std::vector<float> nan(16000, 0.1f);
  nan[100] = std::nanf("");
  write_file(folder / "nan.wav", float_wav(nan), "test");
  refused("nan.wav", "sample 100");
  std::filesystem::create_directory(folder / "folder.wav");
  refused("folder.wav", "directory");
}

TEST_CASE("output that cannot be written is refused, and nothing is left", "[apps]") {
  const TempFolder folder;
  write_wav(folder / "good.wav", tone(16000), 16000);
  const std::string good = folder / "good.wav";
  check_refused(run_sonant({"features", good, "--out", folder / "no" / "f.npz"}), "f.npz");
  check_refused(run_sonant({"features", good, "--out", "/dev/full"}), "No space left");

  write_file(folder / "old.npz", "what was there", "test");
  RunOptions full_disk;
  full_disk.file_size_limit = 1000;
  check_refused(run_sonant({"features", good, "--out", folder / "old.npz"}, full_disk), "old.npz");
  const auto kept = read_file(folder / "old.npz", "test");
  CHECK(kept.size() == 14);
  const std::filesystem::directory_iterator files(folder.path);
  CHECK(std::distance(begin(files), end(files)) == 2);
}

TEST_CASE("an instruction set that is not there is refused", "[apps]") {
  check_refused(run_sonant({"info", "--isa", "avx1024"}), "avx1024", 2);
  RunOptions options;
  options.environment = {"SONANT_ISA=neon64x"};
  check_refused(run_sonant({"info"}, options), "SONANT_ISA");
  options.environment = {"SONANT_NUM_THREADS=two"};
  check_refused(run_sonant({"info"}, options), "SONANT_NUM_THREADS");
}
