// SONANT_KERNEL, SONANT_ISA and --kernel: what they name is what runs, or the command fails.
#include <sonant/core/file.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/train/experiment/result.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/synthetic.h"
#include "support/text.h"

using namespace sonant;
using Words = std::vector<std::string>;

namespace {

std::string one_sound() {
  static const std::string path = [] {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus() / "synthetic"))
      if (entry.path().extension() == ".wav") return entry.path().native();
    return std::string();
  }();
  return path;
}

Words train_words(const TempFolder& out, const Words& more = {}) {
  Words words{"train",        "--quiet",    "--data",   corpus() / "synthetic",
              "--model",      "lstm-sa-h8", "--out",    out / "m.safetensors",
              "--epochs",     "1",          "--result", out / "r.json",
              "--batch-size", "64"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

RunResult trained(const TempFolder& out, const Words& environment, const Words& more = {}) {
  Words words = train_words(out, more);
  if (std::find(more.begin(), more.end(), "--resume") == more.end()) words.push_back("--overwrite");
  const Outcome outcome = run_sonant(words, {.environment = environment});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  return result_from_json(read_text(out / "r.json", "test"), "r.json");
}

}  // namespace

TEST_CASE("a kernel that is not there fails in every command that computes", "[apps]") {
  const TempFolder out;
  const std::string data = corpus() / "synthetic", study = out / "s.sqlite";
  const std::vector<Words> commands = {
      train_words(out),
      {"cv", "--data", data, "--model", "lstm-sa-h8", "--epochs", "1", "--out", out / "cv"},
      {"tune", "--data", data, "--model", "lstm-sa-h8", "--epochs", "1", "--trials", "1", "--study",
       study},
      {"predict", one_sound()},
      {"evaluate", "--model", one_sound(), "--data", data},
      {"inspect", one_sound(), "--out", out / "i.html"},
      {"summary"},
  };
  const std::pair<Words, const char*> environments[] = {
      {{"SONANT_KERNEL=nonsense"}, "SONANT_KERNEL: there is no kernel \"nonsense\""},
      {{"SONANT_KERNEL=simd", "SONANT_ISA=scalar"},
       "for instruction set scalar; there are reference"},
      {{"SONANT_ISA=nonsense"}, "SONANT_ISA \"nonsense\" is no instruction set"},
  };
  for (const auto& [environment, message] : environments)
    for (const Words& words : commands) {
      const Outcome outcome = run_sonant(words, {.environment = environment});
      INFO(words[0] << ": " << outcome.err);
      // An instruction set that the environment names is the machine's fault, not the words'.
      CHECK(outcome.status == (environment[0] == "SONANT_ISA=nonsense" ? 1 : 2));
      CHECK(outcome.one_line_error());
      CHECK(test::has(outcome.err, message));
      CHECK(outcome.out.empty());
    }
  CHECK(std::filesystem::is_empty(out.path));
}

TEST_CASE("--kernel is an option of every command that runs a model", "[apps]") {
  const TempFolder out;
  const std::vector<Words> commands = {{"predict", one_sound()},
                                       {"inspect", one_sound(), "--out", out / "i.html"},
                                       {"summary"},
                                       {"graph"},
                                       {"info"}};
  for (const Words& words : commands) {
    INFO(words[0]);
    Words wrong = words, right = words;
    wrong.insert(wrong.end(), {"--kernel", "magic"});
    right.insert(right.end(), {"--kernel", "reference"});
    CHECK(run_sonant(wrong).status == 2);
    // It wins over the environment, which is asked for nothing.
    CHECK(run_sonant(right, {.environment = {"SONANT_KERNEL=blas"}}).status == 0);
    right.insert(right.end(), {"--isa", "scalar", "--kernel", "simd"});
    const Outcome none = run_sonant(right);
    CHECK(none.status == 2);
    CHECK(test::has(none.err, "for instruction set scalar"));
  }
  const Outcome info = run_sonant({"info", "--kernel", "reference"});
  CHECK(test::has(info.out, "default reference"));
}

TEST_CASE("the environment's kernel trains, and --kernel wins over it", "[apps]") {
  const TempFolder out;
  const RunResult usual = trained(out, {}), blas = trained(out, {"SONANT_KERNEL=blas"}),
                  chosen = trained(out, {"SONANT_KERNEL=reference"}, {"--kernel", "blas"}),
                  automatic = trained(out, {"SONANT_KERNEL=blas"}, {"--kernel", "auto"});
  CHECK(blas.environment.kernel == "blas");
  CHECK(chosen.weights_hash == blas.weights_hash);
  CHECK(automatic.weights_hash == blas.weights_hash);
  if (active_isa() != Isa::scalar) {
    CHECK(usual.environment.kernel == "simd");
    CHECK(usual.weights_hash != blas.weights_hash);
  }
}

TEST_CASE("with the instruction set scalar everything works, whatever the model learnt with",
          "[apps]") {
  const TempFolder out;
  const Words scalar{"SONANT_ISA=scalar"};
  const RunResult result = trained(out, scalar);
  CHECK(result.environment.kernel == "blas");
  CHECK(result.environment.isa == "scalar");
  const Outcome named = run_sonant({"predict", "--json", one_sound()}, {.environment = scalar});
  INFO(named.err);
  CHECK(named.status == 0);  // the model that comes along learnt with simd
  CHECK(test::has(named.out, "\"label\""));
  CHECK(run_sonant({"evaluate", "--model", out / "m.safetensors", "--data", corpus() / "synthetic"},
                   {.environment = scalar})
            .status == 0);
  CHECK(run_sonant({"inspect", one_sound(), "--out", out / "i.html"}, {.environment = scalar})
            .status == 0);
  CHECK(run_sonant({"summary"}, {.environment = scalar}).status == 0);
}

TEST_CASE("a run is not continued with another kernel", "[apps]") {
  const TempFolder out;
  trained(out, {"SONANT_KERNEL=reference"});
  const Outcome other = run_sonant(train_words(out, {"--resume", "--epochs", "2"}),
                                   {.environment = {"SONANT_KERNEL=blas"}});
  INFO(other.err);
  CHECK(other.status != 0);
  CHECK(other.one_line_error());
  CHECK(test::has(other.err, "kernel"));
  CHECK(test::has(other.err, "reference"));
}
