// What `sonant inspect` shows, and the page it shows it in.
#include <sonant/nn/models/res_lstm_sa.h>
#include <sonant/train/report/image.h>
#include <sonant/train/report/inspect.h>
#include <sonant/train/report/inspect_sound.h>
#include <sonant/train/report/pages.h>

#include <cmath>
#include <cstring>
#include <numbers>
#include <numeric>

#include "support/catch.h"
#include "support/close.h"
#include "support/text.h"
#include "train/sample_model.h"

using namespace sonant;
using namespace sonant::test;
using namespace sonant::report;

namespace {

Sound chirp(int rate = 8000, double seconds = 1.5) {
  Sound sound{{}, rate, 1};
  for (int i = 0; i < rate * seconds; ++i) {
    const double t = static_cast<double>(i) / rate;
    sound.samples.push_back(0.4 * std::sin(2 * std::numbers::pi * (200 + 600 * t) * t));
  }
  return sound;
}

std::string text_of(std::string_view text) { return base64(std::as_bytes(std::span(text))); }

}  // namespace

TEST_CASE("An inspection is the model's own forward pass", "[train]") {
  for (const char* name : {"reslstm-sa-h6", "lstm-sa-h6"}) {
    INFO(name);
    const SpeechModel model = sample_model(name);
    const Prediction predicted = model.predict(chirp());
    const Inspection seen = inspect(model, chirp());
    CHECK(seen.answer.probabilities == predicted.probabilities);
    CHECK(seen.attention == predicted.attention);
    CHECK(seen.answer.label == predicted.label);
    const bool residual = std::string(name).starts_with("res");
    REQUIRE(seen.layers.size() == (residual ? 2 : 1));
    CHECK(seen.layers.back().name == (residual ? "lstm2" : "lstm"));
    for (const LayerInspection& layer : seen.layers)
      CHECK(close(layer.output, layer.inside.h, 1e-4, 1e-6));
    const auto last = seen.so_far.span().last(3);
    for (std::size_t c = 0; c < 3; ++c)
      CHECK(last[c] == Approx(seen.answer.probabilities[c]).epsilon(1e-5));
  }
}

TEST_CASE("The answer so far is the answer to a sequence that ends there", "[train]") {
  const SpeechModel model = sample_model();
  const Inspection seen = inspect(model, chirp());
  const int steps = static_cast<int>(seen.features.dim(0) / 2);
  Tape<float> tape(TapeMode::inference);
  const auto beginning =
      seen.features.span().first(static_cast<std::size_t>(steps * seen.features.dim(1)));
  const auto output =
      (*model.classifier)({tape.constant(Tensor<float>({steps, seen.features.dim(1)}, beginning)),
                           make_layout(std::span(&steps, 1))});
  double sum = 0;
  for (int c = 0; c < 3; ++c) sum += std::exp(output.head().value()(0, c));
  for (int c = 0; c < 3; ++c)
    CHECK(seen.so_far(steps - 1, c) ==
          Approx(std::exp(output.head().value()(0, c)) / sum).epsilon(1e-5));
}

TEST_CASE("A head of numbers is shown with its number, also so far", "[train]") {
  SpeechModel model = sample_model();
  ModelSpec spec = model.classifier->spec();
  spec.heads = {{"force", 1}};
  model.classifier = make_model<float>(spec, 3);
  model.classifier->eval();
  model.class_names = {};
  model.head = "force";
  model.unit = "N <m>";
  const Prediction predicted = model.predict(chirp());
  const Inspection seen = inspect(model, chirp());
  CHECK(seen.missing.empty());
  CHECK(seen.answer.number == predicted.number);
  CHECK(seen.attention == predicted.attention);
  CHECK(seen.layers.size() == 2);
  REQUIRE(seen.so_far.dim(1) == 1);
  CHECK(seen.so_far.span().back() == Approx(predicted.number).margin(1e-5));
  // The same of a sequence that ends half way.
  const int steps = static_cast<int>(seen.features.dim(0) / 2);
  Tape<float> tape(TapeMode::inference);
  const auto beginning =
      seen.features.span().first(static_cast<std::size_t>(steps * seen.features.dim(1)));
  const auto output =
      (*model.classifier)({tape.constant(Tensor<float>({steps, seen.features.dim(1)}, beginning)),
                           make_layout(std::span(&steps, 1))});
  CHECK(seen.so_far(steps - 1, 0) ==
        Approx(static_cast<double>(output.head("force").value()[0])).margin(1e-5));

  const std::string html = html_inspection(model, seen, "a.wav");
  CHECK(has(html, "<th scope=\"row\">force</th>"));
  CHECK(has(html, "\u00a0N &lt;m&gt;</td>"));
  CHECK(has(html, "The number from the frames up to here"));
  CHECK(has(html, "\"head\":\"force\""));
  CHECK_FALSE(has(html, "Class probabilities"));
  CHECK_FALSE(has(html, "{{"));
}

TEST_CASE("Attended frames are the fewest that hold the share", "[train]") {
  CHECK(attended_frames({0.1, 0.3, 0.05, 0.35, 0.2}) == std::vector<int>{1, 3});
  CHECK(attended_frames({0.5, 0.25, 0.25}) == std::vector<int>{0});
  CHECK(attended_frames({0.25, 0.25, 0.25, 0.25}) == std::vector<int>{0, 1});
  CHECK(attended_frames({0.25, 0.75}, 1) == std::vector<int>{0, 1});
}

TEST_CASE("A sound that is too long is refused", "[train]") {
  Sound sound = chirp(8000, 1);
  sound.samples.resize(8000 * 121);
  CHECK_THROWS_WITH(inspect(sample_model(), sound), ContainsSubstring("at most 120 s, got 121 s"));
}

TEST_CASE("The page stands alone and escapes what comes from outside", "[train]") {
  const SpeechModel model = sample_model();
  const std::string html = html_inspection(model, inspect(model, chirp()), "</script><b>.wav");
  CHECK(has(html, "&lt;/script&gt;&lt;b&gt;.wav"));
  CHECK(!has(html, "</script><b>"));
  CHECK(has(html, "&lt;middle&gt;"));
  CHECK(has(html, "\\u003cmiddle>"));  // in the script's data
  CHECK(!has(html, "<middle>"));
  CHECK(!has(html, "{{"));
  std::size_t links = 0;
  for (std::size_t at = 0; (at = html.find("http", at)) != std::string::npos; ++at) {
    CHECK(html.compare(at, 26, "http://www.w3.org/2000/svg") == 0);  // a name, not a link
    ++links;
  }
  CHECK(links <= 1);
  CHECK(has(html, "LSTM1 output, before the residual sum"));
  CHECK(!has(html, "resampled"));
  const Inspection faster = inspect(model, chirp(16000));
  CHECK(faster.sound.sample_rate == 8000);
  CHECK(
      has(html_inspection(model, faster, "x"), "resampled from 16000 Hz to the model's 8000 Hz."));
}

TEST_CASE("Base64 as in RFC 4648", "[train]") {
  CHECK(text_of("").empty());
  CHECK(text_of("f") == "Zg==");
  CHECK(text_of("fo") == "Zm8=");
  CHECK(text_of("foo") == "Zm9v");
  CHECK(text_of("foobar") == "Zm9vYmFy");
}

TEST_CASE("A heat map is a .bmp with the first row at the bottom", "[train]") {
  const Tensor<float> x({2, 3}, {0.0f, 0.5f, 1.0f, 2.0f, -1.0f, 0.25f});
  // Palette indices: rows from the bottom, padded to 4 bytes; what is outside is cut.
  const std::string_view tail("\x00\xff\x00\x00\x80\x00\x00\x00\xff\x40\x00\x00", 12);
  const std::string uri = heat_map_uri(x, 0, 1, Palette::sequential);
  CHECK(uri.starts_with("data:image/bmp;base64,Qk"));
  // 1078 bytes stand before the pixels, 3 * 359 + 1: whole digits begin after two of the pixels.
  CHECK(uri.ends_with(text_of(tail.substr(2))));
  CHECK_THROWS_AS(heat_map_uri(x, 1, 1, Palette::share), Error);
}

TEST_CASE("Long sounds are thinned out without what would alias", "[train]") {
  const auto tone = [](double hertz) {
    std::vector<double> x(48000);
    for (std::size_t i = 0; i < x.size(); ++i)
      x[i] = std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / 48000);
    return x;
  };
  Sound sound{tone(440), 48000, 1};
  CHECK(decode(playable_wav(sound), "whole").samples.size() == 48000);
  const Sound smaller = decode(playable_wav(sound, 40'000), "smaller");
  CHECK(smaller.sample_rate == 16000);
  CHECK(smaller.seconds() == 1);
  sound.sample_rate = 44100;  // 2 and 3 divide it, 4 does not
  CHECK(decode(playable_wav(sound, 10), "rate").sample_rate == 8820);
}

TEST_CASE("A template takes its values, all of them and no other", "[train]") {
  CHECK(pages::fill_in("a {{x}} b {{y}}{{x}}", {{"x", "1"}, {"y", "{{x}}"}}) == "a 1 b {{x}}1");
  CHECK_THROWS_WITH(pages::fill_in("{{x}}", {}), ContainsSubstring("{{x}}"));
  CHECK_THROWS_AS(pages::fill_in("a", {{"x", "1"}}), Error);
  CHECK_THROWS_AS(pages::fill_in("{{x", {{"x", "1"}}), Error);
}
