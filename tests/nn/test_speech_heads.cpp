// A model of several heads: its file, its answers, and its stream.
#include <sonant/core/file.h>
#include <sonant/nn/safetensors.h>
#include <sonant/nn/speech/speech_model_file.h>
#include <sonant/nn/speech/speech_stream.h>

#include <cmath>
#include <limits>

#include "nn/speech_case.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;

namespace {

// Of classes, of a number, and of classes again; the last is the main one.
SpeechModel three_heads() {
  SpeechModel m = speech_case();
  ModelSpec spec = m.classifier->spec();
  spec.heads = {{"gender", 2}, {"arousal", 1}, {"emotion", 4}};
  m.classifier = make_model<float>(spec, 7);
  m.classifier->eval();
  m.head = "emotion";
  m.others = {{"gender", {"f", "m"}}, {"arousal", {}, "of 5"}};
  return m;
}

// Each head by plain softmax of its own scores.
void check_answers(const Prediction& p, const SpeechModel& model, const Tensor<float>& x,
                   double margin) {
  const int steps = static_cast<int>(x.dim(0));
  Tape<float> tape(TapeMode::inference);
  const auto output = (*model.classifier)({tape.constant(x), make_layout(std::span(&steps, 1))});
  REQUIRE(p.others.size() == 2);
  CHECK(p.head == "emotion");
  CHECK(p.others[0].head == "gender");
  CHECK(p.others[1].head == "arousal");
  for (const Answer* a : {static_cast<const Answer*>(&p), &p.others[0]}) {
    const auto scores = output.head(a->head).value().span();
    double sum = 0;
    for (float z : scores) sum += std::exp(static_cast<double>(z));
    REQUIRE(a->probabilities.size() == scores.size());
    for (std::size_t c = 0; c < scores.size(); ++c)
      CHECK(a->probabilities[c] ==
            Approx(std::exp(static_cast<double>(scores[c])) / sum).margin(margin));
    CHECK(a->of_classes());
  }
  CHECK(p.name == model.class_names[static_cast<std::size_t>(p.label)]);
  CHECK(p.others[0].name == (p.others[0].label == 0 ? "f" : "m"));
  CHECK_FALSE(p.others[1].of_classes());
  CHECK(p.others[1].number ==
        Approx(static_cast<double>(output.head("arousal").value()[0])).margin(margin));
  CHECK(p.others[1].unit == "of 5");
}

}  // namespace

TEST_CASE("Every head answers, from the file, too, and from a stream", "[speech]") {
  const TempFolder folder;
  const std::vector<double> sound = noise(4000);
  save_model(three_heads(), folder / "m");
  for (const SpeechModel& model : {three_heads(), load_model(folder / "m")}) {
    CHECK(model.labels() == three_heads().labels());
    const Tensor<float> x = model.features_of({sound, 8000, 1});
    check_answers(model.predict(sound, 8000), model, x, 1e-12);
    SpeechStream stream = model.open_stream(8000);
    stream.push(sound);
    check_answers(stream.result(), model, x, 1e-5);
  }
}

TEST_CASE("A model may have no class at all", "[speech]") {
  const TempFolder folder;
  SpeechModel m = speech_case();
  ModelSpec spec = m.classifier->spec();
  spec.heads = {{"valence", 1}};
  m.classifier = make_model<float>(spec, 7);
  m.classifier->eval();
  m.class_names.clear();
  m.unit = "points";
  save_model(m, folder / "m");
  const SpeechModel loaded = load_model(folder / "m");
  const Prediction p = loaded.predict(noise(4000), 8000);
  CHECK(p.head == "valence");
  CHECK(p.unit == "points");
  CHECK(p.number == m.predict(noise(4000), 8000).number);
  CHECK(p.name.empty());
  SpeechStream stream = loaded.open_stream(8000);
  stream.push(noise(4000));
  CHECK(stream.result().number == Approx(p.number).margin(1e-5));
  loaded.classifier->parameters().back()->value[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK(has(refusal([&] { loaded.predict(noise(4000), 8000); }), "answers with NaN"));
}

TEST_CASE("Heads and their names fit together, or the file is refused", "[speech]") {
  const TempFolder folder;
  const auto said = [&](auto change) {
    SpeechModel m = three_heads();
    change(m);
    return refusal([&] { save_model(m, folder / "m"); });
  };
  CHECK(said([](auto&) {}).empty());
  CHECK(has(said([](auto& m) { m.others.pop_back(); }), "3 heads and names for 2"));
  CHECK(has(said([](auto& m) { m.others[1].head = "size"; }), "no head \"size\""));
  CHECK(has(said([](auto& m) { m.others[0].head = "emotion"; }), "\"emotion\""));
  CHECK(has(said([](auto& m) { m.others[0].class_names.clear(); }), "2 outputs and 0"));
  CHECK(has(said([](auto& m) { m.others[0].class_names[0] = "m"; }), "are the same"));
  // Of one head of classes there is no word of heads in the file.
  save_model(speech_case(), folder / "one");
  CHECK_FALSE(Safetensors::read(folder / "one").metadata.contains("heads"));
}
