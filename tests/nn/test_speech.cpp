// From samples to an answer, without training: in memory, from a file, from several threads.
#include <sonant/audio/decode.h>
#include <sonant/core/parallel.h>
#include <sonant/nn/speech/speech_model_file.h>

#include <atomic>
#include <limits>
#include <thread>

#include "nn/speech_case.h"
#include "support/catch.h"
#include "support/files.h"
#include "support/temp_folder.h"

using namespace sonant;
using namespace sonant::test;

namespace {

const std::filesystem::path kModels = test_dir().parent_path() / "apps" / "models";

bool same(const Prediction& a, const Prediction& b) {
  return a.label == b.label && a.name == b.name && a.probabilities == b.probabilities &&
         a.attention == b.attention && a.notes == b.notes;
}

}  // namespace

TEST_CASE("Samples in memory and samples in a file have the same answer", "[speech]") {
  const TempFolder folder;
  const SpeechModel model = speech_case();
  write_wav(folder / "a.wav", noise(4000), 8000);
  const Sound sound = decode(folder / "a.wav");
  const Prediction whole = model.predict(sound);
  CHECK(whole.probabilities.size() == 4);
  CHECK(whole.attention.size() == 1 + (4000 - 256) / 80);
  CHECK(same(model.predict(std::span<const double>(sound.samples), 8000), whole));
  const std::vector<float> floats(sound.samples.begin(), sound.samples.end());  // 16 bits: exact
  CHECK(same(model.predict(std::span<const float>(floats), 8000), whole));
  CHECK(same(model.predict_file(folder / "a.wav"), whole));
}

TEST_CASE("What cannot be predicted is an Error that says why, with the file", "[speech]") {
  const TempFolder folder;
  SpeechModel model = speech_case();
  std::vector<double> samples = noise(4000);
  const auto predict = [&](int rate) { return model.predict(std::span(samples), rate); };
  CHECK_THROWS_WITH(predict(0), ContainsSubstring("a rate of 1 Hz or more"));
  samples[7] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(predict(8000), ContainsSubstring("expects finite samples"));
  samples.resize(5);
  write_wav(folder / "short.wav", std::span(samples).first(5), 8000);
  CHECK_THROWS_WITH(model.predict_file(folder / "short.wav"),
                    ContainsSubstring("short.wav: ") && ContainsSubstring("at least one frame"));
  CHECK_THROWS_WITH(model.predict_file(folder / "none.wav"), ContainsSubstring("none.wav"));
  samples = noise(4000);
  model.classifier->train();
  CHECK_THROWS_WITH(predict(8000), ContainsSubstring("evaluation mode"));
}

TEST_CASE("A sound goes straight to the front end's rate, as those did that it learnt from",
          "[speech]") {
  SpeechModel model = speech_case();
  model.sample_rate = 48000;  // of the files; the front end's is 8000
  const std::vector<double> samples = noise(4000);
  const Prediction own = model.predict(std::span(samples), 8000);
  CHECK(own.notes.empty());
  model.sample_rate = 8000;
  CHECK(same(model.predict(std::span(samples), 8000), own));
}

TEST_CASE("The shipped model answers as it did", "[speech]") {
  const SpeechModel model = load_model(kModels / "reslstm-sa-h64.safetensors");
  CHECK(model.facts.find("RAVDESS") != std::string::npos);
  const Prediction p = model.predict_file(golden("audio/syn_chirp.wav"));
  CHECK(p.name == "calm");
  CHECK(p.probabilities[1] == Approx(0.636338).margin(1e-5));
}

TEST_CASE("Several host threads predict at once with one model, to the same bits", "[speech]") {
  const SpeechModel model = load_model(kModels / "reslstm-sa-h64.safetensors");
  const std::vector<std::filesystem::path> files = {golden("audio/syn_chirp.wav"),
                                                    golden("audio/syn_noise.wav")};
  std::vector<Prediction> alone;
  for (const auto& file : files) alone.push_back(model.predict_file(file));
  std::atomic<int> right = 0;
  const int before = num_threads();
  set_num_threads(2);
  {
    std::vector<std::jthread> hosts;
    for (std::size_t host = 0; host < 4; ++host)
      hosts.emplace_back([&, host] {
        for (std::size_t k = 0; k < 3; ++k) {
          const std::size_t file = (host + k) % files.size();
          right += same(model.predict_file(files[file]), alone[file]);
        }
      });
  }
  set_num_threads(before);
  CHECK(right == 12);
}
