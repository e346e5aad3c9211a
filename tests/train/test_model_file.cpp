#include <sonant/audio/resample.h>
#include <sonant/core/file.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/nn/models/lstm_sa.h>
#include <sonant/nn/safetensors.h>
#include <sonant/nn/speech/speech_model_file.h>
#include <sonant/nn/state_dict.h>

#include <cmath>
#include <cstdlib>
#include <numeric>

#include "support/catch.h"
#include "support/text.h"
#include "train/sample_model.h"
#include "train/tones.h"

using namespace sonant;
using namespace sonant::test;
namespace fs = std::filesystem;

TEST_CASE("A model file holds all that goes from sound to label", "[train]") {
  const TempFolder folder;
  const SpeechModel saved = sample_model();
  save_model(saved, folder / "m.safetensors");
  const SpeechModel loaded = load_model(folder / "m.safetensors");
  CHECK(loaded.features == saved.features);
  CHECK(loaded.normaliser == saved.normaliser);
  CHECK(loaded.class_names == saved.class_names);
  CHECK(loaded.sample_rate == 8000);
  CHECK(loaded.classifier->spec().title() == "reslstm-sa-h6");
  CHECK(loaded.classifier->spec().settings.as<LstmSaSettings>().dropout == 0.25);
  CHECK(loaded.classifier->spec().padding == Padding::paper);
  CHECK_FALSE(loaded.classifier->training());
  CHECK(loaded.facts == saved.facts);
  const TrainingFacts facts = facts_from_json(loaded.facts, "m.safetensors");
  CHECK(facts.data.test.speakers == sample_result().data.test.speakers);
  CHECK(facts.config == sample_result().config);
  CHECK(facts.best_epoch == 7);
  CHECK(facts.test_figure == 0.65);
  CHECK(facts.environment.isa == "avx2");

  const Sound sound{tone(1, 2, 0), 8000, 1};
  const Prediction a = saved.predict(sound), b = loaded.predict(sound);
  CHECK(a.probabilities == b.probabilities);
  CHECK(a.attention == b.attention);
  CHECK(a.name == saved.class_names[static_cast<std::size_t>(a.label)]);
  CHECK(std::accumulate(a.probabilities.begin(), a.probabilities.end(), 0.0) == Approx(1));
  CHECK(a.attention.size() == 1 + sound.samples.size() / 256);
  CHECK(std::accumulate(a.attention.begin(), a.attention.end(), 0.0) == Approx(1).epsilon(1e-5));
  CHECK_THROWS_AS(loaded.predict({{0.5}, 8000, 1}), Error);
}

TEST_CASE("A model file does not say which kernel runs, and what older ones say is a fact",
          "[train]") {
  const TempFolder folder;
  save_model(sample_model(), folder / "m.safetensors");
  const auto kernel = [&] {
    return load_model(folder / "m.safetensors").classifier->spec().kernel;
  };
  CHECK(kernel() == default_lstm_kernel());
  set_default_lstm_kernel("blas");
  CHECK(kernel() == "blas");
  const auto set_environment = [](const char* name) {
    setenv("SONANT_KERNEL", name, 1);
    set_default_lstm_kernel("auto");  // which reads it
  };
  set_environment("blas");
  CHECK(kernel() == "blas");
  set_environment("nonsense");
  CHECK_THROWS_WITH(kernel(), ContainsSubstring("SONANT_KERNEL: there is no kernel \"nonsense\""));
  set_environment("");

  Safetensors file = Safetensors::read(folder / "m.safetensors");
  std::string& architecture = file.metadata.at("architecture");
  CHECK(!has(architecture, "kernel"));
  architecture.insert(architecture.size() - 1, ",\"kernel\":\"that of another machine\"");
  file.write(folder / "m.safetensors");
  CHECK(kernel() == default_lstm_kernel());
}

TEST_CASE("A sound of another rate is resampled to the model's before it is judged", "[train]") {
  const SpeechModel model = sample_model();  // of 8 kHz
  const Sound sound{tone(1, 2, 0), 8000, 1};
  const Sound faster = resample(sound, 48000);
  const Prediction a = model.predict(sound), b = model.predict(faster);
  CHECK(a.label == b.label);
  for (std::size_t c = 0; c < a.probabilities.size(); ++c)
    CHECK(b.probabilities[c] == Approx(a.probabilities[c]).margin(0.02));
  CHECK(b.probabilities == model.predict(resample(faster, 8000)).probabilities);
  CHECK(model.remark_on_rate(8000).empty());
  CHECK(model.remark_on_rate(48000) == "resampled from 48000 Hz to the model's 8000 Hz");
  CHECK_THAT(model.remark_on_rate(5333), ContainsSubstring("empty above 2666 Hz"));
  CHECK_THAT(model.remark_on_rate(5334), !ContainsSubstring("empty"));
  SpeechModel lower = sample_model();
  lower.features = test::tone_features("fmax", 2000.0);
  CHECK_THAT(lower.remark_on_rate(5333), !ContainsSubstring("empty"));
  SpeechModel unknown = sample_model();
  unknown.sample_rate = 0;
  CHECK(unknown.remark_on_rate(48000).empty());
  CHECK(unknown.at_own_rate(faster).sample_rate == 48000);
}

TEST_CASE("The same model gives the same file", "[train]") {
  const TempFolder folder;
  save_model(sample_model(), folder / "a");
  save_model(load_model(folder / "a"), folder / "b");
  CHECK(read_file(folder / "a", "test") == read_file(folder / "b", "test"));
}

TEST_CASE("PyTorch users find state_dict names and the format they expect", "[train]") {
  const TempFolder folder;
  save_model(sample_model(), folder / "m.safetensors");
  const Safetensors file = Safetensors::read(folder / "m.safetensors");
  CHECK(file.metadata.at("format") == "pt");
  CHECK(file.has("lstm1.weight_ih_l0"));
  CHECK(file.has("attention_vector"));
  CHECK(file.has("bn_residual.running_mean"));
  CHECK(file.has("fc.bias"));
}

TEST_CASE("Other safetensors files are refused with what they are", "[train]") {
  const TempFolder folder;
  const fs::path path = folder / "x.safetensors";
  const auto load = [&] { return refusal([&] { load_model(path); }); };
  Safetensors weights;
  save_state_dict(*sample_model().classifier, weights);
  weights.metadata["format"] = "pt";
  weights.write(path);
  CHECK_THAT(load(), ContainsSubstring("has weights but not"));
  weights.metadata["sonant_checkpoint"] = "{}";
  weights.write(path);
  CHECK_THAT(load(), ContainsSubstring("is the checkpoint of a training run"));
  fs::remove(path);
  CHECK_THAT(load(), ContainsSubstring("No such file"));
}

TEST_CASE("A damaged model file is refused by name", "[train]") {
  const TempFolder folder;
  const fs::path path = folder / "m.safetensors";
  save_model(sample_model(), path);
  const auto bytes = read_file(path, "test");
  const auto load = [&] { return refusal([&] { load_model(path); }); };
  for (std::size_t keep : {std::size_t{0}, std::size_t{9}, bytes.size() / 2, bytes.size() - 1}) {
    write_file(path, std::span(bytes).first(keep), "test");
    CHECK_THAT(load(), ContainsSubstring(path.native()));
  }
  const auto edited = [&](const char* key, const std::string& text) {
    write_file(path, bytes, "test");
    Safetensors file = Safetensors::read(path);
    file.metadata[key] = text;
    file.write(path);
    return load();
  };
  CHECK_THAT(edited("sonant_model", "2"), ContainsSubstring("expected format 1, got 2"));
  CHECK_THAT(edited("architecture", "{"), ContainsSubstring("damaged"));
  CHECK_THAT(edited("features", "{\"hop\": \"5\"}"), ContainsSubstring("damaged"));
  CHECK_THAT(edited("mean", "[1, 2]"), ContainsSubstring("22 finite means"));
  CHECK_THAT(edited("mean", "{}"), ContainsSubstring(path.native()));
  CHECK_THAT(edited("stddev", "[" + std::string(21 * 3, ' ') + "0]"), ContainsSubstring("means"));
  CHECK_THAT(edited("class_names", "[\"a\"]"), ContainsSubstring("1 class names"));
  for (const char* key : {"architecture", "features", "mean", "class_names", "sample_rate"}) {
    write_file(path, bytes, "test");
    Safetensors file = Safetensors::read(path);
    file.metadata.erase(key);
    file.write(path);
    CHECK_THAT(load(), ContainsSubstring(std::string("lacks \"") + key));
  }
}

TEST_CASE("How a model was trained is text that running it does not read", "[train]") {
  const TempFolder folder;
  const fs::path path = folder / "m.safetensors";
  SpeechModel model = sample_model();
  for (const std::string facts : {"", "{}", "not JSON"}) {
    model.facts = facts;
    save_model(model, path);
    CHECK(load_model(path).facts == facts);
  }
  CHECK(facts_from_json("", "m").data.corpus.empty());
  for (const char* facts : {"{}", "not JSON", "[1]"})
    CHECK_THAT(refusal([&] { facts_from_json(facts, "m.safetensors"); }),
               ContainsSubstring("m.safetensors: the metadata is damaged"));
  TrainingFacts late;
  late.best_epoch = late.config.epochs + 1;
  CHECK_THAT(refusal([&] { to_json(late); }), ContainsSubstring("best epoch of at most"));
}

TEST_CASE("Weights that are not finite are refused, unless the model was saved with them",
          "[train]") {
  const TempFolder folder;
  const fs::path path = folder / "m.safetensors";
  SpeechModel model = sample_model();
  save_model(model, path);
  CHECK_FALSE(Safetensors::read(path).metadata.contains("numbers"));
  model.classifier->parameters()[0]->value[0] = std::nanf("");
  save_model(model, path);
  const SpeechModel wild = load_model(path);
  CHECK_THAT(refusal([&] {
               wild.predict({tone(1, 2, 0), 8000, 1});
             }),
             ContainsSubstring("answers with NaN"));
  Safetensors file = Safetensors::read(path);
  file.metadata.erase("numbers");
  file.write(path);
  CHECK_THAT(refusal([&] { load_model(path); }), ContainsSubstring("holds nan"));
}

TEST_CASE("Parts that do not fit together are not saved", "[train]") {
  const TempFolder folder;
  SpeechModel m = sample_model();
  m.class_names.pop_back();
  CHECK_THROWS_AS(save_model(m, folder / "m"), Error);
  m = sample_model();
  m.normaliser.stddev[3] = 0;
  CHECK_THROWS_AS(save_model(m, folder / "m"), Error);
  m = sample_model();
  m.features = test::tone_features("n_mfcc", 11);
  CHECK_THROWS_AS(save_model(m, folder / "m"), Error);
  CHECK(fs::is_empty(folder.path));
}
